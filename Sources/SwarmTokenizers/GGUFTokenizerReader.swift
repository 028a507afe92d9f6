internal import SwarmFormats
internal import SwarmKernels

/// Reads the vocabulary that a GGUF file carries in its metadata (`tokenizer.ggml.*`).
struct GGUFTokenizerReader {
    /// `tokenizer.ggml.token_type`.
    private enum Kind: Int {
        case normal = 1
        case unknown = 2
        case control = 3
        case userDefined = 4
        case unused = 5
        case byte = 6
    }

    private let file: GGUFFile
    private let tokens: ByteStrings
    private let kinds: [Kind]
    private var settings = TokenSettings()
    private var addsBOS = false
    private var addsEOS = false
    private var addsSpacePrefix = false

    /// - Throws: `TokenizerError` naming file and key.
    static func read(_ file: GGUFFile) throws(TokenizerError) -> TokenizerParts {
        do throws(FormatError) {
            var reader = try GGUFTokenizerReader(file)
            return try reader.read()
        } catch {
            throw TokenizerError(error)
        }
    }

    private init(_ file: GGUFFile) throws(FormatError) {
        self.file = file
        let key = "tokenizer.ggml.tokens"
        guard let tokens = try file.strings(key), !tokens.isEmpty else {
            throw file.error(key, found: "no tokens", expected: "the vocabulary")
        }
        guard tokens.count <= Vocabulary.largestID else {
            throw file.error(key, found: "\(tokens.count) tokens", expected: "at most \(Vocabulary.largestID)")
        }
        self.tokens = tokens
        if let types = try file.integers("tokenizer.ggml.token_type") {
            guard types.count == tokens.count else {
                throw file.error(
                    "tokenizer.ggml.token_type", found: "\(types.count) types", expected: "\(tokens.count)")
            }
            kinds = types.map { Kind(rawValue: $0) ?? .normal }
        } else {
            kinds = Array(repeating: .normal, count: tokens.count)
        }
    }

    private mutating func read() throws(FormatError) -> TokenizerParts {
        let key = "tokenizer.ggml.model"
        guard let model = try file.text(key) else { throw file.error(key, found: "nothing", expected: "a name") }
        func ids(_ name: String) throws(FormatError) -> [Int] {
            let key = "tokenizer.ggml.\(name)_token_id"
            // Converters write −1 or a padded id for what is not there; llama.cpp passes over those too.
            guard let id = try file.integer(key), tokens.indices.contains(id) else { return [] }
            return [id]
        }
        settings.bosIDs = try ids("bos")
        settings.eosIDs = try ids("eos") + ids("eot") + ids("eom")
        settings.padIDs = try ids("padding")
        settings.unkIDs = try ids("unknown")
        switch model {
        case "gpt2": return try readBPE(try file.text("tokenizer.ggml.pre") ?? "default")
        case "gemma4": return try readBPE("gemma4")
        case "llama": return try readSentencePiece()
        case "t5": return try readUnigram()
        case "bert": return try readWordPiece(separator: ids("seperator") + ids("separator"))
        case "rwkv": return try readGreedy()
        default: throw file.error(key, found: "\"\(model)\"", expected: "gpt2, llama, t5, bert, rwkv or gemma4")
        }
    }

    /// Flags that override what the model type implies.
    private mutating func readFlags() throws(FormatError) {
        addsBOS = try file.bool("tokenizer.ggml.add_bos_token") ?? addsBOS
        addsEOS = try file.bool("tokenizer.ggml.add_eos_token") ?? addsEOS
        addsSpacePrefix = try file.bool("tokenizer.ggml.add_space_prefix") ?? addsSpacePrefix
    }

    /// The pieces text is made of, found by the spelling that `key` gives them; nil leaves one out.
    private func vocabulary(_ key: (Int) -> [UInt8]?) throws(FormatError) -> Vocabulary {
        var vocabulary = Vocabulary(capacity: tokens.count)
        for id in tokens.indices {
            guard let piece = key(id), !piece.isEmpty else { continue }
            if let other = vocabulary.insert(piece, id: id), kinds[id] == .normal, kinds[other] == .normal {
                throw file.error(
                    "tokenizer.ggml.tokens[\(id)]", found: "\"\(display(tokens[id]))\" again (first is \(other))",
                    expected: "unique pieces")
            }
        }
        return vocabulary
    }

