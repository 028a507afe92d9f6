internal import SwarmKernels
internal import SwarmTokenizers

/// Which cache rows are in use and how they hang together: a tree of tokens laid out in rows.
///
/// A node is the row its token lies in; the root is −1. A child takes the row after its parent's where that is free, so
/// that a path is a few runs of neighbouring rows; branches start in the middle of the largest gap, so that both sides
/// can grow.
struct RowTree {
    let capacity: Int
    private(set) var freeCount: Int
    private var parents: [Int32]
    private var depths: [Int32]
    /// The first row of the run that a row belongs to.
    private var runStarts: [Int32]
    private var children: [Int32]
    private var used: [Bool]

    static let root = -1

    init(capacity: Int) {
        self.capacity = capacity
        freeCount = capacity
        parents = [Int32](repeating: -1, count: capacity)
        depths = [Int32](repeating: 0, count: capacity)
        runStarts = [Int32](repeating: 0, count: capacity)
        children = [Int32](repeating: 0, count: capacity)
        used = [Bool](repeating: false, count: capacity)
    }

    func isLive(_ node: Int) -> Bool {
        node == Self.root || (node >= 0 && node < capacity && used[node])
    }

    /// Tokens on the path to `node`, itself included; 0 for the root.
    func depth(_ node: Int) -> Int { node == Self.root ? 0 : Int(depths[node]) }

    /// The node that `node` follows, the root for a first token; `node` is not the root.
    func parent(of node: Int) -> Int { Int(parents[node]) }

    /// Takes a row for a child of `parent`; there must be a free one.
    mutating func add(after parent: Int) -> Int {
        precondition(freeCount > 0 && isLive(parent), "no row for a child of \(parent)")
        let row: Int
        if parent != Self.root, parent + 1 < capacity, !used[parent + 1] {
            row = parent + 1
            runStarts[row] = runStarts[parent]
        } else {
            row = startOfRun()
            runStarts[row] = Int32(row)
        }
        used[row] = true
        freeCount -= 1
        parents[row] = Int32(parent)
        depths[row] = Int32(depth(parent) + 1)
        children[row] = 0
        if parent != Self.root { children[parent] += 1 }
        return row
    }

    /// Where a new run has the most room without taking it from its neighbour below.
    private func startOfRun() -> Int {
        var best = 0..<0
        var start = 0
        for row in 0...capacity where row == capacity || used[row] {
            if row - start > best.count { best = start..<row }
            start = row + 1
        }
        return best.lowerBound == 0 ? 0 : (best.lowerBound + best.upperBound) / 2
    }

    /// Finds everything that can be wrong with `batch` before anything is changed.
    /// - Throws: `ModelError` when there are too few rows, a context is too long, or a token is outside the vocabulary.
    func check(_ batch: [PendingToken], for model: some LanguageModel) throws(ModelError) {
        guard batch.count <= freeCount else {
            throw .sessionFull(capacity: capacity, needed: batch.count - freeCount)
        }
        var depths: [Int] = []
        depths.reserveCapacity(batch.count)
        for (number, element) in batch.enumerated() {
            guard element.token.index >= 0, element.token.index < model.vocabularySize else {
                throw .tokenOutOfRange(token: element.token.index, vocabularySize: model.vocabularySize)
            }
            let depth: Int
            switch element.parent {
            case .node(let node):
                precondition(isLive(Int(node.index)), "node \(node.index) has been released")
                depth = self.depth(Int(node.index)) + 1
            case .earlier(let index):
                precondition(index >= 0 && index < number, "element \(number) follows element \(index)")
                depth = depths[index] + 1
            }
            guard depth <= model.contextLength else {
                throw .contextTooLong(limit: model.contextLength, length: depth)
            }
            depths.append(depth)
        }
    }

    /// The runs on the path to `node`, last first.
    func path(to node: Int, into runs: inout [RowRun]) {
        runs.removeAll(keepingCapacity: true)
        var row = node
        while row != Self.root {
            let start = Int(runStarts[row])
            runs.append(RowRun(start: start, count: row - start + 1))
            row = Int(parents[start])
        }
    }

    /// Frees the rows of `nodes`, of which none may be the parent of a node that stays.
    mutating func remove(_ nodes: [Int]) {
        for node in nodes {
            precondition(node != Self.root && isLive(node), "node \(node) is not there to release")
            used[node] = false
            freeCount += 1
            let parent = Int(parents[node])
            if parent != Self.root { children[parent] -= 1 }
        }
        for node in nodes {
            precondition(children[node] == 0, "node \(node) was released before its children")
        }
    }
}
