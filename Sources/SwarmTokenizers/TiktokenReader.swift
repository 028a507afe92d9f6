/// Reads a file of tiktoken ranks.
enum TiktokenReader {
    static func read(_ bytes: [UInt8], path: String, settings: TokenSettings) throws(TokenizerError) -> TokenizerParts {
        throw TokenizerError(path: path, field: nil, problem: "found tiktoken ranks, expected tokenizer.json")
    }
}
