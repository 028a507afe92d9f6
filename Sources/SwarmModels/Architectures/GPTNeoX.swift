internal import SwarmKernels

/// GPT-NeoX (Pythia): layer norms, partial rotation, attention and feed-forward layer side by side.
func gptNeoX(_ s: ModelSettings) throws(ModelError) -> DecoderSpec {
    var sizes = DecoderSpec.SizeNames()
    // A key and a value for every query: other settings of that name mean nothing here.
    sizes.keyValueHeads = sizes.heads
    var spec = try DecoderSpec(s, names: sizes)
    spec.norm = .layer
    spec.normHasBias = true
    spec.normEpsilon = try DecoderSpec.epsilon(s, "layer_norm_eps", gguf: "layer_norm_epsilon", default: 1e-5)
    try spec.setRotary(
        s, partial: ["rotary_pct", "partial_rotary_factor"], partialByDefault: 0.25,
        theta: ["rotary_emb_base", "rope_theta"])
    spec.parallel =
        try s.bool("use_parallel_residual", gguf: "use_parallel_residual", default: true) ? .twoNorms : .no
    let bias: DecoderSpec.Bias = try s.bool("attention_bias", default: true) ? .required : .absent
    spec.queryKeyValueBias = bias
    spec.outputBias = bias
    spec.feedForward = .plain
    spec.feedForwardBias = .required
    spec.activation = try DecoderSpec.activation(s, "hidden_act", default: "gelu")
    try spec.setTiedHead(s, default: false)
    // GGUF files have queries, keys and values sorted.
    spec.projection = s.isGGUF ? .fused : .fusedByGroup
    guard !s.isGGUF else { return spec }

    spec.names.prefix = "gpt_neox."
    spec.names.embedding = "embed_in"
    spec.names.finalNorm = "final_layer_norm"
    spec.names.head = "embed_out"
    spec.names.queryKeyValue = "attention.query_key_value"
    spec.names.attentionOutput = "attention.dense"
    spec.names.up = "mlp.dense_h_to_4h"
    spec.names.down = "mlp.dense_4h_to_h"
    return spec
}
