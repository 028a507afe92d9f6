/// Qwen 2 and 2.5: Llama with biases on queries, keys and values, and windows in upper layers on request.
func qwen2(_ s: ModelSettings) throws(ModelError) -> DecoderSpec {
    var spec = try DecoderSpec(s)
    try spec.setLlamaDefaults(s)
    try spec.setRotary(s)
    try spec.setQwenWindows(s)
    spec.queryKeyValueBias = .required
    return spec
}

/// Qwen 3: Llama with norms on every query and key head.
func qwen3(_ s: ModelSettings) throws(ModelError) -> DecoderSpec {
    let s = s.architecture == "qwen3" ? s.assuming(["head_dim": 128]) : s
    var spec = try DecoderSpec(s)
    try spec.setLlamaDefaults(s)
    try spec.setRotary(s)
    try spec.setQwenWindows(s)
    let bias: DecoderSpec.Bias = try s.bool("attention_bias", default: false) ? .required : .absent
    spec.queryKeyValueBias = bias
    spec.outputBias = bias
    spec.queryKeyNorm = .perHead
    return spec
}

extension DecoderSpec {
    /// `layer_types` where the file has them; else a window from layer `max_window_layers` on, if one is used at all.
    mutating func setQwenWindows(_ s: ModelSettings) throws(ModelError) {
        guard try s.bool("use_sliding_window", default: false), s.has("sliding_window") else { return }
        let window = try s.integer("sliding_window", in: 1...1 << 24)
        if s.has("layer_types") { return try setWindows(s, window: window) }
        let first = try s.integer("max_window_layers", in: 0...1 << 20, default: 28)
        for number in 0..<layers where number >= first { attention[number].window = window }
    }

    /// A window for the layers that `layer_types` calls `sliding_attention`; without it, for those `otherwise` names.
    mutating func setWindows(
        _ s: ModelSettings, window: Int, otherwise: (Int) -> Bool = { _ in false }
    ) throws(ModelError) {
        let types = try s.texts("layer_types")
        if let types, types.count != layers {
            throw s.wrong("layer_types", nil, "\(types.count) entries", "\(layers), one a layer")
        }
        for number in 0..<layers {
            let slides: Bool
            switch types?[number] {
            case "sliding_attention": slides = true
            case "full_attention": slides = false
            case nil: slides = otherwise(number)
            case .some(let other):
                throw s.wrong("layer_types[\(number)]", nil, other, "full_attention or sliding_attention")
            }
            attention[number].window = slides ? window : nil
        }
    }
}
