/// OLMo 2: norms only after each layer, and over all queries and all keys.
func olmo2(_ s: ModelSettings) throws(ModelError) -> DecoderSpec {
    let s = s.assuming(["rms_norm_eps": 1e-5])
    var spec = try DecoderSpec(s)
    try spec.setLlamaDefaults(s)
    try spec.setRotary(s)
    let bias: DecoderSpec.Bias = try s.bool("attention_bias", default: false) ? .required : .absent
    spec.queryKeyValueBias = bias
    spec.outputBias = bias
    spec.inputNorms = false
    spec.outputNorms = true
    spec.queryKeyNorm = .whole
    return spec
}

/// OLMoE: Llama with norms over all queries and all keys, and experts.
func olmoe(_ s: ModelSettings) throws(ModelError) -> DecoderSpec {
    let s = s.assuming(["rms_norm_eps": 1e-5])
    var spec = try DecoderSpec(s)
    try spec.setLlamaDefaults(s)
    try spec.setRotary(s)
    if s.has("clip_qkv") { throw s.wrong("clip_qkv", nil, "a limit", "null") }
    spec.queryKeyNorm = .whole
    try spec.setExperts(s, count: "num_experts", size: nil, normalized: s.bool("norm_topk_prob", default: false))
    return spec
}
