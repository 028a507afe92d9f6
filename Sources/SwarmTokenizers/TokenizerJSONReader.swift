internal import SwarmFormats
internal import SwarmKernels

/// Reads tokenizer.json, the format of Hugging Face's library tokenizers.
struct TokenizerJSONReader {
    private let root: JSONField
    private let settings: TokenSettings
    private var vocabulary = Vocabulary()
    private var worksOnBytes = false
    private var unknown: Int32?
    private var byteFallback: [Int32]?
    private var kind = ""
    private var continuingPrefix: [UInt8]?

    /// - Throws: `TokenizerError` naming file and field.
    static func read(_ bytes: [UInt8], path: String, settings: TokenSettings) throws(TokenizerError) -> TokenizerParts {
        do throws(JSONError) {
            let json = try JSON(parsing: bytes, file: path)
            var reader = TokenizerJSONReader(root: JSONField(json, file: path), settings: settings)
            return try reader.read()
        } catch {
            throw TokenizerError(error)
        }
    }

    private init(root: JSONField, settings: TokenSettings) {
        self.root = root
        self.settings = settings
    }

    private mutating func read() throws(JSONError) -> TokenizerParts {
        let modelType = try modelType()
        worksOnBytes =
            modelType == "BPE" && isByteLevelLast && root["normalizer"].ifPresent.map { !hasByteLevel($0) } ?? true
        let model = try readModel(modelType)
        let normalizer = try TokenizerJSONParts.normalizer(root["normalizer"])
        let preTokenizer = try TokenizerJSONParts.preTokenizer(root["pre_tokenizer"], letters: !worksOnBytes)
        let decoder = try TokenizerJSONParts.decoder(root["decoder"])

        // The model's pieces in the file's spelling, then the added tokens over them.
        var pieces = vocabulary.pieces
        if worksOnBytes { pieces = ByteStrings(pieces.lazy.map { $0.isEmpty ? [] : ByteLevelAlphabet.encode($0) }) }
        for (piece, id) in undecodable { pieces[Int(id)] = piece }
        var tokenBytes = try runningBytes(pieces, decoder)
        let added = try addedTokens()
        var isSpecial: Set<Int> = []
        var byteTokens: Set<Int> = []
        if let byteFallback { for id in byteFallback where id >= 0 { byteTokens.insert(Int(id)) } }
        for token in added {
            let id = Int(token.id)
            while pieces.count <= id {
                pieces.append([])
                tokenBytes.append([])
            }
            pieces[id] = token.content
            if !byteTokens.contains(id) {
                tokenBytes[id] =
                    token.isNormalized && !token.isSpecial
                    ? replacing([0xE2, 0x96, 0x81], with: [0x20], in: token.content) : token.content
            }
            if token.isSpecial { isSpecial.insert(id) }
        }
        guard !pieces.isEmpty else { throw root["model"]["vocab"].error(expected: "at least one token") }
        let addedIDs = Dictionary(added.map { ($0.content, Int($0.id)) }, uniquingKeysWith: { first, _ in first })
        let plainVocabulary = vocabulary
        let worksOnBytes = worksOnBytes
        let (roles, bos, eos) = settings.roles(
            pieces: pieces, special: isSpecial, byteTokens: byteTokens, unknown: unknown.map { Int($0) },
            id: { name in
                addedIDs[name]
                    ?? plainVocabulary.id(of: worksOnBytes ? ByteLevelAlphabet.decode(name) ?? name : name)
                    .map { Int($0) }
            })

        let addedTokens = AddedTokens(added) { content in
            normalizer?.apply(AlignedText(content, origin: 0)).bytes ?? content
        }
        var pipeline = TokenPipeline(
            added: addedTokens, normalizer: normalizer, preTokenizer: preTokenizer, model: model, decoder: decoder)
        if let bpe = model as? BPEModel, preTokenizer == nil, !bpe.ignoresMerges, bpe.continuingPrefix.isEmpty,
            bpe.endOfWordSuffix.isEmpty
        {
            pipeline.cutsBeforeMark = TokenPipeline.cutsBeforeMark(vocabulary)
        }
        try readPostProcessor(&pipeline, size: pieces.count, bos: bos, eos: eos)
        let addsPrefixSpace = putsSpaceFirst(root["normalizer"]) || putsSpaceFirst(root["pre_tokenizer"])
        // Without BOS a text starts after the end of another, as GPT-2 was trained.
        let endOfText = addedIDs[Array("<|endoftext|>".utf8)].flatMap { isSpecial.contains($0) ? $0 : nil }
        let start = bos ?? pipeline.prefix.first.map { Int($0) } ?? eos ?? endOfText
        return TokenizerParts(
            kind: kind, pieces: pieces, tokenBytes: tokenBytes, roles: roles, pipeline: pipeline,
            startToken: start.map { Int32($0) },
            addsStartToken: pipeline.prefix.first.map { Int($0) == start } ?? false,
            addsPrefixSpace: addsPrefixSpace, decodesByJoining: worksOnBytes && isByteLevel(decoder),
            restart: RestartRule(root, kind: kind, added: added, tokenBytes: tokenBytes),
            digest: TokenizerJSONDigest.hex(root))
    }