    private func scores() throws(FormatError) -> [Float] {
        let key = "tokenizer.ggml.scores"
        guard let scores = try file.floats(key) else { throw file.error(key, found: "nothing", expected: "scores") }
        guard scores.count == tokens.count else {
            throw file.error(key, found: "\(scores.count) scores", expected: "\(tokens.count)")
        }
        guard let bad = scores.firstIndex(where: { !$0.isFinite }) else { return scores }
        throw file.error("\(key)[\(bad)]", found: "\(scores[bad])", expected: "a finite score")
    }

    private func byteFallback(_ byteOf: (Int) -> UInt8?) -> [Int32]? {
        var table = [Int32](repeating: -1, count: 256)
        for id in tokens.indices {
            if let byte = byteOf(id), table[Int(byte)] < 0 { table[Int(byte)] = Int32(id) }
        }
        return table.contains { $0 >= 0 } ? table : nil
    }

    private func fallbackByte(_ id: Int) -> UInt8? { kinds[id] == .byte ? Vocabulary.fallbackByte(tokens[id]) : nil }

    /// Control, unknown and user-defined tokens: found in text before the model sees it.
    private func addedTokens() throws(FormatError) -> [AddedTokens.Token] {
        // Phi-3's special tokens take the white space behind them; its GGUF files say so by the model's name only.
        let name = (try file.text("general.name") ?? "").lowercased()
        let isPhi3 = name.contains("phi-3") || name.contains("phi3")
        let keepsSpace = Set(["<unk>", "<s>", "<|endoftext|>"].map { Array($0.utf8) })
        return tokens.indices.compactMap { id in
            guard [.control, .unknown, .userDefined].contains(kinds[id]), !tokens[id].isEmpty else { return nil }
            let isSpecial = kinds[id] != .userDefined
            return AddedTokens.Token(
                id: Int32(id), content: tokens[id], isSpecial: isSpecial,
                stripsRight: isPhi3 && !keepsSpace.contains(tokens[id]))
        }
    }

    private func finish(
        kind: String, tokenBytes: ByteStrings, pipeline: TokenPipeline, joins: Bool, cuts: Bool?, parts: [String]
    ) throws(FormatError) -> TokenizerParts {
        let special = Set(tokens.indices.filter { kinds[$0] == .control || kinds[$0] == .unknown })
        let bytes = Set(tokens.indices.filter { fallbackByte($0) != nil })
        let own = tokens.indices.first { kinds[$0] == .unknown && tokens[$0].elementsEqual("<unk>".utf8) }
        var (roles, bos, eos) = settings.roles(
            pieces: tokens, special: special, byteTokens: bytes, unknown: own, id: { _ in nil })
        for id in tokens.indices where kinds[id] == .unused && roles[id] == .text { roles[id] = .unused }
        var pipeline = pipeline
        if addsBOS, let bos { pipeline.prefix = [Int32(bos)] }
        if addsEOS, let eos { pipeline.suffix = [Int32(eos)] }
        let start = bos ?? eos
        var restart: RestartRule?
        let added = pipeline.added.tokens
        if !added.contains(where: { RestartRule.spans($0.content) }),
            let cuts, cuts || !tokenBytes.contains(where: RestartRule.spans)
        {
            restart = RestartRule()
        }
        return TokenizerParts(
            kind: kind, pieces: tokens, tokenBytes: tokenBytes, roles: roles, pipeline: pipeline,
            startToken: start.map { Int32($0) }, addsStartToken: addsBOS && bos != nil,
            addsPrefixSpace: addsSpacePrefix, decodesByJoining: joins, restart: restart,
            digest: try digest(parts))
    }

