internal import SwarmFormats

/// Readers of the parts of tokenizer.json: normalizers, pre-tokenizers, decoders.
struct TokenizerJSONParts {
    /// GPT-2's cut of text into words (Radford et al. 2019).
    static let gpt2Pattern = #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

    private static func unknownType(_ field: JSONField, _ known: [String]) -> JSONError {
        field["type"].error(expected: "one of " + known.joined(separator: ", "))
    }

    static func regex(
        _ pattern: String, _ field: JSONField, joinsWords: Bool = false
    ) throws(JSONError) -> RegularExpression {
        let (expression, problem) = RegularExpression.compile(pattern, joinsWords: joinsWords)
        let shown = display(Array(pattern.utf8))
        guard let expression else {
            throw JSONError(
                file: field.file, field: field.path,
                problem:
                    "found the pattern \(shown), which does not compile (\(problem)), expected a regular "
                    + "expression")
        }
        guard expression.survivesProbes else {
            throw JSONError(
                file: field.file, field: field.path,
                problem:
                    "found the pattern \(shown), which takes too many steps on plain text, expected a "
                    + "regular expression that does not blow up")
        }
        return expression
    }

    private static func pattern(_ field: JSONField) throws(JSONError) -> TextPattern {
        if let string = field["String"].ifPresent { return .string(try string.bytes()) }
        if let regex = field["Regex"].ifPresent { return .regex(try self.regex(try regex.string(), regex)) }
        throw field.error(expected: "{\"String\": …} or {\"Regex\": …}")
    }

    private static func flag(_ field: JSONField, _ key: String, default value: Bool) throws(JSONError) -> Bool {
        try field[key].ifPresent?.bool() ?? value
    }

    private static func scalar(_ field: JSONField) throws(JSONError) -> UInt32 {
        let bytes = try field.bytes()
        let (scalar, length) = bytes.isEmpty ? (nil, 0) : UnicodeText.decodeScalar(bytes, at: 0)
        guard let scalar, length == bytes.count else { throw field.error(expected: "one character") }
        return scalar
    }

    // MARK: Normalizers

    static func normalizer(_ field: JSONField, depth: Int = 0) throws(JSONError) -> Normalizer? {
        guard field.ifPresent != nil else { return nil }
        guard depth < 16 else { throw field.error(expected: "less nesting") }
        switch try field["type"].string() {
        case "Sequence":
            var steps: [Normalizer] = []
            for step in try field["normalizers"].array() {
                if let step = try normalizer(step, depth: depth + 1) { steps.append(step) }
            }
            return .sequence(steps)
        case "NFC": return .form(.nfc)
        case "NFD": return .form(.nfd)
        case "NFKC": return .form(.nfkc)
        case "NFKD": return .form(.nfkd)
        case "Lowercase": return .lowercase
        case "Strip":
            return .strip(
                left: try flag(field, "strip_left", default: true), right: try flag(field, "strip_right", default: true)
            )
        case "StripAccents": return .stripAccents
        case "Replace": return .replace(try pattern(field["pattern"]), with: try field["content"].bytes())
        case "Prepend": return .prepend(try field["prepend"].bytes())
        case "Append": return .append(try field["append"].bytes())
        case "Nmt": return .nmt
        case "ByteLevel": return .byteLevel
        case "Precompiled":
            let encoded = field["precompiled_charsmap"]
            guard let text = try encoded.ifPresent?.bytes(), !text.isEmpty else { return nil }
            guard let blob = Base64.decode(text), let charsmap = PrecompiledCharsmap(blob) else {
                throw encoded.error(expected: "a precompiled charsmap in base64")
            }
            return .precompiled(charsmap)
        case "BertNormalizer":
            var bert = BertNormalizer()
            bert.cleanText = try flag(field, "clean_text", default: true)
            bert.handlesChineseCharacters = try flag(field, "handle_chinese_chars", default: true)
            bert.lowercases = try flag(field, "lowercase", default: true)
            bert.stripsAccents = try flag(field, "strip_accents", default: bert.lowercases)
            return .bert(bert)
        default:
            throw unknownType(
                field,
                [
                    "Sequence", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Strip", "StripAccents", "Replace",
                    "Prepend", "Append", "Nmt", "ByteLevel", "Precompiled", "BertNormalizer",
                ])
        }
    }

    // MARK: Pre-tokenizers

    private static func behavior(_ field: JSONField) throws(JSONError) -> SplitBehavior {
        let name = try field.string()
        guard let behavior = SplitBehavior(rawValue: name) else {
            throw field.error(expected: "Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous")
        }
        return behavior
    }

