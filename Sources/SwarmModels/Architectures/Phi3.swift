internal import SwarmFormats

/// Phi-3 and 3.5: Llama with fused projections. Long-rope files are read up to their original context.
func phi3(_ s: ModelSettings) throws(ModelError) -> DecoderSpec {
    var spec = try DecoderSpec(s)
    try spec.setLlamaDefaults(s)
    try spec.setRotary(s)
    spec.projection = .fused
    spec.feedForward = .gatedFused
    if s.has("sliding_window", gguf: "attention.sliding_window") {
        let window = try s.integer("sliding_window", gguf: "attention.sliding_window", in: 1...1 << 24)
        for number in 0..<spec.layers { spec.attention[number].window = window }
    }
    if s.object("rope_scaling") != nil || s.tensors["rope_factors_short.weight"] != nil {
        spec.contextLength = try s.integer(
            "original_max_position_embeddings", gguf: "rope.scaling.original_context_length",
            in: 1...spec.contextLength, default: spec.contextLength)
    }
    return spec
}
