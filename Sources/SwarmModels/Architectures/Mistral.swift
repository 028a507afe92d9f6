/// Mistral: Llama that sees a window of tokens where the settings name one.
func mistral(_ s: ModelSettings) throws(ModelError) -> DecoderSpec {
    let s = s.assuming(["num_key_value_heads": 8])
    var spec = try llama(s)
    if s.has("sliding_window", gguf: "attention.sliding_window") {
        let window = try s.integer("sliding_window", gguf: "attention.sliding_window", in: 1...1 << 24)
        for number in 0..<spec.layers { spec.attention[number].window = window }
    }
    return spec
}
