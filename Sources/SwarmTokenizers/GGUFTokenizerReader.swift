internal import SwarmFormats
internal import SwarmKernels

/// Reads the vocabulary that a GGUF file carries.
enum GGUFTokenizerReader {
    /// - Throws: `TokenizerError` naming file and key.
    static func read(_ file: GGUFFile) throws(TokenizerError) -> TokenizerParts {
        throw TokenizerError(path: file.file.path, field: nil, problem: "found a GGUF vocabulary, expected tokenizer.json")
    }
}
