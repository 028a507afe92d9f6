package import SwarmFormats
internal import SwarmKernels

/// Text to token ids and back, as the model was trained with: normalizer → pre-tokenizer → model → decoder.
package struct Tokenizer: Sendable {
    /// What it is, for people: "BPE (byte level)", "BPE (SentencePiece, byte fallback)", "Unigram", …
    package let kind: String
    /// Ids run from 0 to `vocabularySize − 1`; holes have the role `unused`. May differ from the model's logits rows.
    package let vocabularySize: Int
    /// κ(t): the bytes each token stands for in running text. Byte-level letters are decoded, every ▁ is a space,
    /// `<0xNN>` is its byte; control tokens have their literal text. `tokenBytes.count == vocabularySize`.
    package let tokenBytes: TokenBytes
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

    /// The tokens in the file's own spelling, where decoding needs it.
    private let pieces: ByteStrings
    private let pipeline: TokenPipeline
    /// For text that goes on other text.
    private let continuing: TokenPipeline
    /// Whether decoding is joining `tokenBytes`.
    private let decodesByJoining: Bool
    private let restart: RestartRule?
    /// Whether decoding that skips special tokens shows the unknown one, as SentencePiece does.
    private let showsUnknown: Bool

    /// Reads a tokenizer: a folder with tokenizer.json or tokenizer.model, such a file itself, or a GGUF file. An RWKV
    /// folder without one, whose vocabulary is 256, is read in bytes.
    /// - Throws: `TokenizerError` naming file and field.
    package init(path: String) throws(TokenizerError) {
        self.init(try TokenizerFile.read(path: path))
    }

    /// Reads the contents of a tokenizer.json.
    /// - Parameters:
    ///   - path: the file's name, for messages.
    ///   - config: the folder's tokenizer_config.json, where there is one: it names the special tokens.
    /// - Throws: `TokenizerError` naming file and field.
    package init(tokenizerJSON bytes: [UInt8], path: String, config: JSON? = nil) throws(TokenizerError) {
        var settings = TokenSettings()
        if let config { settings.read(tokenizerConfig: config) }
        self.init(try TokenizerJSONReader.read(bytes, path: path, settings: settings))
    }

    /// One token a byte, ids 0 to 255; with `endOfText` also `<|endoftext|>`, id 256, which then starts texts too.
    package static func bytes(endOfText: Bool) -> Tokenizer { Tokenizer(byteParts(endOfText: endOfText)) }

    static func byteParts(endOfText: Bool) -> TokenizerParts {
        var vocabulary = Vocabulary(capacity: 257)
        for byte in 0...255 { _ = vocabulary.insert([UInt8(byte)], id: byte) }
        var added: [AddedTokens.Token] = []
        var roles = [TokenRole](repeating: .text, count: 256)
        var pieces = vocabulary.pieces
        if endOfText {
            added.append(.init(id: 256, content: Array("<|endoftext|>".utf8), isSpecial: true))
            roles.append(.endOfText)
            pieces.append(Array("<|endoftext|>".utf8))
        }
        let pipeline = TokenPipeline(
            added: AddedTokens(added, normalize: { $0 }),
            model: BPEModel(vocabulary: vocabulary, merges: MergeTable(), worksOnBytes: true))
        return TokenizerParts(
            kind: "bytes", pieces: pieces, tokenBytes: pieces, roles: roles, pipeline: pipeline,
            startToken: endOfText ? 256 : nil, addsStartToken: false, addsPrefixSpace: false,
            decodesByJoining: true, restart: nil, digest: SHA256.hex("bytes \(endOfText)".utf8))
    }

    init(_ parts: TokenizerParts) {
        kind = parts.kind
        vocabularySize = parts.pieces.count
        tokenBytes = TokenBytes(parts.tokenBytes)
        roles = parts.roles
        startToken = parts.startToken.map { TokenID(rawValue: $0) }
        addsStartToken = parts.addsStartToken
        endTokens = parts.roles.indices.filter { parts.roles[$0] == .endOfText }.map { TokenID($0) }
        addsPrefixSpace = parts.addsPrefixSpace
        digest = parts.digest
        pieces = parts.decodesByJoining ? ByteStrings() : parts.pieces
        pipeline = parts.pipeline
        continuing = parts.pipeline.continuing
        decodesByJoining = parts.decodesByJoining
        restart = parts.restart
        showsUnknown = parts.showsUnknown
    }

    /// Token ids of `text` and where each ends. `text` is bytes and may end inside a UTF-8 scalar; bytes that are not
    /// valid UTF-8 are encoded by bytes where the vocabulary can, else as the unknown token.
    /// - Parameters:
    ///   - addSpecial: put BOS/EOS around the text as the tokenizer's own post-processor does.
    ///   - parseSpecial: recognise special (control) added tokens written out in the text, as the reference does by
    ///     default. Composition passes false: control tokens are never spelled by bytes.
    package func encode(_ text: [UInt8], addSpecial: Bool = true, parseSpecial: Bool = true) -> Encoding {
        let tokens = pipeline.encode(text, parseSpecial: parseSpecial)
        var encoding = Encoding()
        if addSpecial, !pipeline.prefix.isEmpty {
            encoding.ids.reserveCapacity(tokens.ids.count + pipeline.prefix.count + pipeline.suffix.count)
            encoding.ids += pipeline.prefix.map { TokenID(rawValue: $0) }
            encoding.ends += pipeline.prefix.map { _ in 0 }
        }
        encoding.ids += tokens.ids.lazy.map { TokenID(rawValue: $0) }
        if encoding.ends.isEmpty { encoding.ends = tokens.ends } else { encoding.ends += tokens.ends }
        if addSpecial {
            encoding.ids += pipeline.suffix.map { TokenID(rawValue: $0) }
            encoding.ends += pipeline.suffix.map { _ in text.count }
        }
        return encoding
    }

    /// Token ids of two texts that belong together, such as a question and a passage, with the special tokens that the
    /// tokenizer's own post-processor puts around and between them.
    package func encode(_ text: [UInt8], and second: [UInt8]) -> [TokenID] {
        guard let pair = pipeline.pair else { return encode(text).ids + encode(second).ids }
        return pair.flatMap { part -> [TokenID] in
            switch part {
            case .first: encode(text, addSpecial: false).ids
            case .second: encode(second, addSpecial: false).ids
            case .special(let ids): ids.map { TokenID(rawValue: $0) }
            }
        }
    }

    /// The encoding of `text` without special tokens, reusing `previous`, the encoding of its first `prefixLength`
    /// bytes made the same way. Equals `encode(text, addSpecial: false, parseSpecial: false)`, only faster.
    package func encode(_ text: [UInt8], extending previous: Encoding, of prefixLength: Int) -> Encoding {
        if prefixLength == text.count { return previous }
        return restart?.encode(text, extending: previous, of: prefixLength) { part in
            encode(part, addSpecial: false, parseSpecial: false)
        } ?? encode(text, addSpecial: false, parseSpecial: false)
    }

    /// Offsets in `text` where it is cut into words before the model sees it, ascending, the last one the length of the
    /// text: no token reaches over one of them. The words are those of a text that ends here.
    package func wordEnds(of text: [UInt8]) -> [Int] { pipeline.wordEnds(text) }

    /// The last place before `offset` where `text` may be cut in two that are encoded apart, whatever comes after: tokens
    /// from the next such place on are those of the whole text. Nil where none is known.
    package func restartPlace(in text: [UInt8], before offset: Int) -> Int? {
        restart?.place(in: text, before: offset)
    }

    /// Token ids of a text that goes on another, such as an answer after a chat prompt: no space is put before it, spaces
    /// at its beginning count, and control tokens are not recognised.
    /// - Parameters:
    ///   - previous: the encoding of the first `prefixLength` bytes made the same way; nil for none.
    package func encodeContinuation(
        _ text: [UInt8], extending previous: Encoding? = nil, of prefixLength: Int = 0
    ) -> Encoding {
        func encode(_ part: [UInt8]) -> Encoding {
            let tokens = continuing.encode(part, parseSpecial: false)
            return Encoding(ids: tokens.ids.map { TokenID(rawValue: $0) }, ends: tokens.ends)
        }
        guard let previous else { return encode(text) }
        if prefixLength == text.count { return previous }
        return restart?.encode(text, extending: previous, of: prefixLength, encode) ?? encode(text)
    }

    /// The text of `ids` as the reference's decoder gives it (dummy prefix space removed, byte tokens joined); invalid
    /// UTF-8 is left as it is. Ids outside the vocabulary are left out.
    package func decode(_ ids: [TokenID], skipSpecial: Bool = true) -> [UInt8] {
        let kept = ids.filter { id in
            guard tokenBytes.indices.contains(id.index) else { return false }
            switch roles[id.index] {
            case .text, .byte: return true
            case .unused: return false
            case .unknown: return !skipSpecial || showsUnknown
            default: return !skipSpecial
            }
        }
        if decodesByJoining { return kept.flatMap { tokenBytes[$0.index] } }
        let spelled = kept.map { self.pieces[$0.index] }
        guard !spelled.isEmpty else { return [] }
        guard let decoder = pipeline.decoder else { return Array(spelled.joined(separator: [0x20])) }
        return Array(decoder.apply(spelled).joined())
    }
}

/// What a reader of tokenizer files hands over.
struct TokenizerParts: Sendable {
    var kind: String
    /// By id, in the file's own spelling; empty for holes.
    var pieces: ByteStrings
    var tokenBytes: ByteStrings
    var roles: [TokenRole]
    var pipeline: TokenPipeline
    var startToken: Int32?
    var addsStartToken: Bool
    var addsPrefixSpace: Bool
    var decodesByJoining: Bool
    var restart: RestartRule?
    var digest: String
    var showsUnknown = false
}
