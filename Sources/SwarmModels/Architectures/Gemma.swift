internal import SwarmFormats

/// Gemma 2: norms before and after each layer, soft caps, every other layer sees a window.
func gemma2(_ s: ModelSettings) throws(ModelError) -> DecoderSpec {
    let s = s.assuming([
        "head_dim": 256, "query_pre_attn_scalar": 256, "max_position_embeddings": 8192, "attn_logit_softcapping": 50,
        "final_logit_softcapping": 30,
    ])
    var spec = try DecoderSpec(s)
    try spec.setGemma(s)
    try spec.setRotary(s)
    spec.attentionCap = Float(
        try s.number("attn_logit_softcapping", gguf: "attn_logit_softcapping", in: 0...1e6, default: 0))
    let window = try s.integer("sliding_window", gguf: "attention.sliding_window", in: 1...1 << 24, default: 4096)
    try spec.setWindows(s, window: window) { $0 % 2 == 0 }
    return spec
}

/// Gemma 3 (text): Gemma 2 with norms on queries and keys instead of caps; layers that see a window turn faster.
func gemma3(_ s: ModelSettings) throws(ModelError) -> DecoderSpec {
    // Files of models that read images name only what differs from these.
    let s = s.assuming([
        "num_hidden_layers": 26, "hidden_size": 2304, "intermediate_size": 9216, "num_attention_heads": 8,
        "num_key_value_heads": 4, "head_dim": 256, "query_pre_attn_scalar": 256, "vocab_size": 262208,
        "max_position_embeddings": 131_072,
    ])
    var spec = try DecoderSpec(s)
    try spec.setGemma(s)
    spec.queryKeyNorm = .perHead
    let theta = try s.number("rope_theta", gguf: "rope.freq_base", in: 1...1e12, default: 1_000_000)
    let local = try s.number("rope_local_base_freq", in: 1...1e12, default: 10000)
    spec.rotaries = [
        try RopeScaling.rotary(s, width: spec.headWidth, theta: theta, context: spec.contextLength),
        try RopeScaling.rotary(s, width: spec.headWidth, theta: local, scaled: false, context: spec.contextLength),
    ]
    let window = try s.integer("sliding_window", gguf: "attention.sliding_window", in: 1...1 << 24, default: 4096)
    let period = try s.integer(
        s.has("_sliding_window_pattern") ? "_sliding_window_pattern" : "sliding_window_pattern", in: 1...1 << 20,
        default: 6)
    try spec.setWindows(s, window: window) { ($0 + 1) % period != 0 }
    for number in 0..<spec.layers where spec.attention[number].window != nil { spec.attention[number].rotary = 1 }
    return spec
}

extension DecoderSpec {
    fileprivate mutating func setGemma(_ s: ModelSettings) throws(ModelError) {
        try setLlamaDefaults(s, tiedByDefault: true)
        activation = try Self.activation(s, "hidden_activation", default: "gelu_pytorch_tanh")
        embeddingScale = Float(hiddenSize).squareRoot()
        outputNorms = true
        // GGUF files have the one added.
        normAddsOne = !s.isGGUF
        // The largest of each generation divide by the width of a head's share, the others by the head's own.
        let isLargest = s.isGGUF && [46, 62].contains(layers)
        let divisor = try s.number(
            "query_pre_attn_scalar", in: 1e-3...1e6, default: Double(isLargest ? hiddenSize / heads : headWidth))
        attentionScale = 1 / Float(divisor).squareRoot()
        let bias: Bias = try s.bool("attention_bias", default: false) ? .required : .absent
        queryKeyValueBias = bias
        outputBias = bias
        logitCap = Float(
            try s.number("final_logit_softcapping", gguf: "final_logit_softcapping", in: 0...1e6, default: 0))
        if !s.isGGUF { names.feedForwardNorm = "pre_feedforward_layernorm" }
    }
}
