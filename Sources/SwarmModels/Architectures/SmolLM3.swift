/// SmolLM 3: Llama in which some layers turn nothing.
func smolLM3(_ s: ModelSettings) throws(ModelError) -> DecoderSpec {
    let s = s.assuming(["num_key_value_heads": 4, "rope_theta": 2_000_000])
    var spec = try DecoderSpec(s)
    try spec.setLlamaDefaults(s, tiedByDefault: true)
    try spec.setRotary(s, interleaved: s.isGGUF)
    let bias: DecoderSpec.Bias = try s.bool("attention_bias", default: false) ? .required : .absent
    spec.queryKeyValueBias = bias
    spec.outputBias = bias
    spec.feedForwardBias = try s.bool("mlp_bias", default: false) ? .required : .absent
    try spec.setQwenWindows(s)
    let period = try s.integer("no_rope_layer_interval", in: 1...1 << 20, default: 4)
    let turned = try s.integers("no_rope_layers")
    if let turned, turned.count != spec.layers {
        throw s.wrong("no_rope_layers", nil, "\(turned.count) entries", "\(spec.layers), one a layer")
    }
    for number in 0..<spec.layers {
        // The list's name notwithstanding, 1 marks a layer that is turned.
        let turns = turned.map { $0[number] != 0 } ?? ((number + 1) % period != 0)
        if !turns { spec.attention[number].rotary = nil }
    }
    return spec
}
