/// Text to token ids and back, as the model was trained with: normalizer → pre-tokenizer → model → decoder.
package struct Tokenizer: Sendable {
    /// What it is, for people: "BPE (byte level)", "BPE (SentencePiece, byte fallback)", "Unigram", …
    package let kind: String
    /// Ids run from 0 to `vocabularySize − 1`; holes have the role `unused`. May differ from the model's logits rows.
    package let vocabularySize: Int
    /// κ(t): the bytes each token stands for in running text. Byte-level letters are decoded, every ▁ is a space,
    /// `<0xNN>` is its byte; control tokens have their literal text. `tokenBytes.count == vocabularySize`.
    package let tokenBytes: [[UInt8]]
    /// Each token's role. `roles.count == vocabularySize`.
    package let roles: [TokenRole]
    /// The token that begins every text for this model: BOS, or the end-of-text token where the model has no BOS
    /// (GPT-2); nil when it has neither.
    package let startToken: TokenID?
    /// Whether the tokenizer's own post-processor puts a BOS at the front (what `encode(addSpecial: true)` does).
    package let addsStartToken: Bool
    /// Tokens that end a text or a turn.
    package let endTokens: [TokenID]
    /// Whether a space is put before the text's first word (SentencePiece's dummy prefix, Metaspace `prepend_scheme`):
    /// the first token's bytes then start with a space that the text does not have.
    package let addsPrefixSpace: Bool
    /// SHA-256, lower-case hex, over everything that decides ids (vocabulary bytes, scores or merges, options).
    package let digest: String

    /// Reads a tokenizer: a folder with tokenizer.json or tokenizer.model, such a file itself, or a GGUF file.
    /// - Throws: `TokenizerError` naming file and field.
    package init(path: String) throws(TokenizerError) {
        throw TokenizerError(path: path, field: nil, problem: "not implemented")
    }

    /// Token ids of `text` and where each ends. `text` is bytes and may end inside a UTF-8 scalar; bytes that are not
    /// valid UTF-8 are encoded by bytes where the vocabulary can, else as the unknown token.
    /// - Parameters:
    ///   - addSpecial: put BOS/EOS around the text as the tokenizer's own post-processor does.
    ///   - parseSpecial: recognise special (control) added tokens written out in the text, as the reference does by
    ///     default. Composition passes false: control tokens are never spelled by bytes.
    package func encode(_ text: [UInt8], addSpecial: Bool = true, parseSpecial: Bool = true) -> Encoding { Encoding() }

    /// The encoding of `text` without special tokens, reusing `previous`, the encoding of its first `prefixLength`
    /// bytes made the same way. Equals `encode(text, addSpecial: false, parseSpecial: false)`, only faster.
    package func encode(_ text: [UInt8], extending previous: Encoding, of prefixLength: Int) -> Encoding { Encoding() }

    /// The text of `ids` as the reference's decoder gives it (dummy prefix space removed, byte tokens joined); invalid
    /// UTF-8 is left as it is.
    package func decode(_ ids: [TokenID], skipSpecial: Bool = true) -> [UInt8] { [] }
}

/// What is wrong with a tokenizer file.
package struct TokenizerError: Error, Equatable, CustomStringConvertible {
    package var path: String
    /// The JSON path or metadata key, for example `model.merges[17]`.
    package var field: String?
    /// `found …, expected …`
    package var problem: String

    package init(path: String, field: String?, problem: String) {
        self.path = path
        self.field = field
        self.problem = problem
    }

    package var description: String {
        "\(problem), \(path)" + (field.map { " at \($0)" } ?? "")
    }
}