    /// Pieces that are not made of byte-level letters: kept by id, found by no text.
    private var undecodable: [(piece: [UInt8], id: Int32)] = []

    private func modelType() throws(JSONError) -> String {
        let model = root["model"]
        guard model.ifPresent != nil else { throw model.error(expected: "a model") }
        if let type = model["type"].ifPresent { return try type.string() }
        // Files of before `type` was written.
        if model["merges"].ifPresent != nil { return "BPE" }
        if model["vocab"].value?.array != nil { return "Unigram" }
        return model["continuing_subword_prefix"].ifPresent != nil ? "WordPiece" : "WordLevel"
    }

    private mutating func readModel(_ type: String) throws(JSONError) -> any TokenModel {
        let model = root["model"]
        switch type {
        case "BPE": return try readBPE(model)
        case "Unigram": return try readUnigram(model)
        case "WordPiece":
            kind = "WordPiece"
            try readVocabulary(model["vocab"])
            unknown = try unknownToken(model["unk_token"])
            let prefix = try model["continuing_subword_prefix"].ifPresent?.bytes() ?? Array("##".utf8)
            continuingPrefix = prefix
            return WordPieceModel(
                vocabulary: vocabulary, unknown: unknown, continuingPrefix: prefix,
                longestWord: try model["max_input_chars_per_word"].ifPresent?.int(in: 0...Int(Int32.max)) ?? 100)
        case "WordLevel":
            kind = "WordLevel"
            try readVocabulary(model["vocab"])
            unknown = try unknownToken(model["unk_token"])
            return WordLevelModel(vocabulary: vocabulary, unknown: unknown)
        default: throw model["type"].error(expected: "one of BPE, Unigram, WordPiece, WordLevel")
        }
    }

    private mutating func insert(_ piece: [UInt8], id: Int, _ field: @autoclosure () -> JSONField) throws(JSONError) {
        guard (0...Vocabulary.largestID).contains(id) else {
            throw field().error(expected: "an id from 0 to \(Vocabulary.largestID)")
        }
        guard id >= vocabulary.count || vocabulary.pieces[id].isEmpty else {
            throw JSONError(
                file: root.file, field: "model.vocab",
                problem: "found the id \(id) twice, expected one piece an id")
        }
        var key = piece
        if worksOnBytes {
            if let bytes = ByteLevelAlphabet.decode(piece) {
                key = bytes
            } else {
                undecodable.append((piece, Int32(id)))
                // Bytes that no text has.
                key = [0xFF, 0xFE, 0xFF] + piece
            }
        }
        if let other = vocabulary.insert(key, id: id) {
            throw JSONError(
                file: root.file, field: "model.vocab",
                problem: "found \(JSON.string(piece).summary) twice (\(other) and \(id)), expected unique pieces")
        }
    }

    private mutating func readVocabulary(_ field: JSONField) throws(JSONError) {
        guard let members = field.value?.object?.members else { throw field.error(expected: "an object") }
        vocabulary = Vocabulary(capacity: members.count)
        for (piece, value) in members {
            let place = {
                JSONField(value, file: field.file, path: "\(field.path).\(String(decoding: piece, as: UTF8.self))")
            }
            guard let id = value.int else { throw place().error(expected: "an id") }
            try insert(piece, id: id, place())
        }
    }

    private func unknownToken(_ field: JSONField) throws(JSONError) -> Int32? {
        guard let name = try field.ifPresent?.bytes() else { return nil }
        return vocabulary.id(of: worksOnBytes ? ByteLevelAlphabet.decode(name) ?? name : name)
    }

