internal import SwarmTokenizers

/// The token tree of an `NGramModel`: a node is its token and its parent, there is nothing else to keep.
final class NGramSession: ModelSession {
    private struct Node {
        var parent: Int32
        var token: TokenID
        var depth: Int
        var isAlive: Bool
    }

    package let root = ContextNode(index: 0)
    private let model: NGramModel
    private let capacity: Int
    private var nodes: [Node]
    private var free: [Int32] = []

    init(model: NGramModel, capacity: Int) {
        self.model = model
        self.capacity = capacity
        nodes = [Node(parent: -1, token: TokenID(0), depth: 0, isAlive: true)]
    }

    package func evaluate(_ batch: [PendingToken]) throws(ModelError) -> Evaluated {
        let alive = nodes.count - 1 - free.count
        guard alive + batch.count <= capacity else {
            throw .sessionFull(capacity: capacity, needed: batch.count)
        }
        for pending in batch where pending.token.index < 0 || pending.token.index >= model.vocabularySize {
            throw .tokenOutOfRange(token: pending.token.index, vocabularySize: model.vocabularySize)
        }
        var result = Evaluated(nodes: [], logits: [])
        for pending in batch {
            let parent: Int32
            switch pending.parent {
            case .node(let node): parent = node.index
            case .earlier(let index): parent = result.nodes[index].index
            }
            precondition(nodes[Int(parent)].isAlive, "a token after a released node")
            let depth = nodes[Int(parent)].depth + 1
            guard depth <= model.contextLength else {
                release(result.nodes)
                throw .contextTooLong(limit: model.contextLength, length: depth)
            }
            let node = Node(parent: parent, token: pending.token, depth: depth, isAlive: true)
            let index: Int32
            if let reused = free.popLast() {
                index = reused
                nodes[Int(index)] = node
            } else {
                index = Int32(nodes.count)
                nodes.append(node)
            }
            result.nodes.append(ContextNode(index: index))
            if pending.needsLogits { result.logits += model.logits(after: history(of: index)) }
        }
        return result
    }

    package func release(_ released: some Sequence<ContextNode>) {
        for node in released where node != root && nodes[Int(node.index)].isAlive {
            nodes[Int(node.index)].isAlive = false
            free.append(node.index)
        }
    }

    /// The last tokens that count, most recent first.
    private func history(of index: Int32) -> [TokenID] {
        var tokens: [TokenID] = []
        var index = index
        while index > 0 && tokens.count < model.order - 1 {
            tokens.append(nodes[Int(index)].token)
            index = nodes[Int(index)].parent
        }
        return tokens
    }
}
