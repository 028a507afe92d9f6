/// The known families by `model_type` (config.json) or `general.architecture` (GGUF). To add one: a file beside this
/// one with a function from settings to a spec, and a line here.
package enum Architectures {
    private static let builders: [String: @Sendable (ModelSettings) throws(ModelError) -> DecoderSpec] = [
        "llama": llama,
        "mistral": mistral,
        "gpt2": gpt2,
        "gpt_neox": gptNeoX,
        "gptneox": gptNeoX,
        "qwen2": qwen2,
        "qwen3": qwen3,
    ]

    /// Names that can be read, sorted.
    package static var known: [String] { builders.keys.sorted() }

    /// The spec of the model that `settings` describe.
    /// - Throws: `ModelError` naming the architecture and those known.
    package static func spec(_ settings: ModelSettings) throws(ModelError) -> DecoderSpec {
        guard let build = builders[settings.architecture] else {
            throw .badFile(
                path: settings.path, field: settings.isGGUF ? "general.architecture" : "model_type",
                found: settings.architecture, expected: "one of " + known.joined(separator: ", "))
        }
        return try build(settings)
    }
}
