/// The known families by `model_type` (config.json) or `general.architecture` (GGUF). To add one: a file beside this
/// one with a function from settings to a plan (a `DecoderSpec` for transformers), and a line here.
package enum Architectures {
    private static let builders: [String: @Sendable (ModelSettings) throws(ModelError) -> any ModelPlan] = [
        "falcon": falcon,
        "gemma2": gemma2,
        "gemma3": gemma3,
        "gemma3_text": gemma3,
        "gpt2": gpt2,
        "gpt_neox": gptNeoX,
        "gptneox": gptNeoX,
        "llama": llama,
        "mamba": mamba,
        "mistral": mistral,
        "mixtral": mixtral,
        "olmo2": olmo2,
        "olmoe": olmoe,
        "phi3": phi3,
        "qwen2": qwen2,
        "qwen3": qwen3,
        "qwen3_moe": qwen3MoE,
        "qwen3moe": qwen3MoE,
        "rwkv5": rwkv5,
        "smollm3": smolLM3,
        "stablelm": stableLM,
    ]

    /// Names that can be read, sorted.
    package static var known: [String] { builders.keys.sorted() }

    /// The plan of the model that `settings` describe.
    /// - Throws: `ModelError` naming the architecture and those known.
    package static func plan(_ settings: ModelSettings) throws(ModelError) -> any ModelPlan {
        guard let build = builders[settings.architecture] else {
            throw .badFile(
                path: settings.path, field: settings.isGGUF ? "general.architecture" : "model_type",
                found: settings.architecture, expected: "one of " + known.joined(separator: ", "))
        }
        return try build(settings)
    }
}
