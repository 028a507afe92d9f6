internal import SwarmFormats
internal import SwarmKernels

/// Falcon 7B, 40B, 180B and 11B: layer norms, attention and feed-forward layer side by side, few keys and values.
func falcon(_ s: ModelSettings) throws(ModelError) -> DecoderSpec {
    // The published files leave it out.
    let s = s.assuming(["max_position_embeddings": 2048])
    var sizes = DecoderSpec.SizeNames()
    let isNew = try s.bool("new_decoder_architecture", default: false)
    let parallel = try s.bool("parallel_attn", default: true)
    let norms = try s.integer("num_ln_in_parallel_attn", in: 1...2, default: isNew ? 2 : 1)
    let twoNorms = s.isGGUF ? s.tensors["blk.0.attn_norm_2.weight"] != nil : isNew && norms == 2
    sizes.feedForward = "ffn_hidden_size"
    sizes.keyValueHeads = isNew ? "num_kv_heads" : "num_attention_heads"
    var spec = try DecoderSpec(s, names: sizes)
    if !isNew, !s.isGGUF, try s.bool("multi_query", default: true) { spec.keyValueHeads = 1 }
    spec.norm = .layer
    spec.normHasBias = true
    spec.normEpsilon = try DecoderSpec.epsilon(s, "layer_norm_epsilon", gguf: "layer_norm_epsilon", default: 1e-5)
    if try s.bool("alibi", default: false) {
        spec.hasALiBi = true
        spec.attention = spec.attention.map { _ in DecoderSpec.LayerAttention(rotary: nil) }
    } else {
        try spec.setRotary(s)
    }
    spec.parallel = !parallel ? .no : twoNorms ? .twoNorms : .oneNorm
    spec.projection = s.isGGUF ? .fused : .fusedByGroup
    spec.feedForward = .plain
    spec.activation = try DecoderSpec.activation(s, "activation", default: "gelu")
    let bias: DecoderSpec.Bias = try s.bool("bias", default: false) ? .required : .absent
    spec.queryKeyValueBias = bias
    spec.outputBias = bias
    spec.feedForwardBias = bias
    try spec.setTiedHead(s, default: true)
    guard !s.isGGUF else {
        if twoNorms {
            spec.names.attentionNorm = "attn_norm_2"
            spec.names.feedForwardNorm = "attn_norm"
        }
        return spec
    }

    spec.names.prefix = "transformer."
    spec.names.embedding = "word_embeddings"
    spec.names.finalNorm = "ln_f"
    spec.names.layer = "h.#."
    spec.names.attentionNorm = twoNorms ? "ln_attn" : "input_layernorm"
    spec.names.feedForwardNorm = twoNorms ? "ln_mlp" : "post_attention_layernorm"
    spec.names.queryKeyValue = "self_attention.query_key_value"
    spec.names.attentionOutput = "self_attention.dense"
    spec.names.up = "mlp.dense_h_to_4h"
    spec.names.down = "mlp.dense_4h_to_h"
    return spec
}
