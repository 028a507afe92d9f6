internal import SwarmFormats

/// Phi-3 and 3.5: Llama with fused projections.
func phi3(_ s: ModelSettings) throws(ModelError) -> DecoderSpec {
    let s = s.assuming(["rms_norm_eps": 1e-5])
    var spec = try DecoderSpec(s)
    try spec.setLlamaDefaults(s)
    try spec.setRotary(s)
    spec.projection = .fused
    spec.feedForward = .gatedFused
    if s.has("sliding_window", gguf: "attention.sliding_window") {
        let window = try s.integer("sliding_window", gguf: "attention.sliding_window", in: 1...1 << 24)
        for number in 0..<spec.layers { spec.attention[number].window = window }
    }
    return spec
}
