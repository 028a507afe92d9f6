internal import Foundation
package import SwarmKernels
package import SwarmModels
package import SwarmTokenizers

/// A model whose conditional distributions are arbitrary: each is drawn from a hash of the seed and the whole path, so
/// that a wrong path never gives the right numbers.
package struct TableModel: LanguageModel {
    package let vocabularySize: Int
    package let contextLength: Int
    private let seed: UInt64
    /// Logits lie between −`spread` and `spread`.
    private let spread: Double
    /// By path, start token included: tokens that may follow; nil where all may.
    private let allowed: @Sendable ([TokenID]) -> Set<TokenID>?

    package init(
        vocabularySize: Int, seed: UInt64, spread: Double = 2, contextLength: Int = 4096,
        allowed: @escaping @Sendable ([TokenID]) -> Set<TokenID>? = { _ in nil }
    ) {
        self.vocabularySize = vocabularySize
        self.contextLength = contextLength
        self.seed = seed
        self.spread = spread
        self.allowed = allowed
    }

    package var summary: ModelSummary {
        ModelSummary(
            architecture: "table", parameters: 0, layers: 0, hiddenSize: 0, heads: 0, keyValueHeads: 0,
            vocabularySize: vocabularySize, contextLength: contextLength, types: [:], weightBytes: 0,
            cacheBytesPerToken: 8)
    }

    package func makeSession(capacity: Int, pool: ThreadPool) -> any ModelSession { TableSession(model: self) }

    /// One row after `path`, start token included.
    package func logits(after path: [TokenID]) -> [Float] {
        let base = path.reduce(Self.mix(seed)) { Self.mix($0 ^ UInt64(UInt32(bitPattern: $1.rawValue))) }
        let allowed = allowed(path)
        return (0..<vocabularySize).map { token in
            if let allowed, !allowed.contains(TokenID(token)) { return -.infinity }
            let uniform = Double(Self.mix(base &+ UInt64(token) &* 0x9E37_79B9) >> 11) * 0x1p-53
            return Float(spread * (2 * uniform - 1))
        }
    }

    /// SplitMix64's output function (Steele, Lea & Flood 2014).
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Keeps every node's path; asking about a released one is an error of the test.
private final class TableSession: ModelSession {
    let root = ContextNode(index: 0)
    private let model: TableModel
    private var paths: [[TokenID]?] = [[]]

    init(model: TableModel) { self.model = model }

    func evaluate(_ batch: [PendingToken]) throws(ModelError) -> Evaluated {
        var result = Evaluated(nodes: [], logits: [])
        for pending in batch {
            let parent =
                switch pending.parent {
                case .node(let node): node
                case .earlier(let index): result.nodes[index]
                }
            guard let path = paths[Int(parent.index)] else { preconditionFailure("a token after a released node") }
            guard path.count < model.contextLength else {
                throw .contextTooLong(limit: model.contextLength, length: path.count + 1)
            }
            result.nodes.append(ContextNode(index: Int32(paths.count)))
            paths.append(path + [pending.token])
            if pending.needsLogits { result.logits += model.logits(after: path + [pending.token]) }
        }
        return result
    }

    func release(_ nodes: some Sequence<ContextNode>) {
        for node in nodes where node != root { paths[Int(node.index)] = nil }
    }
}
