internal import SwarmFormats
internal import SwarmKernels

/// Reads tokenizer.model, SentencePiece's own format (`sentencepiece_model.proto`).
struct SentencePieceReader {
    /// `SentencePiece.Type`.
    private enum Kind: UInt64 {
        case normal = 1
        case unknown = 2
        case control = 3
        case userDefined = 4
        case unused = 5
        case byte = 6
    }

    private static let mark: [UInt8] = [0xE2, 0x96, 0x81]

    private let data: [UInt8]
    private let path: String
    private var settings: TokenSettings
    private var pieces = ByteStrings()
    private var scores: [Float] = []
    private var kinds: [Kind] = []
    private var modelType: UInt64 = 1
    private var bosID = 1
    private var eosID = 2
    private var padID = -1
    private var hasByteFallback = false
    private var normalizer = SentencePieceNormalizer()
    private var unknownSurface = Array(" \u{2047} ".utf8)

    /// - Throws: `TokenizerError` naming file and field.
    static func read(_ bytes: [UInt8], path: String, settings: TokenSettings) throws(TokenizerError) -> TokenizerParts {
        var reader = SentencePieceReader(data: bytes, path: path, settings: settings)
        do throws(ProtobufReader.Malformed) {
            try reader.parse()
        } catch {
            throw TokenizerError(path: path, field: "byte \(error.offset)", problem: error.problem)
        }
        return try reader.build()
    }

    private init(data: [UInt8], path: String, settings: TokenSettings) {
        self.data = data
        self.path = path
        self.settings = settings
    }

    // MARK: Wire format

    private mutating func parse() throws(ProtobufReader.Malformed) {
        var reader = ProtobufReader(data, data.indices)
        while let (field, value) = try reader.next() {
            guard case .bytes(let range) = value else { continue }
            switch field {
            case 1: try parsePiece(range)
            case 2: try parseTrainer(range)
            case 3: try parseNormalizer(range)
            default: break
            }
        }
    }

