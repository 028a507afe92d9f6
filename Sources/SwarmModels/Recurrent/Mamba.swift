internal import Foundation
internal import SwarmFormats
internal import SwarmKernels
internal import SwarmTokenizers

/// Mamba 1 ("Mamba: Linear-Time Sequence Modeling with Selective State Spaces", Gu and Dao 2023) in Hugging Face form.
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

    init(_ s: ModelSettings) throws(ModelError) {
        guard !s.isGGUF else {
            throw s.wrong("model_type", nil, "\(s.architecture) in a GGUF file", "a Hugging Face folder")
        }
        architecture = s.architecture
        layers = try s.integer("num_hidden_layers", in: 1...1024)
        let hidden = try s.integer("hidden_size", in: 1...1 << 18)
        hiddenSize = hidden
        let expansion = try s.number("expand", in: 1 / 1024...1024, default: 2)
        innerSize = try s.integer(
            "intermediate_size", in: 1...1 << 20, default: max(1, Int(expansion * Double(hidden))))
        depth = try s.integer("state_size", in: 1...4096)
        taps = try s.integer("conv_kernel", in: 1...1024)
        // "auto" is one in sixteen.
        let sixteenth = (hidden + 15) / 16
        if let text = try? s.text("time_step_rank", default: "auto"), text == "auto" {
            rank = sixteenth
        } else {
            rank = try s.integer("time_step_rank", in: 1...1 << 18)
        }
        vocabularySize = try s.integer("vocab_size", in: 1...1 << 22)
        contextLength = try s.integer(
            "max_position_embeddings", in: 1...1 << 24, default: RecurrentModel.longestContext)
        normEpsilon = try DecoderSpec.epsilon(s, "layer_norm_epsilon", gguf: "", default: 1e-5)
        projectionBias = try s.bool("use_bias", default: false) ? .required : .absent
        convolutionHasBias = try s.bool("use_conv_bias", default: true)
        tiedHead = try s.bool("tie_word_embeddings", default: true)
        guard try DecoderSpec.activation(s, "hidden_act", default: "silu") == .silu else {
            throw s.wrong("hidden_act", nil, "another function", "silu")
        }
    }

    func model(_ settings: ModelSettings, meaningfulLogits: Int?) throws(ModelError) -> any LanguageModel {
        let loader = WeightLoader(settings.tensors)
        return RecurrentModel(try MambaNetwork(self, loader), loader, meaningfulLogits: meaningfulLogits)
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
        let (hidden, inner) = (plan.hiddenSize, plan.innerSize)
        func norm(_ name: String) throws(ModelError) -> Norm {
            Norm(kind: .rms, weight: try loader.vector(name + ".weight", count: hidden), epsilon: plan.normEpsilon)
        }
        embedding = try loader.linear("backbone.embeddings", rows: plan.vocabularySize, columns: hidden)
        head = plan.tiedHead ? embedding : try loader.linear("lm_head", rows: plan.vocabularySize, columns: hidden)
        finalNorm = try norm("backbone.norm_f")
        var blocks: [Block] = []
        for number in 0..<plan.layers {
            let mixer = "backbone.layers.\(number).mixer."
            let filter = try loader.numbers(mixer + "conv1d.weight", shape: [inner, 1, plan.taps])
            let logarithms = try loader.numbers(mixer + "A_log", shape: [inner, plan.depth])
            blocks.append(
                Block(
                    norm: try norm("backbone.layers.\(number).norm"),
                    input: try loader.linear(
                        mixer + "in_proj", rows: 2 * inner, columns: hidden, bias: plan.projectionBias),
                    filter: Self.transposed(filter, rows: inner, columns: plan.taps),
                    filterBias: plan.convolutionHasBias
                        ? try loader.vector(mixer + "conv1d.bias", count: inner) : nil,
                    selection: try loader.linear(
                        mixer + "x_proj", rows: plan.rank + 2 * plan.depth, columns: inner),
                    stepSize: try loader.linear(
                        mixer + "dt_proj", rows: inner, columns: plan.rank, bias: .required),
                    decay: Self.transposed(logarithms, rows: inner, columns: plan.depth).map { -exp($0) },
                    skip: try loader.vector(mixer + "D", count: inner),
                    output: try loader.linear(
                        mixer + "out_proj", rows: hidden, columns: inner, bias: plan.projectionBias)))
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
