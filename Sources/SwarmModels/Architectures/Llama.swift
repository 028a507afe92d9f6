internal import SwarmFormats
internal import SwarmKernels

/// Llama 1 to 3.x, and what copies it: SmolLM 2, TinyLlama, Yi, Mistral with its window.
func llama(_ s: ModelSettings) throws(ModelError) -> DecoderSpec {
    var spec = try DecoderSpec(s)
    try spec.setLlamaDefaults(s)
    // GGUF files hold queries and keys with their rows reordered for interleaved pairs.
    try spec.setRotary(s, interleaved: s.isGGUF)
    if s.isGGUF {
        spec.queryKeyValueBias = .ifPresent
        spec.outputBias = .ifPresent
        // Mixtral's files carry this name.
        if try s.integer("", gguf: "expert_count", in: 0...4096, default: 0) > 0 {
            try spec.setExperts(s, count: "", size: nil, normalized: true)
        }
    } else {
        let bias: DecoderSpec.Bias = try s.bool("attention_bias", default: false) ? .required : .absent
        spec.queryKeyValueBias = bias
        spec.outputBias = bias
        spec.feedForwardBias = try s.bool("mlp_bias", default: false) ? .required : .absent
    }
    return spec
}

extension DecoderSpec {
    /// RMS norms, a gated feed-forward layer, a head of its own unless the settings tie it.
    mutating func setLlamaDefaults(_ s: ModelSettings, tiedByDefault: Bool = false) throws(ModelError) {
        normEpsilon = try Self.epsilon(s, "rms_norm_eps", gguf: "layer_norm_rms_epsilon", default: 1e-6)
        activation = try Self.activation(s, "hidden_act", default: "silu")
        try setTiedHead(s, default: tiedByDefault)
    }

    /// GGUF files leave out a head that is the embedding.
    mutating func setTiedHead(_ s: ModelSettings, default fallback: Bool) throws(ModelError) {
        tiedHead =
            s.isGGUF
            ? s.tensors[names.head + ".weight"] == nil : try s.bool("tie_word_embeddings", default: fallback)
    }

    /// One rotation for all layers, over a part of the head where the settings say so.
    mutating func setRotary(
        _ s: ModelSettings, interleaved: Bool = false, partial names: [String] = ["partial_rotary_factor"],
        partialByDefault: Double = 1, theta thetaNames: [String] = ["rope_theta"]
    ) throws(ModelError) {
        let share = try s.number(
            names.first { s.has($0) } ?? names[0], in: 0.001...1, default: partialByDefault)
        let width = try s.integer(
            "", gguf: "rope.dimension_count", in: 1...headWidth, default: Int(Double(headWidth) * share))
        let theta = try s.number(
            thetaNames.first { s.has($0) } ?? thetaNames[0], gguf: "rope.freq_base", in: 1...1e12, default: 10000)
        func rotary(long: Bool = false) throws(ModelError) -> Rotary {
            try RopeScaling.rotary(
                s, width: width, theta: theta, interleaved: interleaved, context: contextLength, long: long)
        }
        rotaries = [try rotary()]
        shortContext = try RopeScaling.shortContext(s, context: contextLength)
        if shortContext != nil { longRotaries = [try rotary(long: true)] }
        contextLength = try RopeScaling.stretchedContext(s, context: contextLength)
        // The context that is written down is the one before it is stretched.
        if let stretch = rotaries[0].stretch {
            contextLength = min(1 << 24, Int(Double(contextLength) * stretch.factor))
        }
    }
}