    /// - Parameter letters: whether ByteLevel rewrites bytes as letters; false where the model works on bytes.
    static func preTokenizer(_ field: JSONField, letters: Bool, depth: Int = 0) throws(JSONError) -> PreTokenizer? {
        guard field.ifPresent != nil else { return nil }
        guard depth < 16 else { throw field.error(expected: "less nesting") }
        switch try field["type"].string() {
        case "Sequence":
            var steps: [PreTokenizer] = []
            for step in try field["pretokenizers"].array() {
                if let step = try preTokenizer(step, letters: letters, depth: depth + 1) { steps.append(step) }
            }
            return .sequence(steps)
        case "ByteLevel":
            let usesRegex = try flag(field, "use_regex", default: true)
            return .byteLevel(
                addPrefixSpace: try flag(field, "add_prefix_space", default: true),
                regex: usesRegex ? try regex(gpt2Pattern, field) : nil, letters: letters)
        case "Split":
            return .split(
                try pattern(field["pattern"]), try behavior(field["behavior"]),
                invert: try flag(field, "invert", default: false))
        case "Metaspace":
            let (replacement, scheme) = try metaspace(field)
            return .metaspace(replacement: replacement, scheme, split: try flag(field, "split", default: true))
        case "Digits":
            return .splitScalars(
                .numeric, try flag(field, "individual_digits", default: false) ? .isolated : .contiguous)
        case "Whitespace":
            return .split(.regex(try regex(#"\w+|[^\w\s]+"#, field, joinsWords: true)), .removed, invert: true)
        case "WhitespaceSplit": return .splitScalars(.whitespace, .removed)
        case "Punctuation":
            return .splitScalars(
                .punctuation,
                try field["behavior"].ifPresent.map { field throws(JSONError) in try behavior(field) } ?? .isolated)
        case "BertPreTokenizer":
            return .sequence([.splitScalars(.whitespace, .removed), .splitScalars(.punctuation, .isolated)])
        case "CharDelimiterSplit": return .splitScalars(.scalar(try scalar(field["delimiter"])), .removed)
        case "UnicodeScripts": return .unicodeScripts
        case "FixedLength": return .fixedLength(try field["length"].ifPresent?.int(in: 1...1 << 20) ?? 5)
        default:
            throw unknownType(
                field,
                [
                    "Sequence", "ByteLevel", "Split", "Metaspace", "Digits", "Whitespace", "WhitespaceSplit",
                    "Punctuation", "BertPreTokenizer", "CharDelimiterSplit", "UnicodeScripts", "FixedLength",
                ])
        }
    }

    private static func metaspace(_ field: JSONField) throws(JSONError) -> ([UInt8], PrependScheme) {
        var replacement: [UInt8] = []
        UnicodeText.append(
            try field["replacement"].ifPresent.map { field throws(JSONError) in try scalar(field) } ?? 0x2581,
            to: &replacement)
        if let name = field["prepend_scheme"].ifPresent {
            guard let scheme = PrependScheme(rawValue: try name.string()) else {
                throw name.error(expected: "always, first or never")
            }
            return (replacement, scheme)
        }
        return (replacement, try flag(field, "add_prefix_space", default: true) ? .always : .never)
    }

    // MARK: Decoders

    static func decoder(_ field: JSONField, depth: Int = 0) throws(JSONError) -> TokenDecoder? {
        guard field.ifPresent != nil else { return nil }
        guard depth < 16 else { throw field.error(expected: "less nesting") }
        switch try field["type"].string() {
        case "Sequence":
            var steps: [TokenDecoder] = []
            for step in try field["decoders"].array() {
                if let step = try decoder(step, depth: depth + 1) { steps.append(step) }
            }
            return .sequence(steps)
        case "ByteLevel": return .byteLevel
        case "ByteFallback": return .byteFallback
        case "Metaspace":
            let (replacement, scheme) = try metaspace(field)
            return .metaspace(replacement: replacement, dropsFirst: scheme != .never)
        case "WordPiece":
            return .wordPiece(
                prefix: try field["prefix"].ifPresent?.bytes() ?? Array("##".utf8),
                // As with `clean_up_tokenization_spaces`: text comes back as it is tokenized.
                cleanup: try flag(field, "cleanup", default: true))
        case "BPEDecoder": return .bpe(suffix: try field["suffix"].ifPresent?.bytes() ?? Array("</w>".utf8))
        case "Fuse": return .fuse
        case "Strip":
            return .strip(
                content: try field["content"].ifPresent.map { field throws(JSONError) in try scalar(field) } ?? 0x20,
                start: try field["start"].ifPresent?.int(in: 0...1 << 20) ?? 0,
                stop: try field["stop"].ifPresent?.int(in: 0...1 << 20) ?? 0)
        case "Replace": return .replace(try pattern(field["pattern"]), with: try field["content"].bytes())
        case "CTC":
            return .ctc(
                pad: try field["pad_token"].ifPresent?.bytes() ?? Array("<pad>".utf8),
                delimiter: try field["word_delimiter_token"].ifPresent?.bytes() ?? Array("|".utf8),
                cleanup: try flag(field, "cleanup", default: true))
        default:
            throw unknownType(
                field,
                [
                    "Sequence", "ByteLevel", "ByteFallback", "Metaspace", "WordPiece", "BPEDecoder", "Fuse", "Strip",
                    "Replace", "CTC",
                ])
        }
    }
}

/// Base64 with padding (RFC 4648), as bytes.
enum Base64 {
    private static let values: [UInt8: UInt32] = {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        return Dictionary(uniqueKeysWithValues: letters.enumerated().map { ($1, UInt32($0)) })
    }()

    /// - Returns: nil where `text` is not base64.
    static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
        let data = Array(text)
        guard data.count % 4 == 0 else { return nil }
        let padding = data.reversed().prefix(2).prefix { $0 == UInt8(ascii: "=") }.count
        var result: [UInt8] = []
        result.reserveCapacity(data.count / 4 * 3)
        var word: UInt32 = 0
        var table = [UInt32](repeating: 64, count: 256)
        for (letter, value) in values { table[Int(letter)] = value }
        for (index, letter) in data.enumerated() {
            let value = index >= data.count - padding ? 0 : table[Int(letter)]
            guard value < 64 else { return nil }
            word = word << 6 | value
            if index % 4 == 3 {
                result += [
                    UInt8(truncatingIfNeeded: word >> 16), UInt8(truncatingIfNeeded: word >> 8),
                    UInt8(truncatingIfNeeded: word),
                ]
                word = 0
            }
        }
        result.removeLast(min(padding, result.count))
        return result
    }
}