    private mutating func readBPE(_ model: JSONField) throws(JSONError) -> BPEModel {
        try readVocabulary(model["vocab"])
        let prefix = try model["continuing_subword_prefix"].ifPresent?.bytes() ?? []
        let suffix = try model["end_of_word_suffix"].ifPresent?.bytes() ?? []
        if !prefix.isEmpty || !suffix.isEmpty, worksOnBytes {
            // Prefixes are spelled in letters; keep the model on letters as well.
            worksOnBytes = false
            undecodable = []
            try readVocabulary(model["vocab"])
        }
        continuingPrefix = prefix.isEmpty ? nil : prefix
        guard let merges = model["merges"].value?.array else { throw model["merges"].error(expected: "an array") }
        var table = MergeTable(capacity: merges.count)
        for (rank, merge) in merges.enumerated() {
            let field = { JSONField(merge, file: model.file, path: "\(model.path).merges[\(rank)]") }
            let (left, right): ([UInt8], [UInt8])
            if let pair = merge.array {
                guard pair.count == 2, let first = pair[0].bytes, let second = pair[1].bytes else {
                    throw field().error(expected: "two strings")
                }
                (left, right) = (first, second)
            } else {
                guard let line = merge.bytes, let space = line.firstIndex(of: 0x20),
                    line[(space + 1)...].firstIndex(of: 0x20) == nil
                else { throw field().error(expected: "two pieces separated by one space") }
                (left, right) = (Array(line[..<space]), Array(line[(space + 1)...]))
            }
            func key(_ piece: [UInt8]) -> [UInt8] { worksOnBytes ? ByteLevelAlphabet.decode(piece) ?? piece : piece }
            let tail = prefix.isEmpty || !right.starts(with: prefix) ? right : Array(right.dropFirst(prefix.count))
            guard let leftID = vocabulary.id(of: key(left)), let rightID = vocabulary.id(of: key(right)),
                let merged = vocabulary.id(of: key(left + tail))
            else { throw field().error(expected: "a merge of two pieces of the vocabulary into a third") }
            table.insert(leftID, rightID, rank: rank, id: merged)
        }
        var bpe = BPEModel(vocabulary: vocabulary, merges: table, worksOnBytes: worksOnBytes)
        unknown = try unknownToken(model["unk_token"])
        bpe.unknown = unknown
        bpe.fusesUnknown = try model["fuse_unk"].ifPresent?.bool() ?? false
        bpe.ignoresMerges = try model["ignore_merges"].ifPresent?.bool() ?? false
        bpe.continuingPrefix = prefix
        bpe.endOfWordSuffix = suffix
        if try model["byte_fallback"].ifPresent?.bool() ?? false {
            byteFallback = fallbackIDs()
            bpe.byteFallback = byteFallback
        }
        kind = worksOnBytes ? "BPE (byte level)" : byteFallback != nil ? "BPE (byte fallback)" : "BPE"
        return bpe
    }

    private func fallbackIDs() -> [Int32] { (0...255).map { vocabulary.byteFallbackID($0) ?? -1 } }

    private mutating func readUnigram(_ model: JSONField) throws(JSONError) -> UnigramModel {
        guard let entries = model["vocab"].value?.array else { throw model["vocab"].error(expected: "an array") }
        vocabulary = Vocabulary(capacity: entries.count)
        var scores: [Double] = []
        scores.reserveCapacity(entries.count)
        var isFound: [Bool] = []
        for (id, entry) in entries.enumerated() {
            guard let pair = entry.array, pair.count == 2, let piece = pair[0].bytes, let score = pair[1].double,
                score.isFinite
            else { throw model["vocab"][id].error(expected: "a piece and its score") }
            // A second piece of the same text has a row in the model but is never chosen.
            let isNew = vocabulary.insert(piece, id: id) == nil
            if !isNew { undecodable.append((piece, Int32(id))) }
            scores.append(score)
            isFound.append(isNew)
        }
        guard !entries.isEmpty else { throw model["vocab"].error(expected: "at least one piece") }
        while vocabulary.count < entries.count { _ = vocabulary.insert([0xFF, 0xFE, 0xFF], id: entries.count - 1) }
        if let id = try model["unk_id"].ifPresent?.int(in: 0...entries.count - 1) { unknown = Int32(id) }
        var unigram = UnigramModel(vocabulary: vocabulary, scores: scores, isNormal: isFound, unknown: unknown)
        if try model["byte_fallback"].ifPresent?.bool() ?? false {
            byteFallback = fallbackIDs()
            unigram.byteFallback = byteFallback
        }
        kind = byteFallback != nil ? "Unigram (byte fallback)" : "Unigram"
        return unigram
    }

