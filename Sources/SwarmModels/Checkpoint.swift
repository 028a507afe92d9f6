package import SwarmTokenizers

/// A model on disk, opened: weights mapped, tokenizer read.
package struct Checkpoint: Sendable {
    /// The path given: a Hugging Face folder or a GGUF file.
    package let path: String
    /// `hf` or `gguf`.
    package let format: String
    package let model: any LanguageModel
    package let tokenizer: Tokenizer
    /// The files that make the model (weights, config, tokenizer), for digests.
    package let files: [String]

    package init(path: String, format: String, model: any LanguageModel, tokenizer: Tokenizer, files: [String]) {
        self.path = path
        self.format = format
        self.model = model
        self.tokenizer = tokenizer
        self.files = files
    }

    /// Opens the Hugging Face folder or GGUF file at `path`.
    /// - Throws: `ModelError`, `TokenizerError` or `FileError`, each naming file and field.
    package static func open(_ path: String) throws -> Checkpoint {
        throw ModelError.badFile(path: path, field: "checkpoint", found: "nothing", expected: "an implementation")
    }
}
