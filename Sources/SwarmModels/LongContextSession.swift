internal import SwarmKernels
internal import SwarmTokenizers

/// A token tree of a decoder that reads long contexts with other rotations than short ones (longrope).
///
/// Past the short length *every* token of the context is turned otherwise, the first ones too, so that all keys and
/// values differ: such a model is two. The logits after n tokens are those that the reference gives for these n tokens
/// as one prompt. A path that grows past the short length is read again once, as a whole; the KV cache is then there
/// twice.
final class LongContextSession: ModelSession {
    private let model: Decoder
    private let short: DecoderSession
    private let shortContext: Int
    private let makeLong: () throws(ModelError) -> DecoderSession
    private var long: DecoderSession?
    private var tree: RowTree
    /// The token of each node, and the node that stands for it in either session.
    private var tokens: [TokenID]
    private var shortNodes: [ContextNode?]
    private var longNodes: [ContextNode?]

    /// - Parameters:
    ///   - long: the model with the other rotations.
    ///   - shortContext: the tokens that `model` reads itself.
    init(_ model: Decoder, long: Decoder, shortContext: Int, capacity: Int, pool: ThreadPool) throws(ModelError) {
        self.model = model
        self.shortContext = shortContext
        short = try DecoderSession(model, capacity: capacity, pool: pool)
        makeLong = { () throws(ModelError) in try DecoderSession(long, capacity: capacity, pool: pool) }
        tree = RowTree(capacity: capacity)
        tokens = [TokenID](repeating: TokenID(0), count: capacity)
        shortNodes = [ContextNode?](repeating: nil, count: capacity)
        longNodes = [ContextNode?](repeating: nil, count: capacity)
    }

    var root: ContextNode { ContextNode(index: Int32(RowTree.root)) }

    /// What one of the two sessions has to do in a pass.
    private struct Part {
        var batch: [PendingToken] = []
        /// The nodes of this session that the elements stand for.
        var nodes: [Int] = []
        /// The element of each such node.
        var positions: [Int: Int] = [:]

        /// Where a child of `node` hangs: in this part, or as `known` says.
        func parent(_ node: Int, known: ContextNode?) -> PendingToken.Parent? {
            positions[node].map { .earlier($0) } ?? known.map { .node($0) }
        }
    }

    func evaluate(_ batch: [PendingToken]) throws(ModelError) -> Evaluated {
        try tree.check(batch, for: model)
        if long == nil, needsLong(batch) { long = try makeLong() }
        var nodes: [Int] = []
        var (shortPart, longPart) = (Part(), Part())
        for element in batch {
            let parent: Int
            switch element.parent {
            case .node(let node): parent = Int(node.index)
            case .earlier(let index): parent = nodes[index]
            }
            let node = tree.add(after: parent)
            nodes.append(node)
            tokens[node] = element.token
            (shortNodes[node], longNodes[node]) = (nil, nil)
            if tree.depth(node) <= shortContext {
                append(element, node: node, to: &shortPart, root: short.root, shortNodes)
                continue
            }
            // Ancestors that were read as a short context are read again.
            var missing: [Int] = []
            var ancestor = parent
            while ancestor != RowTree.root, longNodes[ancestor] == nil, longPart.positions[ancestor] == nil {
                missing.append(ancestor)
                ancestor = tree.parent(of: ancestor)
            }
            guard let long else { preconditionFailure("a long context without its session") }
            for ancestor in missing.reversed() {
                let again = PendingToken(parent: .node(root), token: tokens[ancestor], needsLogits: false)
                append(again, node: ancestor, to: &longPart, root: long.root, longNodes)
            }
            append(element, node: node, to: &longPart, root: long.root, longNodes)
        }
        let shortLogits = try run(shortPart, in: short, &shortNodes)
        let longLogits = try long.map { long throws(ModelError) in try run(longPart, in: long, &longNodes) } ?? []
        return Evaluated(
            nodes: nodes.map { ContextNode(index: Int32($0)) },
            logits: interleaved(batch, nodes, shortLogits[...], longLogits[...]))
    }

    private func needsLong(_ batch: [PendingToken]) -> Bool {
        var depths: [Int] = []
        for element in batch {
            switch element.parent {
            case .node(let node): depths.append(tree.depth(Int(node.index)) + 1)
            case .earlier(let index): depths.append(depths[index] + 1)
            }
        }
        return depths.contains { $0 > shortContext }
    }

    private func append(
        _ element: PendingToken, node: Int, to part: inout Part, root: ContextNode, _ known: [ContextNode?]
    ) {
        let parent = tree.parent(of: node)
        guard let place = part.parent(parent, known: parent == RowTree.root ? root : known[parent]) else {
            preconditionFailure("node \(parent) is in no session")
        }
        part.positions[node] = part.batch.count
        part.batch.append(PendingToken(parent: place, token: element.token, needsLogits: element.needsLogits))
        part.nodes.append(node)
    }

    private func run(_ part: Part, in session: DecoderSession, _ places: inout [ContextNode?]) throws(ModelError)
        -> [Float]
    {
        guard !part.batch.isEmpty else { return [] }
        let result = try session.evaluate(part.batch)
        for (node, place) in zip(part.nodes, result.nodes) { places[node] = place }
        return result.logits
    }

    /// Both parts' rows in the order of the batch.
    private func interleaved(
        _ batch: [PendingToken], _ nodes: [Int], _ short: ArraySlice<Float>, _ long: ArraySlice<Float>
    ) -> [Float] {
        if long.isEmpty { return Array(short) }
        if short.isEmpty { return Array(long) }
        let width = model.vocabularySize
        var (short, long) = (short, long)
        var logits: [Float] = []
        logits.reserveCapacity(short.count + long.count)
        for (element, node) in zip(batch, nodes) where element.needsLogits {
            if tree.depth(node) <= shortContext {
                logits += short.prefix(width)
                short = short.dropFirst(width)
            } else {
                logits += long.prefix(width)
                long = long.dropFirst(width)
            }
        }
        return logits
    }

    func release(_ nodes: some Sequence<ContextNode>) {
        let nodes = nodes.map { Int($0.index) }
        tree.remove(nodes)
        short.release(nodes.compactMap { shortNodes[$0] })
        long?.release(nodes.compactMap { longNodes[$0] })
        for node in nodes { (shortNodes[node], longNodes[node]) = (nil, nil) }
    }
}
