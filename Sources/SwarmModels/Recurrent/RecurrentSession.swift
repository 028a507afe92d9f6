internal import SwarmKernels
internal import SwarmTokenizers

/// A token tree of one recurrent model.
///
/// Every node can be a parent. The states of those used last are kept, up to `stateBytes`; another node's is computed
/// again from the nearest ancestor that has one, which gives the same bits and takes the time of those tokens' prefill.
final class RecurrentSession: ModelSession {
    private let model: RecurrentModel
    private let pool: ThreadPool
    private let forward: any RecurrentForward
    private var tree: RowTree
    /// The token of each node.
    private var tokens: [TokenID]
    private var states: StateStore

    // Working memory, one row a token.
    private let residual: FloatRows
    private let chosen: FloatRows

    /// Memory for states, in bytes; more only where a few contexts need it.
    static let stateBytes = 64 << 20
    /// Tokens that go through the layers together.
    private static let chunk = 16
    /// A pass holds the states of its tokens, of their parents, and of one ancestor while a parent's is computed again.
    static let fewestStates = 2 * chunk + 1

    init(_ model: RecurrentModel, capacity: Int, states: Int, pool: ThreadPool) throws(ModelError) {
        self.model = model
        self.pool = pool
        let network = model.network
        let rows = min(capacity, Self.chunk)
        let states = min(capacity, max(states, Self.fewestStates))
        // A node takes some bytes besides its state.
        let (bytes, overflow) = states.multipliedReportingOverflow(by: model.summary.cacheBytesPerToken)
        guard !overflow, bytes <= ProcessMemory.physicalCount, capacity <= ProcessMemory.physicalCount / 64,
            capacity <= UnavailableSession.largestCapacity,
            let stateRows = FloatRows(trying: states, columns: network.stateWidth)
        else {
            throw .outOfMemory(
                capacity: capacity, needed: overflow ? nil : bytes, available: ProcessMemory.physicalCount)
        }
        tree = RowTree(capacity: capacity)
        tokens = [TokenID](repeating: TokenID(0), count: capacity)
        self.states = StateStore(nodes: capacity, rows: stateRows)
        forward = network.makeForward(rows: rows, pool: pool)
        residual = FloatRows(rows: rows, columns: network.embedding.columns)
        chosen = FloatRows(rows: rows, columns: network.embedding.columns)
    }

    var root: ContextNode { ContextNode(index: Int32(RowTree.root)) }

    func evaluate(_ batch: [PendingToken]) throws(ModelError) -> Evaluated {
        try tree.check(batch, for: model)
        var nodes: [ContextNode] = []
        nodes.reserveCapacity(batch.count)
        let wanted = batch.reduce(0) { $1.needsLogits ? $0 + 1 : $0 }
        var logits = [Float](repeating: 0, count: wanted * model.vocabularySize)
        var filled = 0
        withFlushedDenormals {
            for start in stride(from: 0, to: batch.count, by: Self.chunk) {
                let part = batch[start..<min(start + Self.chunk, batch.count)]
                let steps = place(part, after: &nodes)
                run(part.map(\.token), steps)
                filled += writeLogits(part, into: &logits, from: filled)
            }
        }
        return Evaluated(nodes: nodes, logits: logits)
    }

    /// Gives the tokens of `part` nodes and states, and makes sure of their parents' states.
    private func place(_ part: ArraySlice<PendingToken>, after nodes: inout [ContextNode]) -> [StateStep] {
        let first = nodes.count
        states.beginPass()
        var parents: [Int] = []
        for element in part {
            switch element.parent {
            case .node(let node):
                parents.append(Int(node.index))
                restore(parents[parents.count - 1])
            case .earlier(let index):
                if index < first { restore(Int(nodes[index].index)) }
                parents.append(index < first ? Int(nodes[index].index) : RowTree.root)
            }
            // A parent in this part gets its number only below.
            nodes.append(root)
        }
        var steps: [StateStep] = []
        for (offset, element) in part.enumerated() {
            if case .earlier(let index) = element.parent, index >= first {
                parents[offset] = Int(nodes[index].index)
            }
            let node = tree.add(after: parents[offset])
            nodes[first + offset] = ContextNode(index: Int32(node))
            tokens[node] = element.token
            let source = parents[offset] == RowTree.root ? nil : states.row(of: parents[offset])
            steps.append(StateStep(source: source, target: states.claim(for: node)))
        }
        return steps
    }

    /// Makes sure that `node` has its state, from the nearest ancestor that has one.
    private func restore(_ node: Int) {
        var missing: [TokenID] = []
        var ancestor = node
        while ancestor != RowTree.root, states.row(of: ancestor) == nil {
            missing.append(tokens[ancestor])
            ancestor = tree.parent(of: ancestor)
        }
        let source = ancestor == RowTree.root ? nil : states.row(of: ancestor)
        guard !missing.isEmpty else { return states.use(node) }
        let target = states.claim(for: node, keeping: source)
        missing.reverse()
        for start in stride(from: 0, to: missing.count, by: residual.rows) {
            let part = missing[start..<min(start + residual.rows, missing.count)]
            var steps = [StateStep](repeating: StateStep(source: target, target: target), count: part.count)
            if start == 0 { steps[0].source = source }
            run(Array(part), steps)
        }
    }

    private func run(_ tokens: [TokenID], _ steps: [StateStep]) {
        for (row, token) in tokens.enumerated() {
            model.network.embedding.copyRow(token.index, to: residual, row: row)
        }
        forward.run(residual, steps: steps, states: states.rows)
    }

    /// Writes the logits asked for to row `first` of `logits` and on.
    /// - Returns: how many rows there are.
    private func writeLogits(_ part: ArraySlice<PendingToken>, into logits: inout [Float], from first: Int) -> Int {
        var count = 0
        for (row, element) in part.enumerated() where element.needsLogits {
            chosen.copyRow(row, of: residual, to: count)
            count += 1
        }
        guard count > 0 else { return 0 }
        let width = model.vocabularySize
        model.network.head.multiply(chosen, rows: count, into: &logits, offset: first * width, pool: pool)
        for row in first..<first + count {
            for place in model.meaningfulLogits..<width { logits[row * width + place] = -.infinity }
        }
        return count
    }

    func release(_ nodes: some Sequence<ContextNode>) {
        let nodes = nodes.map { Int($0.index) }
        tree.remove(nodes)
        for node in nodes { states.drop(node) }
    }
}
