/// Reads tokenizer.model.
enum SentencePieceReader {
    static func read(_ bytes: [UInt8], path: String, settings: TokenSettings) throws(TokenizerError) -> TokenizerParts {
        throw TokenizerError(path: path, field: nil, problem: "found a SentencePiece model, expected tokenizer.json")
    }
}
