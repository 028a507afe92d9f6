internal import Foundation
internal import SwarmFormats
internal import SwarmKernels
internal import SwarmTokenizers

/// Mamba 1 ("Mamba: Linear-Time Sequence Modeling with Selective State Spaces", Gu and Dao 2023).
func mamba(_ s: ModelSettings) throws(ModelError) -> MambaPlan { try MambaPlan(s) }

struct MambaPlan: ModelPlan {
    let architecture: String
    let layers: Int
    let hiddenSize: Int
    /// Channels of the convolution and the scan.
    let innerSize: Int
    /// Numbers each channel remembers.
    let depth: Int
    /// Tokens the convolution sees.
    let taps: Int
    /// The rank of the step sizes.
    let rank: Int
    let vocabularySize: Int
    let contextLength: Int
    let normEpsilon: Float
    let projectionBias: DecoderSpec.Bias
    let convolutionHasBias: Bool
    let tiedHead: Bool
    let names: Names

    /// What the file calls the tensors.
    struct Names: Sendable {
        var embedding = "backbone.embeddings"
        var head = "lm_head"
        var finalNorm = "backbone.norm_f"
        /// `#` stands for the layer's number.
        var layer = "backbone.layers.#."

        // Inside a layer.
        var norm = "norm"
        var input = "mixer.in_proj"
        var convolution = "mixer.conv1d"
        var selection = "mixer.x_proj"
        var stepSize = "mixer.dt_proj"
        var decay = "mixer.A_log"
        var skip = "mixer.D"
        var output = "mixer.out_proj"
        /// The filter is [channels × 1 × taps] and the decay's logarithm is stored; else [channels × taps] and the
        /// decay itself, negative.
        var isTraining = true

        static var gguf: Names {
            Names(
                embedding: "token_embd", head: "output", finalNorm: "output_norm", layer: "blk.#.", norm: "attn_norm",
                input: "ssm_in", convolution: "ssm_conv1d", selection: "ssm_x", stepSize: "ssm_dt", decay: "ssm_a",
                skip: "ssm_d", output: "ssm_out", isTraining: false)
        }
    }

    init(_ s: ModelSettings) throws(ModelError) {
        architecture = s.architecture
        names = s.isGGUF ? .gguf : Names()
        layers = try s.integer("num_hidden_layers", gguf: "block_count", in: 1...1024)
        let hidden = try s.integer("hidden_size", gguf: "embedding_length", in: 1...1 << 18)
        hiddenSize = hidden
        let expansion = try s.number("expand", in: 1 / 1024...1024, default: 2)
        innerSize = try s.integer(
            "intermediate_size", gguf: "ssm.inner_size", in: 1...1 << 20,
            default: max(1, Int(expansion * Double(hidden))))
        depth = try s.integer("state_size", gguf: "ssm.state_size", in: 1...4096)
        taps = try s.integer("conv_kernel", gguf: "ssm.conv_kernel", in: 1...1024)
        // "auto" is one in sixteen.
        let sixteenth = (hidden + 15) / 16
        if !s.isGGUF, let text = try? s.text("time_step_rank", default: "auto"), text == "auto" {
            rank = sixteenth
        } else {
            rank = try s.integer("time_step_rank", gguf: "ssm.time_step_rank", in: 1...1 << 18)
        }
        contextLength = try s.integer(
            "max_position_embeddings", gguf: "context_length", in: 1...1 << 24,
            default: RecurrentModel.longestContext)
        normEpsilon = try DecoderSpec.epsilon(
            s, "layer_norm_epsilon", gguf: "layer_norm_rms_epsilon", default: 1e-5)
        projectionBias = try s.bool("use_bias", default: false) ? .required : .absent
        convolutionHasBias = try s.bool("use_conv_bias", default: true)
        guard try DecoderSpec.activation(s, "hidden_act", default: "silu") == .silu else {
            throw s.wrong("hidden_act", nil, "another function", "silu")
        }
        guard s.isGGUF else {
            vocabularySize = try s.integer("vocab_size", in: 1...1 << 22)
            tiedHead = try s.bool("tie_word_embeddings", default: true)
            return
        }
        vocabularySize = try WeightLoader(s.tensors).length(names.embedding + ".weight", dimension: 0, in: 1...1 << 22)
        tiedHead = s.tensors[names.head + ".weight"] == nil
        // Falcon Mamba's norms of step sizes and of what is remembered and read out.
        if try s.bool("", gguf: "ssm.dt_b_c_rms", default: false) {
            throw s.wrong("", "ssm.dt_b_c_rms", "true", "false")
        }
    }

    func model(_ loader: WeightLoader, meaningfulLogits: Int?, cache _: CacheTypes) throws(ModelError)
        -> any LanguageModel
    {
        try RecurrentModel(MambaNetwork(self, loader), loader, meaningfulLogits: meaningfulLogits)
    }
}

/// The weights of Mamba 1.
struct MambaNetwork: RecurrentNetwork {
    let plan: MambaPlan
    let embedding: LinearWeights
    let head: LinearWeights
    let finalNorm: Norm
    let blocks: [Block]

    struct Block: Sendable {
        let norm: Norm
        /// Inputs, then gates.
        let input: LinearWeights
        /// [taps × channels]
        let filter: [Float]
        let filterBias: [Float]?
        /// Step sizes [rank], then what is remembered [depth], then what is read out [depth].
        let selection: LinearWeights
        let stepSize: LinearWeights
        /// [depth × channels], negative.
        let decay: [Float]
        let skip: [Float]
        let output: LinearWeights
    }

