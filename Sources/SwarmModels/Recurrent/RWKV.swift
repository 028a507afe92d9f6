internal import SwarmFormats
internal import SwarmKernels
internal import SwarmTokenizers

/// RWKV 5.2 ("Eagle and Finch: RWKV with matrix-valued states", Peng et al. 2024), with rwkv.cpp's tensor names and its
/// decay, already exp(−exp(·)).
func rwkv5(_ s: ModelSettings) throws(ModelError) -> RWKVPlan { try RWKVPlan(s) }

struct RWKVPlan: ModelPlan {
    let architecture: String
    let layers: Int
    let hiddenSize: Int
    let vocabularySize: Int
    let contextLength: Int
    let normEpsilon: Float
    /// The norm of the heads' results. They are trained divided by `head_size_divisor`, which comes to an ε as many times
    /// larger, squared.
    let headEpsilon: Float

    init(_ s: ModelSettings) throws(ModelError) {
        guard !s.isGGUF else {
            throw s.wrong("model_type", nil, "\(s.architecture) in a GGUF file", "a Hugging Face folder")
        }
        architecture = s.architecture
        layers = try s.integer("num_hidden_layers", in: 1...1024)
        hiddenSize = try s.integer("hidden_size", in: 1...1 << 18)
        vocabularySize = try s.integer("vocab_size", in: 1...1 << 22)
        contextLength = try s.integer(
            "max_position_embeddings", in: 1...1 << 24, default: RecurrentModel.longestContext)
        normEpsilon = Float(try s.number("layer_norm_epsilon", in: 0...1, default: 1e-5))
        let divisor = try s.number("head_size_divisor", in: 1...1024, default: 1)
        headEpsilon = Float(1e-5 * divisor * divisor)
    }

    func model(_ loader: WeightLoader, meaningfulLogits: Int?, cache _: CacheTypes) throws(ModelError)
        -> any LanguageModel
    {
        try RecurrentModel(RWKVNetwork(self, loader), loader, meaningfulLogits: meaningfulLogits)
    }
}

/// The weights of RWKV 5.2.
struct RWKVNetwork: RecurrentNetwork {
    let architecture: String
    let heads: Int
    let headWidth: Int
    let feedForwardSize: Int
    let contextLength: Int
    let embedding: LinearWeights
    let head: LinearWeights
    let embeddingNorm: Norm
    let finalNorm: Norm
    /// The norm of one head's results; each layer's scales follow.
    let headNorm: Norm
    let blocks: [Block]

    struct Block: Sendable {
        let attentionNorm: Norm
        /// How much of the current token each of receptance, key, value and gate see.
        let attentionMixes: [[Float]]
        let receptance: LinearWeights
        let key: LinearWeights
        let value: LinearWeights
        let gate: LinearWeights
        let output: LinearWeights
        let bonus: [Float]
        let decay: [Float]
        let headScale: [Float]
        let headShift: [Float]
        let feedForwardNorm: Norm
        /// Of key and receptance.
        let feedForwardMixes: [[Float]]
        let feedForwardKey: LinearWeights
        let feedForwardReceptance: LinearWeights
        let feedForwardValue: LinearWeights
    }

    var layers: Int { blocks.count }
    private var hidden: Int { embedding.columns }
    var stateWidth: Int { layers * blockWidth }

    // A layer's state: what the attention and the feed-forward layer last saw, then the heads' matrices.
    private var blockWidth: Int { 2 * hidden + hidden * headWidth }
    func attentionInput(_ layer: Int) -> Int { layer * blockWidth }
    func feedForwardInput(_ layer: Int) -> Int { layer * blockWidth + hidden }
    func matrices(_ layer: Int) -> Int { layer * blockWidth + 2 * hidden }

