internal import SwarmFormats
internal import SwarmKernels

/// StableLM 2: Llama with layer norms and partial rotation.
func stableLM(_ s: ModelSettings) throws(ModelError) -> DecoderSpec {
    var spec = try DecoderSpec(s)
    try spec.setLlamaDefaults(s)
    spec.norm = .layer
    spec.normHasBias = true
    spec.normEpsilon = try DecoderSpec.epsilon(s, "layer_norm_eps", gguf: "layer_norm_epsilon", default: 1e-5)
    try spec.setRotary(s, partialByDefault: 0.25)
    let normsHeads =
        s.isGGUF ? s.tensors["blk.0.attn_q_norm.weight"] != nil : try s.bool("qk_layernorm", default: false)
    if normsHeads { spec.queryKeyNorm = .eachHead }
    if !s.isGGUF {
        spec.names.queryNorm = "self_attn.q_layernorm.norms.@"
        spec.names.keyNorm = "self_attn.k_layernorm.norms.@"
    }
    spec.queryKeyValueBias =
        s.isGGUF ? .ifPresent : try s.bool("use_qkv_bias", default: false) ? .required : .absent
    let parallel =
        s.isGGUF
        ? s.tensors["blk.0.ffn_norm.weight"] == nil : try s.bool("use_parallel_residual", default: false)
    spec.parallel = parallel ? .oneNorm : .no
    return spec
}