    private func digest(_ parts: [String]) throws(FormatError) -> String {
        var hash = SHA256()
        var bytes = Array(
            (["gguf", "\(addsBOS)", "\(addsEOS)", "\(addsSpacePrefix)"] + parts).joined(separator: "\n").utf8)
        func flush(over size: Int) {
            guard bytes.count > size else { return }
            hash.update(bytes)
            bytes.removeAll(keepingCapacity: true)
        }
        for (id, token) in tokens.enumerated() {
            bytes += Array("\n\(kinds[id].rawValue) \(token.count):".utf8) + token
            flush(over: 1 << 16)
        }
        for score in try file.floats("tokenizer.ggml.scores") ?? [] {
            let bits = score.bitPattern
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt32($0))) }
            flush(over: 1 << 16)
        }
        for merge in try file.strings("tokenizer.ggml.merges") ?? ByteStrings() {
            bytes += merge + [0x0A]
            flush(over: 1 << 16)
        }
        for id in settings.bosIDs + [-1] + settings.eosIDs { bytes += Array("\(id) ".utf8) }
        hash.update(bytes)
        return hash.finalize().hexadecimal
    }

    // MARK: Byte-level BPE

    private mutating func readBPE(_ name: String) throws(FormatError) -> TokenizerParts {
        let key = "tokenizer.ggml.pre"
        guard let pre = NamedPreTokenizer.named(name) else {
            throw file.error(
                key, found: "\"\(name)\"", expected: "one of " + NamedPreTokenizer.names.joined(separator: ", "))
        }
        addsBOS = pre.addsBOS
        try readFlags()
        let (steps, problem) = pre.steps()
        guard var steps else { throw file.error(key, found: "\(name): \(problem)", expected: "a pattern") }
        return pre.spellsSpaces ? try readSpelledBPE(name, pre, steps) : try readByteLevelBPE(name, pre, &steps)
    }

    private func readByteLevelBPE(
        _ name: String, _ pre: NamedPreTokenizer, _ steps: inout [PreTokenizer]
    ) throws(FormatError) -> TokenizerParts {
        let (tokens, kinds) = (tokens, kinds)
        var isText = [Bool](repeating: false, count: tokens.count)
        var tokenBytes = ByteStrings()
        tokenBytes.reserveCapacity(tokens.count, bytes: tokens.size)
        for id in tokens.indices {
            let token = tokens[id]
            let decoded = kinds[id] == .normal || kinds[id] == .unused ? ByteLevelAlphabet.decode(token) : nil
            isText[id] = decoded != nil
            tokenBytes.append(decoded ?? token)
        }
        let (running, spelled) = (tokenBytes, isText)
        let vocabulary = try vocabulary { spelled[$0] ? running[$0] : nil }
        var model = BPEModel(
            vocabulary: vocabulary, merges: try merges(vocabulary) { ByteLevelAlphabet.decode($0) },
            worksOnBytes: true)
        model.ignoresMerges = pre.ignoresMerges
        if addsSpacePrefix { steps.insert(.byteLevel(addPrefixSpace: true, regex: nil, letters: false), at: 0) }
        let pipeline = TokenPipeline(
            added: AddedTokens(try addedTokens(), normalize: { $0 }), preTokenizer: .sequence(steps), model: model)
        return try finish(
            kind: "BPE (byte level, \(name))", tokenBytes: running, pipeline: pipeline, joins: true,
            cuts: pre.cuts ? true : nil, parts: ["gpt2", name])
    }

    /// Merges over text that spells spaces as ▁, as Gemma 4 has them.
    private func readSpelledBPE(
        _ name: String, _ pre: NamedPreTokenizer, _ steps: [PreTokenizer]
    ) throws(FormatError) -> TokenizerParts {
        let (tokens, kinds) = (tokens, kinds)
        let vocabulary = try vocabulary { kinds[$0] == .normal || kinds[$0] == .unused ? tokens[$0] : nil }
        var model = BPEModel(
            vocabulary: vocabulary, merges: try merges(vocabulary) { $0 }, worksOnBytes: false)
        model.keepsNewlineRuns = pre.keepsNewlineRuns
        model.byteFallback = byteFallback { fallbackByte($0) }
        model.unknown = (settings.unkIDs.first ?? kinds.firstIndex(of: .unknown)).map { Int32($0) }
        let pipeline = TokenPipeline(
            added: AddedTokens(try addedTokens(), normalize: { $0 }),
            normalizer: .replace(.string([0x20]), with: Self.mark), preTokenizer: .sequence(steps), model: model,
            decoder: decoder())
        return try finish(
            kind: "BPE (\(name))", tokenBytes: runningBytes(), pipeline: pipeline, joins: false, cuts: nil,
            parts: ["gpt2", name])
    }

    /// The file's merges of pieces whose spelling `key` turns into the vocabulary's.
    private func merges(_ vocabulary: Vocabulary, _ key: ([UInt8]) -> [UInt8]?) throws(FormatError) -> MergeTable {
        let lines = try file.strings("tokenizer.ggml.merges") ?? ByteStrings()
        var merges = MergeTable(capacity: lines.count)
        for (rank, line) in lines.enumerated() {
            // The space that separates may not be the first byte: a piece cannot be empty.
            guard let space = line.dropFirst().firstIndex(of: 0x20), let left = key(Array(line[..<space])),
                let right = key(Array(line[(space + 1)...])), let leftID = vocabulary.id(of: left),
                let rightID = vocabulary.id(of: right), let merged = vocabulary.id(of: left + right)
            else {
                throw file.error(
                    "tokenizer.ggml.merges[\(rank)]", found: "\"\(display(line))\"",
                    expected: "a merge of two pieces of the vocabulary into a third")
            }
            merges.insert(leftID, rightID, rank: rank, id: merged)
        }
        return merges
    }

    // MARK: SentencePiece

    private static let mark: [UInt8] = [0xE2, 0x96, 0x81]

    private func runningBytes() -> ByteStrings {
        var result = ByteStrings()
        result.reserveCapacity(tokens.count, bytes: tokens.size)
        for id in tokens.indices {
            if let byte = fallbackByte(id) {
                result.append([byte])
            } else if kinds[id] == .control || kinds[id] == .unknown {
                result.append(tokens.slice(id))
            } else {
                result.append(replacing(Self.mark, with: [0x20], in: tokens[id]))
            }
        }
        return result
    }

    private func decoder() -> TokenDecoder {
        var steps: [TokenDecoder] = [.replace(.string(Self.mark), with: [0x20]), .byteFallback, .fuse]
        if addsSpacePrefix { steps.append(.strip(content: 0x20, start: 1, stop: 0)) }
        return .sequence(steps)
    }

    private mutating func readSentencePiece() throws(FormatError) -> TokenizerParts {
        addsBOS = true
        addsSpacePrefix = true
        try readFlags()
        let (tokens, kinds) = (tokens, kinds)
        func isText(_ id: Int) -> Bool { [.normal, .userDefined, .unused].contains(kinds[id]) }
        let vocabulary = try vocabulary { isText($0) ? tokens[$0] : nil }
        let scores = try scores()
        let unknown = settings.unkIDs.first ?? kinds.firstIndex(of: .unknown)
        var model = ScoredBPEModel(
            vocabulary: vocabulary, scores: tokens.indices.map { isText($0) ? scores[$0] : nil },
            unknown: unknown.map { Int32($0) })
        model.byteFallback = byteFallback { fallbackByte($0) }
        var steps: [Normalizer] = [.replace(.string([0x20]), with: Self.mark)]
        if addsSpacePrefix { steps.insert(.prepend(Self.mark), at: 0) }
        var pipeline = TokenPipeline(
            added: AddedTokens(try addedTokens(), normalize: { $0 }), normalizer: .sequence(steps), model: model,
            decoder: decoder())
        pipeline.cutsBeforeMark = TokenPipeline.cutsBeforeMark(vocabulary)
        return try finish(
            kind: model.byteFallback == nil ? "BPE (SentencePiece)" : "BPE (SentencePiece, byte fallback)",
            tokenBytes: runningBytes(), pipeline: pipeline, joins: false, cuts: false, parts: ["llama"])
    }

    // MARK: RWKV, Unigram and WordPiece

    /// RWKV's World vocabularies: pieces in Python's escapes, the longest one that fits taken at every place.
    private mutating func readGreedy() throws(FormatError) -> TokenizerParts {
        try readFlags()
        let (tokens, kinds) = (tokens, kinds)
        let unescaped = ByteStrings(tokens.lazy.map(GreedyModel.unescaped))
        let isText = tokens.indices.map { kinds[$0] == .normal || kinds[$0] == .unused || kinds[$0] == .byte }
        let vocabulary = try vocabulary { isText[$0] ? unescaped[$0] : nil }
        let unknown = settings.unkIDs.first ?? kinds.firstIndex(of: .unknown)
        let pipeline = TokenPipeline(
            added: AddedTokens(try addedTokens(), normalize: { $0 }),
            model: GreedyModel(vocabulary: vocabulary, unknown: unknown.map { Int32($0) }))
        return try finish(
            kind: "longest match (RWKV)",
            tokenBytes: ByteStrings(tokens.indices.lazy.map { isText[$0] ? unescaped[$0] : tokens[$0] }),
            pipeline: pipeline, joins: true, cuts: nil, parts: ["rwkv"])
    }

    private mutating func readUnigram() throws(FormatError) -> TokenizerParts {
        addsEOS = true
        addsSpacePrefix = true
        try readFlags()
        let (tokens, kinds) = (tokens, kinds)
        func isText(_ id: Int) -> Bool { [.normal, .userDefined, .unused].contains(kinds[id]) }
        let vocabulary = try vocabulary { isText($0) ? tokens[$0] : nil }
        let scores = try scores()
        let unknown = settings.unkIDs.first ?? kinds.firstIndex(of: .unknown)
        var model = UnigramModel(
            vocabulary: vocabulary, scores: tokens.indices.map { kinds[$0] == .userDefined ? 0 : Double(scores[$0]) },
            isNormal: tokens.indices.map(isText), unknown: unknown.map { Int32($0) },
            worst: Double(tokens.indices.filter { kinds[$0] == .normal }.map { scores[$0] }.min() ?? 0))
        model.findsRuns = false
        model.byteFallback = byteFallback { fallbackByte($0) }
        var normalizer = SentencePieceNormalizer()
        normalizer.addsDummyPrefix = addsSpacePrefix
        normalizer.removesExtraWhitespaces = try file.bool("tokenizer.ggml.remove_extra_whitespaces") ?? false
        let key = "tokenizer.ggml.precompiled_charsmap"
        if let blob = try file.integers(key), !blob.isEmpty {
            guard let charsmap = PrecompiledCharsmap(blob.map { UInt8(truncatingIfNeeded: $0) }) else {
                throw file.error(key, found: "\(blob.count) bytes", expected: "a precompiled charsmap")
            }
            normalizer.charsmap = charsmap
        }
        let pipeline = TokenPipeline(
            added: AddedTokens(try addedTokens(), normalize: { $0 }), normalizer: .sentencePiece(normalizer),
            model: model, decoder: decoder())
        return try finish(
            kind: "Unigram", tokenBytes: runningBytes(), pipeline: pipeline, joins: false, cuts: nil, parts: ["t5"])
    }

    /// WordPiece as converted for llama.cpp: word starts carry ▁, continuations carry nothing.
    private mutating func readWordPiece(separator: [Int]) throws(FormatError) -> TokenizerParts {
        addsBOS = true
        try readFlags()
        let prefix = Array("##".utf8)
        let (tokens, kinds) = (tokens, kinds)
        func key(_ id: Int) -> [UInt8]? {
            guard kinds[id] == .normal || kinds[id] == .unused else { return nil }
            return tokens[id].starts(with: Self.mark) ? Array(tokens[id].dropFirst(3)) : prefix + tokens[id]
        }
        let vocabulary = try vocabulary(key)
        let unknown = settings.unkIDs.first ?? kinds.firstIndex(of: .unknown)
        var bert = BertNormalizer()
        bert.lowercases = try file.bool("tokenizer.ggml.normalizer.lowercase") ?? true
        bert.stripsAccents = try file.bool("tokenizer.ggml.normalizer.strip_accents") ?? bert.lowercases
        let model = WordPieceModel(
            vocabulary: vocabulary, unknown: unknown.map { Int32($0) }, continuingPrefix: prefix,
            longestWord: Int(Int32.max))
        if settings.bosIDs.isEmpty, let id = tokens.firstIndex(where: { $0.elementsEqual("[CLS]".utf8) }) {
            settings.bosIDs = [id]
        }
        var pipeline = TokenPipeline(
            added: AddedTokens(try addedTokens(), normalize: { $0 }), normalizer: .bert(bert),
            preTokenizer: .sequence([.splitScalars(.whitespace, .removed), .splitScalars(.punctuation, .isolated)]),
            model: model,
            decoder: .sequence([
                .replace(.string(Self.mark), with: [0x20]), .fuse, .strip(content: 0x20, start: 1, stop: 0),
            ]))
        if let separator = separator.first ?? tokens.firstIndex(where: { $0.elementsEqual("[SEP]".utf8) }) {
            pipeline.suffix = [Int32(separator)]
        }
        return try finish(
            kind: "WordPiece", tokenBytes: runningBytes(), pipeline: pipeline, joins: false, cuts: nil,
            parts: ["bert", "\(bert.lowercases)", "\(bert.stripsAccents)"])
    }
}
