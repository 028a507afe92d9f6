internal import SwarmFormats
package import SwarmKernels
internal import SwarmTokenizers

/// The one transformer: token by token, each attending to those before it. Families differ only in `DecoderSpec`.
package final class Decoder: LanguageModel {
    package let spec: DecoderSpec
    package let summary: ModelSummary
    let weights: DecoderWeights
    /// Logits from here on belong to no token and are −∞.
    let meaningfulLogits: Int

    /// Finds and checks the weights that `spec` needs among `tensors`.
    /// - Parameter meaningfulLogits: the tokenizer's vocabulary, where the model's may be padded.
    package init(_ spec: DecoderSpec, _ settings: ModelSettings, meaningfulLogits: Int? = nil) throws(ModelError) {
        let loader = WeightLoader(settings.tensors)
        self.spec = spec
        self.meaningfulLogits = min(meaningfulLogits ?? spec.vocabularySize, spec.vocabularySize)
        weights = try DecoderWeights(spec, loader)
        summary = ModelSummary(
            architecture: spec.architecture, parameters: loader.parameters, layers: spec.layers,
            hiddenSize: spec.hiddenSize, heads: spec.heads, keyValueHeads: spec.keyValueHeads,
            vocabularySize: spec.vocabularySize, contextLength: spec.contextLength, types: loader.types,
            weightBytes: loader.bytes,
            cacheBytesPerToken: spec.layers * 2 * spec.keyValueHeads * KeyValueCache.stride(spec.headWidth)
                * MemoryLayout<Float>.stride)
    }

    package var vocabularySize: Int { spec.vocabularySize }
    package var contextLength: Int { spec.contextLength }

    package func makeSession(capacity: Int, pool: ThreadPool) -> any ModelSession {
        DecoderSession(self, capacity: max(1, capacity), pool: pool)
    }
}

/// A token tree of one decoder: which rows of the KV cache hold which tokens, and the forward pass over new ones.
final class DecoderSession: ModelSession {
    private let model: Decoder
    private let forward: DecoderForward
    private var tree: RowTree

    /// Tokens that go through the layers together: bounds the working memory of long prompts.
    private static let chunk = 256

    init(_ model: Decoder, capacity: Int, pool: ThreadPool) {
        self.model = model
        tree = RowTree(capacity: capacity)
        forward = DecoderForward(model, capacity: capacity, rows: min(capacity, Self.chunk), pool: pool)
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
            var start = 0
            while start < batch.count {
                let end = min(start + Self.chunk, batch.count)
                for element in batch[start..<end] {
                    let parent =
                        switch element.parent {
                        case .node(let node): Int(node.index)
                        case .earlier(let index): Int(nodes[index].index)
                        }
                    nodes.append(ContextNode(index: Int32(tree.add(after: parent))))
                }
                filled += forward.run(
                    batch[start..<end], nodes: nodes[start..<end], tree: tree, logits: &logits, from: filled)
                start = end
            }
        }
        return Evaluated(nodes: nodes, logits: logits)
    }

    func release(_ nodes: some Sequence<ContextNode>) {
        tree.remove(nodes.map { Int($0.index) })
    }
}
