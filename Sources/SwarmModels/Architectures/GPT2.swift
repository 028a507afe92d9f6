internal import SwarmKernels

/// GPT-2: learned positions, layer norms, one matrix for queries, keys and values.
///
/// In Hugging Face form matrices are stored [in × out] and turned once at load, in memory; GGUF's point into the file.
func gpt2(_ s: ModelSettings) throws(ModelError) -> DecoderSpec {
    var sizes = DecoderSpec.SizeNames()
    sizes.layers = "n_layer"
    sizes.hidden = "n_embd"
    sizes.heads = "n_head"
    sizes.keyValueHeads = "n_head"
    sizes.context = "n_positions"
    sizes.feedForward = "n_inner"
    var spec = try DecoderSpec(s, names: sizes)
    spec.norm = .layer
    spec.normHasBias = true
    spec.normEpsilon = try DecoderSpec.epsilon(s, "layer_norm_epsilon", gguf: "layer_norm_epsilon", default: 1e-5)
    spec.learnedPositions = true
    spec.attention = spec.attention.map { _ in DecoderSpec.LayerAttention(rotary: nil) }
    if try !s.bool("scale_attn_weights", default: true) { spec.attentionScale = 1 }
    if try s.bool("scale_attn_by_inverse_layer_idx", default: false) {
        throw s.wrong("scale_attn_by_inverse_layer_idx", nil, "true", "false")
    }
    spec.projection = .fused
    spec.queryKeyValueBias = .required
    spec.outputBias = .required
    spec.feedForward = .plain
    spec.feedForwardBias = .required
    spec.activation = try DecoderSpec.activation(s, "activation_function", default: "gelu_new")
    try spec.setTiedHead(s, default: true)
    guard !s.isGGUF else { return spec }

    spec.transposed = true
    spec.names.prefix = "transformer."
    spec.names.embedding = "wte"
    spec.names.positions = "wpe"
    spec.names.finalNorm = "ln_f"
    spec.names.layer = "h.#."
    spec.names.attentionNorm = "ln_1"
    spec.names.queryKeyValue = "attn.c_attn"
    spec.names.attentionOutput = "attn.c_proj"
    spec.names.feedForwardNorm = "ln_2"
    spec.names.up = "mlp.c_fc"
    spec.names.down = "mlp.c_proj"
    return spec
}