    private func addedTokens() throws(JSONError) -> [AddedTokens.Token] {
        guard let field = root["added_tokens"].ifPresent else { return [] }
        var tokens: [AddedTokens.Token] = []
        var ids: [Int: [UInt8]] = [:]
        for entry in try field.array() {
            let id = try entry["id"].int(in: 0...Vocabulary.largestID)
            let content = try entry["content"].bytes()
            if content.isEmpty { continue }
            if let other = ids[id], other != content {
                throw entry["id"].error(expected: "an id that no other added token has")
            }
            ids[id] = content
            let isSpecial = try entry["special"].ifPresent?.bool() ?? false
            tokens.append(
                AddedTokens.Token(
                    id: Int32(id), content: content, isSpecial: isSpecial,
                    isNormalized: try entry["normalized"].ifPresent?.bool() ?? !isSpecial,
                    isSingleWord: try entry["single_word"].ifPresent?.bool() ?? false,
                    stripsLeft: try entry["lstrip"].ifPresent?.bool() ?? false,
                    stripsRight: try entry["rstrip"].ifPresent?.bool() ?? false))
        }
        return tokens
    }

    // MARK: κ

    private func runningBytes(_ pieces: ByteStrings, _ decoder: TokenDecoder?) throws(JSONError) -> ByteStrings {
        if worksOnBytes { return ByteStrings(pieces.lazy.map { ByteLevelAlphabet.decode($0) ?? $0 }) }
        let isLetters =
            root["pre_tokenizer"].ifPresent.map { hasByteLevel($0) } ?? false
            || root["normalizer"].ifPresent.map { hasByteLevel($0) } ?? false
        let space: [UInt8] = [0x20]
        let suffix = try root["model"]["end_of_word_suffix"].ifPresent?.bytes() ?? []
        var result = ByteStrings()
        result.reserveCapacity(pieces.count)
        let isWordPiece = kind == "WordPiece"
        for piece in pieces {
            var bytes = piece
            if isWordPiece || continuingPrefix != nil, let continuingPrefix {
                bytes =
                    piece.starts(with: continuingPrefix)
                    ? Array(piece.dropFirst(continuingPrefix.count))
                    : isWordPiece && !piece.isEmpty ? space + piece : piece
            }
            if !suffix.isEmpty, bytes.count > suffix.count, bytes.suffix(suffix.count).elementsEqual(suffix) {
                bytes = bytes.dropLast(suffix.count) + space
            }
            if isLetters {
                bytes = ByteLevelAlphabet.decode(bytes) ?? bytes
            } else {
                bytes = replacing([0xE2, 0x96, 0x81], with: space, in: bytes)
            }
            result.append(bytes)
        }
        if let byteFallback {
            for (byte, id) in byteFallback.enumerated() where id >= 0 { result[Int(id)] = [UInt8(byte)] }
        }
        return result
    }

    // MARK: What the parts contain

    /// Whether ByteLevel is the last pre-tokenizer and the only one of its kind.
    private var isByteLevelLast: Bool {
        let field = root["pre_tokenizer"]
        guard let type = field["type"].value?.string else { return false }
        if type == "ByteLevel" { return true }
        guard type == "Sequence", let steps = field["pretokenizers"].value?.array, let last = steps.last else {
            return false
        }
        return last["type"]?.string == "ByteLevel"
            && steps.filter { $0["type"]?.string == "ByteLevel" || $0["type"]?.string == "Sequence" }.count == 1
    }

    private func hasByteLevel(_ field: JSONField) -> Bool {
        if field["type"].value?.string == "ByteLevel" { return true }
        let steps = field["normalizers"].value?.array ?? field["pretokenizers"].value?.array ?? []
        return steps.contains { hasByteLevel(JSONField($0, file: field.file)) }
    }