    private mutating func parsePiece(_ range: Range<Int>) throws(ProtobufReader.Malformed) {
        var reader = ProtobufReader(data, range)
        var piece: [UInt8] = []
        var score: Float = 0
        var kind = Kind.normal
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (1, .bytes(let range)): piece = Array(data[range])
            case (2, .fixed32(let bits)): score = Float(bitPattern: bits)
            case (3, .varint(let type)): kind = Kind(rawValue: type) ?? .normal
            default: break
            }
        }
        guard score.isFinite else {
            throw ProtobufReader.Malformed(
                problem: "found the score \(score), expected a finite one", offset: range.lowerBound)
        }
        guard pieces.count < Vocabulary.largestID else {
            throw ProtobufReader.Malformed(
                problem: "found more than \(Vocabulary.largestID) pieces", offset: range.lowerBound)
        }
        pieces.append(piece)
        scores.append(score)
        kinds.append(kind)
    }

    private mutating func parseTrainer(_ range: Range<Int>) throws(ProtobufReader.Malformed) {
        var reader = ProtobufReader(data, range)
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (3, .varint(let type)): modelType = type
            case (24, .varint(let flag)): normalizer.treatsWhitespaceAsSuffix = flag != 0
            case (35, .varint(let flag)): hasByteFallback = flag != 0
            // Ids are 32-bit and −1 where there is none.
            case (41, .varint(let id)): bosID = Int(Int32(truncatingIfNeeded: id))
            case (42, .varint(let id)): eosID = Int(Int32(truncatingIfNeeded: id))
            case (43, .varint(let id)): padID = Int(Int32(truncatingIfNeeded: id))
            case (44, .bytes(let range)): unknownSurface = Array(data[range])
            default: break
            }
        }
    }

    private mutating func parseNormalizer(_ range: Range<Int>) throws(ProtobufReader.Malformed) {
        var reader = ProtobufReader(data, range)
        while let (field, value) = try reader.next() {
            switch (field, value) {
            case (2, .bytes(let blob)) where !blob.isEmpty:
                guard let charsmap = PrecompiledCharsmap(Array(data[blob])) else {
                    throw ProtobufReader.Malformed(
                        problem: "found \(blob.count) bytes that are no charsmap", offset: blob.lowerBound)
                }
                normalizer.charsmap = charsmap
            case (3, .varint(let flag)): normalizer.addsDummyPrefix = flag != 0
            case (4, .varint(let flag)): normalizer.removesExtraWhitespaces = flag != 0
            case (5, .varint(let flag)): normalizer.escapesWhitespaces = flag != 0
            default: break
            }
        }
    }

    // MARK: The tokenizer

    private mutating func build() throws(TokenizerError) -> TokenizerParts {
        guard !pieces.isEmpty else {
            throw TokenizerError(path: path, field: "pieces", problem: "found none, expected a SentencePiece model")
        }
        let (pieces, kinds, scores) = (pieces, kinds, scores)
        let unknown = kinds.firstIndex(of: .unknown).map { Int32($0) }
        guard unknown != nil else {
            throw TokenizerError(path: path, field: "pieces", problem: "found no unknown piece, expected one")
        }
        var fallback: [Int32]?
        if hasByteFallback {
            var table = [Int32](repeating: -1, count: 256)
            for id in pieces.indices where kinds[id] == .byte {
                if let byte = Vocabulary.fallbackByte(pieces[id]) { table[Int(byte)] = Int32(id) }
            }
            fallback = table
        }
        var vocabulary = Vocabulary(capacity: pieces.count)
        func isText(_ id: Int) -> Bool { kinds[id] == .normal || kinds[id] == .userDefined || kinds[id] == .unused }
        for id in pieces.indices where isText(id) {
            guard !pieces[id].isEmpty else {
                throw TokenizerError(path: path, field: "pieces[\(id)]", problem: "found an empty piece, expected text")
            }
            if let other = vocabulary.insert(pieces[id], id: id) {
                throw TokenizerError(
                    path: path, field: "pieces[\(id)]",
                    problem: "found \"\(display(pieces[id]))\" again (first is \(other)), expected unique pieces")
            }
        }
        let userDefined = pieces.indices.filter { kinds[$0] == .userDefined }
        if !userDefined.isEmpty {
            normalizer.userDefined = ByteTrie(userDefined.map { (pieces[$0][...], Int32($0)) })
        }

        var added: [AddedTokens.Token] = []
        let model: any TokenModel
        let name: String
        switch modelType {
        case 1:
            let normal = pieces.indices.filter { kinds[$0] == .normal }.map { Double(scores[$0]) }
            var unigram = UnigramModel(
                vocabulary: vocabulary,
                // A user-defined piece beats every segmentation of its text.
                scores: pieces.indices.map { id in
                    kinds[id] == .userDefined
                        ? Double(Float(0.1 * Double(pieces[id].count - 1))) : Double(scores[id])
                },
                isNormal: pieces.indices.map { kinds[$0] == .normal || kinds[$0] == .userDefined },
                unknown: unknown, worst: normal.min() ?? 0)
            unigram.roundsToFloat = true
            unigram.findsRuns = false
            unigram.byteFallback = fallback
            model = unigram
            name = "Unigram (SentencePiece"
        case 2:
            var bpe = ScoredBPEModel(
                vocabulary: vocabulary, scores: pieces.indices.map { isText($0) ? scores[$0] : nil }, unknown: unknown)
            bpe.byteFallback = fallback
            bpe.unused = Set(pieces.indices.filter { kinds[$0] == .unused }.map { Int32($0) })
            added = userDefined.map { .init(id: Int32($0), content: pieces[$0], isNormalized: true) }
            model = bpe
            name = "BPE (SentencePiece"
        default:
            throw TokenizerError(
                path: path, field: "trainer_spec.model_type",
                problem: "found \(modelType), expected 1 (unigram) or 2 (BPE)")
        }

        var tokenBytes = ByteStrings(
            pieces.indices.lazy.map { id in
                kinds[id] == .control || kinds[id] == .unknown
                    ? pieces[id] : replacing(Self.mark, with: [0x20], in: pieces[id])
            })
        var byteTokens: Set<Int> = []
        for (byte, id) in (fallback ?? []).enumerated() where id >= 0 {
            tokenBytes[Int(id)] = [UInt8(byte)]
            byteTokens.insert(Int(id))
        }
        if pieces.indices.contains(bosID), kinds[bosID] == .control { settings.bosIDs = [bosID] + settings.bosIDs }
        if pieces.indices.contains(eosID), kinds[eosID] == .control { settings.eosIDs = [eosID] + settings.eosIDs }
        if pieces.indices.contains(padID), kinds[padID] == .control { settings.padIDs = [padID] }
        let special = Set(pieces.indices.filter { kinds[$0] == .control || kinds[$0] == .unknown })
        var (roles, bos, eos) = settings.roles(
            pieces: pieces, special: special, byteTokens: byteTokens, unknown: unknown.map { Int($0) },
            id: { name in pieces.firstIndex(of: name) })
        for id in pieces.indices where kinds[id] == .unused { roles[id] = .unused }

        var steps: [TokenDecoder] = [.replace(.string(Self.mark), with: [0x20]), .byteFallback, .fuse]
        let trims = normalizer.addsDummyPrefix || normalizer.removesExtraWhitespaces
        if trims { steps.insert(.dropPrefix(Self.mark, all: normalizer.removesExtraWhitespaces), at: 0) }
        var pipeline = TokenPipeline(
            added: AddedTokens(added, normalize: { $0 }), normalizer: .sentencePiece(normalizer), model: model,
            decoder: .sequence(steps))
        pipeline.cutsBeforeMark =
            modelType == 2 && normalizer.escapesWhitespaces && !normalizer.treatsWhitespaceAsSuffix
            && TokenPipeline.cutsBeforeMark(vocabulary)
        let isLlama = settings.tokenizerClass?.hasPrefix("Llama") ?? false
        if settings.addsBOS ?? isLlama, let bos { pipeline.prefix = [Int32(bos)] }
        let isT5 = settings.tokenizerClass?.hasPrefix("T5") ?? false
        if settings.addsEOS ?? isT5, let eos { pipeline.suffix = [Int32(eos)] }
        var spelled = pieces
        if let unknown { spelled[Int(unknown)] = unknownSurface }
        var hash = SHA256()
        hash.update(data)
        let start = bos ?? eos
        let restarts =
            modelType == 2 && !tokenBytes.contains(where: RestartRule.spans) && !normalizer.treatsWhitespaceAsSuffix
        return TokenizerParts(
            kind: name + (fallback == nil ? ")" : ", byte fallback)"), pieces: spelled, tokenBytes: tokenBytes,
            roles: roles, pipeline: pipeline, startToken: start.map { Int32($0) },
            addsStartToken: !pipeline.prefix.isEmpty, addsPrefixSpace: normalizer.addsDummyPrefix,
            decodesByJoining: false, restart: restarts ? RestartRule() : nil,
            digest: hash.finalize().hexadecimal, showsUnknown: true)
    }
}