    var architecture: String { plan.architecture }
    var layers: Int { blocks.count }
    var heads: Int { 1 }
    var contextLength: Int { plan.contextLength }
    var stateWidth: Int { layers * blockWidth }

    // A layer's state: the last inputs of the convolution, then what the channels remember.
    private var blockWidth: Int { (plan.taps - 1 + plan.depth) * plan.innerSize }
    func inputs(_ layer: Int) -> Int { layer * blockWidth }
    func memory(_ layer: Int) -> Int { layer * blockWidth + (plan.taps - 1) * plan.innerSize }

    init(_ plan: MambaPlan, _ loader: WeightLoader) throws(ModelError) {
        self.plan = plan
        let (hidden, inner, names) = (plan.hiddenSize, plan.innerSize, plan.names)
        func norm(_ name: String) throws(ModelError) -> Norm {
            Norm(kind: .rms, weight: try loader.vector(name + ".weight", count: hidden), epsilon: plan.normEpsilon)
        }
        embedding = try loader.linear(names.embedding, rows: plan.vocabularySize, columns: hidden)
        head = plan.tiedHead ? embedding : try loader.linear(names.head, rows: plan.vocabularySize, columns: hidden)
        finalNorm = try norm(names.finalNorm)
        var blocks: [Block] = []
        for number in 0..<plan.layers {
            let layer = names.layer.replacing("#", with: String(number))
            let filter = try loader.numbers(
                layer + names.convolution + ".weight",
                shape: names.isTraining ? [inner, 1, plan.taps] : [inner, plan.taps])
            let decay = Self.transposed(
                try loader.numbers(layer + names.decay, shape: [inner, plan.depth]), rows: inner, columns: plan.depth)
            blocks.append(
                Block(
                    norm: try norm(layer + names.norm),
                    input: try loader.linear(
                        layer + names.input, rows: 2 * inner, columns: hidden, bias: plan.projectionBias),
                    filter: Self.transposed(filter, rows: inner, columns: plan.taps),
                    filterBias: plan.convolutionHasBias
                        ? try loader.vector(layer + names.convolution + ".bias", count: inner) : nil,
                    selection: try loader.linear(
                        layer + names.selection, rows: plan.rank + 2 * plan.depth, columns: inner),
                    stepSize: try loader.linear(
                        layer + names.stepSize, rows: inner, columns: plan.rank, bias: .required),
                    decay: names.isTraining ? decay.map { -exp($0) } : decay,
                    skip: try loader.vector(layer + names.skip, count: inner),
                    output: try loader.linear(
                        layer + names.output, rows: hidden, columns: inner, bias: plan.projectionBias)))
        }
        self.blocks = blocks
    }

    private static func transposed(_ matrix: [Float], rows: Int, columns: Int) -> [Float] {
        var result: [Float] = []
        result.reserveCapacity(matrix.count)
        for column in 0..<columns {
            for row in 0..<rows { result.append(matrix[row * columns + column]) }
        }
        return result
    }

    func makeForward(rows: Int, pool: ThreadPool) -> any RecurrentForward {
        MambaForward(self, rows: rows, pool: pool)
    }
}

/// Mamba's layers at work.
private final class MambaForward: RecurrentForward {
    private let network: MambaNetwork
    private let pool: ThreadPool
    private let normed: FloatRows
    private let projected: FloatRows
    private let gate: FloatRows
    private let convolved: FloatRows
    private let selection: FloatRows
    private let rank: FloatRows
    private let delta: FloatRows
    private let scanned: FloatRows

    init(_ network: MambaNetwork, rows: Int, pool: ThreadPool) {
        self.network = network
        self.pool = pool
        let plan = network.plan
        normed = FloatRows(rows: rows, columns: plan.hiddenSize)
        projected = FloatRows(rows: rows, columns: 2 * plan.innerSize)
        gate = FloatRows(rows: rows, columns: plan.innerSize)
        convolved = FloatRows(rows: rows, columns: plan.innerSize)
        selection = FloatRows(rows: rows, columns: plan.rank + 2 * plan.depth)
        rank = FloatRows(rows: rows, columns: plan.rank)
        delta = FloatRows(rows: rows, columns: plan.innerSize)
        scanned = FloatRows(rows: rows, columns: plan.innerSize)
    }

    func run(_ x: FloatRows, steps: [StateStep], states: FloatRows) {
        let (count, plan) = (steps.count, network.plan)
        for (number, block) in network.blocks.enumerated() {
            block.norm.apply(x, rows: count, into: normed)
            block.input.multiply(normed, rows: count, into: projected, pool: pool)
            states.convolve(
                projected, filter: block.filter, bias: block.filterBias, taps: plan.taps, steps: steps,
                column: network.inputs(number), into: convolved)
            Activation.silu.apply(convolved, rows: count, into: convolved)
            block.selection.multiply(convolved, rows: count, into: selection, pool: pool)
            rank.copyColumns(of: selection, rows: count)
            block.stepSize.multiply(rank, rows: count, into: delta, pool: pool)
            states.scanSelectively(
                convolved, delta: delta, selection: selection, offset: plan.rank, decay: block.decay,
                skip: block.skip, depth: plan.depth, steps: steps, column: network.memory(number), into: scanned,
                pool: pool)
            gate.copyColumns(of: projected, from: plan.innerSize, rows: count)
            Activation.silu.apply(gate, rows: count, into: gate)
            scanned.multiply(by: gate, rows: count)
            block.output.multiply(scanned, rows: count, into: normed, pool: pool)
            x.add(normed, rows: count)
        }
        network.finalNorm.apply(x, rows: count, into: x)
    }
}