    private func isByteLevel(_ decoder: TokenDecoder?) -> Bool {
        if case .byteLevel? = decoder { true } else { false }
    }

    private func putsSpaceFirst(_ field: JSONField) -> Bool {
        guard let type = field["type"].value?.string else { return false }
        switch type {
        case "Prepend": return field["prepend"].value?.string == "▁" || field["prepend"].value?.string == " "
        case "Metaspace":
            if let scheme = field["prepend_scheme"].value?.string { return scheme != "never" }
            return field["add_prefix_space"].value?.bool ?? true
        case "ByteLevel": return field.path.hasPrefix("pre_tokenizer") && field["add_prefix_space"].value?.bool ?? true
        default:
            for key in ["normalizers", "pretokenizers"] {
                for index in (field[key].value?.array ?? []).indices where putsSpaceFirst(field[key][index]) {
                    return true
                }
            }
            return false
        }
    }

    // MARK: Post-processing

    private func readPostProcessor(
        _ pipeline: inout TokenPipeline, size: Int, bos: Int?, eos: Int?
    ) throws(JSONError) {
        try readPostProcessor(root["post_processor"], &pipeline, size: size, depth: 0)
        // Llama's and Gemma's tokenizer classes build their own template from these two flags.
        let classes = [
            "LlamaTokenizer", "LlamaTokenizerFast", "CodeLlamaTokenizerFast", "GemmaTokenizer", "GemmaTokenizerFast",
        ]
        guard let name = settings.tokenizerClass, classes.contains(name) else { return }
        if let adds = settings.addsBOS, let bos { pipeline.prefix = adds ? [Int32(bos)] : [] }
        if let adds = settings.addsEOS, let eos { pipeline.suffix = adds ? [Int32(eos)] : [] }
        // For two texts it is written twice.
        if settings.addsBOS != nil || settings.addsEOS != nil { pipeline.pair = nil }
    }

    private func readPostProcessor(
        _ field: JSONField, _ pipeline: inout TokenPipeline, size: Int, depth: Int
    ) throws(JSONError) {
        guard field.ifPresent != nil else { return }
        guard depth < 16 else { throw field.error(expected: "less nesting") }
        switch try field["type"].string() {
        case "Sequence":
            for step in try field["processors"].array() {
                try readPostProcessor(step, &pipeline, size: size, depth: depth + 1)
            }
        case "ByteLevel": break
        case "BertProcessing", "RobertaProcessing":
            let start = Int32(try field["cls"][1].int(in: 0...size - 1))
            let end = Int32(try field["sep"][1].int(in: 0...size - 1))
            pipeline.prefix = [start] + pipeline.prefix
            pipeline.suffix.append(end)
            let between = try field["type"].string() == "BertProcessing" ? [end] : [end, end]
            pipeline.pair = [.special([start]), .first, .special(between), .second, .special([end])]
        case "TemplateProcessing":
            var prefix: [Int32] = []
            var suffix: [Int32] = []
            var isAfter = false
            for part in try template(field["single"], in: field, size: size) {
                switch part {
                case .first, .second: isAfter = true
                case .special(let ids): if isAfter { suffix += ids } else { prefix += ids }
                }
            }
            if let pair = field["pair"].ifPresent { pipeline.pair = try template(pair, in: field, size: size) }
            pipeline.prefix = prefix + pipeline.prefix
            pipeline.suffix += suffix
        default:
            throw field["type"].error(
                expected: "one of Sequence, ByteLevel, BertProcessing, RobertaProcessing, TemplateProcessing")
        }
    }

    /// The parts of a template of `processor`.
    private func template(
        _ items: JSONField, in processor: JSONField, size: Int
    ) throws(JSONError) -> [TokenPipeline.PairPart] {
        var parts: [TokenPipeline.PairPart] = []
        for item in try items.array() {
            if let sequence = item["Sequence"].ifPresent {
                let id = sequence["id"]
                switch try id.string() {
                case "A": parts.append(.first)
                case "B": parts.append(.second)
                default: throw id.error(expected: "A or B")
                }
            } else {
                let name = try item["SpecialToken"]["id"].string()
                var ids: [Int32] = []
                for id in try processor["special_tokens"][name]["ids"].array() {
                    ids.append(Int32(try id.int(in: 0...size - 1)))
                }
                parts.append(.special(ids))
            }
        }
        return parts
    }
}
