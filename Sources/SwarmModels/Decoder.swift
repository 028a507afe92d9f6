internal import SwarmFormats
package import SwarmKernels
internal import SwarmTokenizers

/// The one transformer: token by token, each attending to those before it. Families differ only in `DecoderSpec`.
package final class Decoder: LanguageModel {
    package let spec: DecoderSpec
    package let summary: ModelSummary
    let weights: DecoderWeights
    /// How sessions store keys and values.
    let cache: CacheTypes
    /// Logits from here on belong to no token and are −∞.
    let meaningfulLogits: Int
    /// The same weights with the rotations of long contexts, where the model has others for them.
    private let long: Decoder?

    /// Takes the weights that `spec` needs from `loader`, which checks them.
    /// - Parameters:
    ///   - meaningfulLogits: the tokenizer's vocabulary, where the model's may be padded.
    ///   - cache: how sessions store keys and values.
    package init(
        _ spec: DecoderSpec, _ loader: WeightLoader, meaningfulLogits: Int? = nil, cache: CacheTypes = CacheTypes()
    ) throws(ModelError) {
        self.cache = cache
        self.spec = spec
        self.meaningfulLogits = min(meaningfulLogits ?? spec.vocabularySize, spec.vocabularySize)
        weights = try DecoderWeights(spec, loader)
        summary = ModelSummary(
            architecture: spec.architecture, parameters: loader.parameters, layers: spec.layers,
            hiddenSize: spec.hiddenSize, heads: spec.heads, keyValueHeads: spec.keyValueHeads,
            vocabularySize: spec.vocabularySize, contextLength: spec.contextLength, types: loader.types,
            weightBytes: loader.bytes,
            cacheBytesPerToken: spec.layers * spec.keyValueHeads * cache.bytes(width: spec.headWidth),
            cache: cache)
        long =
            spec.shortContext == nil ? nil : Decoder(spec, weights, summary, self.meaningfulLogits, cache)
    }

    private init(
        _ short: DecoderSpec, _ weights: DecoderWeights, _ summary: ModelSummary, _ meaningfulLogits: Int,
        _ cache: CacheTypes
    ) {
        self.cache = cache
        var spec = short
        spec.rotaries = short.longRotaries
        spec.shortContext = nil
        self.spec = spec
        self.weights = weights
        self.summary = summary
        self.meaningfulLogits = meaningfulLogits
        long = nil
    }

    package var vocabularySize: Int { spec.vocabularySize }
    package var contextLength: Int { spec.contextLength }

    package func makeSession(capacity: Int, pool: ThreadPool) -> any ModelSession {
        do throws(ModelError) {
            let capacity = max(1, capacity)
            guard let long, let shortContext = spec.shortContext, capacity > shortContext else {
                return try DecoderSession(self, capacity: capacity, pool: pool)
            }
            return try LongContextSession(
                self, long: long, shortContext: shortContext, capacity: capacity, pool: pool)
        } catch {
            return UnavailableSession(error)
        }
    }

    /// The layers' caches for `capacity` tokens.
    /// - Throws: `ModelError.outOfMemory`, also where the machine has less memory than they may come to need: the system
    ///   hands out more than it has, and ends the process when that is used.
    func makeCaches(capacity: Int) throws(ModelError) -> [KeyValueCache] {
        let (bytes, overflow) = summary.cacheBytesPerToken.multipliedReportingOverflow(by: capacity)
        let problem = ModelError.outOfMemory(
            capacity: capacity, needed: overflow ? nil : bytes, available: ProcessMemory.physicalCount)
        guard !overflow, bytes <= ProcessMemory.physicalCount, capacity <= UnavailableSession.largestCapacity else {
            throw problem
        }
        var caches: [KeyValueCache] = []
        for _ in 0..<spec.layers {
            guard
                let layer = KeyValueCache(
                    heads: spec.keyValueHeads, capacity: capacity, width: spec.headWidth, types: cache)
            else { throw problem }
            caches.append(layer)
        }
        return caches
    }
}

/// A token tree of one decoder: which rows of the KV cache hold which tokens, and the forward pass over new ones.
final class DecoderSession: ModelSession {
    private let model: Decoder
    private let forward: DecoderForward
    private var tree: RowTree

    init(_ model: Decoder, capacity: Int, pool: ThreadPool) throws(ModelError) {
        self.model = model
        let caches = try model.makeCaches(capacity: capacity)
        tree = RowTree(capacity: capacity)
        forward = DecoderForward(model, caches: caches, capacity: capacity, pool: pool)
    }

    var root: ContextNode { ContextNode(index: Int32(RowTree.root)) }

    func evaluate(_ batch: [PendingToken]) throws(ModelError) -> Evaluated {
        try tree.check(batch, for: model)
        var nodes: [ContextNode] = []
        nodes.reserveCapacity(batch.count)
        let wanted = batch.reduce(0) { $1.needsLogits ? $0 + 1 : $0 }
        // The output head writes every place, so that none is cleared first.
        let places = wanted * model.vocabularySize
        var logits = unsafe [Float](unsafeUninitializedCapacity: places) { $1 = places }
        var filled = 0
        withFlushedDenormals {
            var start = 0
            while start < batch.count {
                let end = min(start + forward.chunk, batch.count)
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