    init(_ plan: RWKVPlan, _ loader: WeightLoader) throws(ModelError) {
        let hidden = plan.hiddenSize
        func norm(_ name: String) throws(ModelError) -> Norm {
            Norm(
                kind: .layer, weight: try loader.vector(name + ".weight", count: hidden),
                bias: try loader.vector(name + ".bias", count: hidden), epsilon: plan.normEpsilon)
        }
        func square(_ name: String) throws(ModelError) -> LinearWeights {
            try loader.linear(name, rows: hidden, columns: hidden)
        }
        // The settings say neither the number of heads nor the feed-forward layer's width.
        let heads = try loader.length("blocks.0.att.time_decay", dimension: 0, in: 1...hidden)
        let width = hidden / heads
        let feedForward = try loader.length("blocks.0.ffn.key.weight", dimension: 0, in: 1...1 << 20)
        func mixes(_ name: String, _ letters: [String]) throws(ModelError) -> [[Float]] {
            var mixes: [[Float]] = []
            for letter in letters { mixes.append(try loader.vector(name + ".time_mix_" + letter, count: hidden)) }
            return mixes
        }
        var blocks: [Block] = []
        for number in 0..<plan.layers {
            let (attention, network) = ("blocks.\(number).att", "blocks.\(number).ffn")
            blocks.append(
                Block(
                    attentionNorm: try norm("blocks.\(number).ln1"),
                    attentionMixes: try mixes(attention, ["r", "k", "v", "g"]),
                    receptance: try square(attention + ".receptance"),
                    key: try square(attention + ".key"),
                    value: try square(attention + ".value"),
                    gate: try square(attention + ".gate"),
                    output: try square(attention + ".output"),
                    bonus: try loader.numbers(attention + ".time_faaaa", shape: [heads, width, 1]),
                    decay: try loader.numbers(attention + ".time_decay", shape: [heads, width, 1]),
                    headScale: try loader.vector(attention + ".ln_x.weight", count: hidden),
                    headShift: try loader.vector(attention + ".ln_x.bias", count: hidden),
                    feedForwardNorm: try norm("blocks.\(number).ln2"),
                    feedForwardMixes: try mixes(network, ["k", "r"]),
                    feedForwardKey: try loader.linear(network + ".key", rows: feedForward, columns: hidden),
                    feedForwardReceptance: try square(network + ".receptance"),
                    feedForwardValue: try loader.linear(network + ".value", rows: hidden, columns: feedForward)))
        }
        self.blocks = blocks
        architecture = plan.architecture
        self.heads = heads
        headWidth = width
        feedForwardSize = feedForward
        contextLength = plan.contextLength
        embedding = try loader.linear("emb", rows: plan.vocabularySize, columns: hidden)
        head = try loader.linear("head", rows: plan.vocabularySize, columns: hidden)
        embeddingNorm = try norm("blocks.0.ln0")
        finalNorm = try norm("ln_out")
        headNorm = Norm(kind: .layer, weight: nil, epsilon: plan.headEpsilon)
    }

    func makeForward(rows: Int, pool: ThreadPool) -> any RecurrentForward {
        RWKVForward(self, rows: rows, pool: pool)
    }
}

/// RWKV's layers at work.
private final class RWKVForward: RecurrentForward {
    private let network: RWKVNetwork
    private let pool: ThreadPool
    private let normed: FloatRows
    /// Inputs of the projections, mixed with the token before.
    private let mixed: [FloatRows]
    private let receptance: FloatRows
    private let key: FloatRows
    private let value: FloatRows
    private let gate: FloatRows
    private let attended: FloatRows
    private let inner: FloatRows

    init(_ network: RWKVNetwork, rows: Int, pool: ThreadPool) {
        self.network = network
        self.pool = pool
        let hidden = network.embedding.columns
        func memory() -> FloatRows { FloatRows(rows: rows, columns: hidden) }
        normed = memory()
        mixed = (0..<4).map { _ in memory() }
        receptance = memory()
        key = memory()
        value = memory()
        gate = memory()
        attended = memory()
        inner = FloatRows(rows: rows, columns: network.feedForwardSize)
    }

    func run(_ x: FloatRows, steps: [StateStep], states: FloatRows) {
        let count = steps.count
        network.embeddingNorm.apply(x, rows: count, into: x)
        for (number, block) in network.blocks.enumerated() {
            attend(x, block, number, steps, states)
            feedForward(x, block, number, steps, states)
        }
        network.finalNorm.apply(x, rows: count, into: x)
    }

    private func attend(
        _ x: FloatRows, _ block: RWKVNetwork.Block, _ number: Int, _ steps: [StateStep], _ states: FloatRows
    ) {
        let count = steps.count
        block.attentionNorm.apply(x, rows: count, into: normed)
        states.shiftTokens(
            normed, steps: steps, column: network.attentionInput(number), mixes: block.attentionMixes, into: mixed)
        let projections = [block.receptance, block.key, block.value, block.gate]
        for (index, output) in [receptance, key, value, gate].enumerated() {
            projections[index].multiply(mixed[index], rows: count, into: output, pool: pool)
        }
        Activation.silu.apply(gate, rows: count, into: gate)
        states.attendLinearly(
            receptance, key, value, bonus: block.bonus, decay: block.decay, width: network.headWidth, steps: steps,
            column: network.matrices(number), into: attended, pool: pool)
        network.headNorm.apply(
            heads: attended, rows: count, layout: HeadLayout(count: network.heads, width: network.headWidth))
        attended.scaleAndShift(rows: count, weight: block.headScale, bias: block.headShift)
        attended.multiply(by: gate, rows: count)
        block.output.multiply(attended, rows: count, into: normed, pool: pool)
        x.add(normed, rows: count)
    }

    private func feedForward(
        _ x: FloatRows, _ block: RWKVNetwork.Block, _ number: Int, _ steps: [StateStep], _ states: FloatRows
    ) {
        let count = steps.count
        block.feedForwardNorm.apply(x, rows: count, into: normed)
        states.shiftTokens(
            normed, steps: steps, column: network.feedForwardInput(number), mixes: block.feedForwardMixes,
            into: Array(mixed[..<2]))
        block.feedForwardKey.multiply(mixed[0], rows: count, into: inner, pool: pool)
        Activation.reluSquared.apply(inner, rows: count, into: inner)
        block.feedForwardReceptance.multiply(mixed[1], rows: count, into: receptance, pool: pool)
        receptance.sigmoid(rows: count)
        block.feedForwardValue.multiply(inner, rows: count, into: normed, pool: pool)
        normed.multiply(by: receptance, rows: count)
        x.add(normed, rows: count)
    }
}
