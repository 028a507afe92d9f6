internal import SwarmFormats

/// One step that rewrites text before it is cut, as tokenizer.json names them.
indirect enum Normalizer: Sendable {
    case sequence([Normalizer])
    case form(NormalizationForm)
    case lowercase
    case strip(left: Bool, right: Bool)
    case stripAccents
    case replace(TextPattern, with: [UInt8])
    case prepend([UInt8])
    case append([UInt8])
    case nmt
    case bert(BertNormalizer)
    case precompiled(PrecompiledCharsmap)
    /// Every byte becomes its byte-level letter.
    case byteLevel
    /// SentencePiece's own normalization: charsmap, spaces trimmed and escaped.
    case sentencePiece(SentencePieceNormalizer)

    func apply(_ text: AlignedText) -> AlignedText {
        switch self {
        case .sequence(let steps):
            return steps.reduce(text) { $1.apply($0) }
        case .form(let form):
            return normalized(text, form)
        case .lowercase:
            return lowercased(text)
        case .strip(let left, let right):
            return stripped(text, left: left, right: right)
        case .stripAccents:
            return mapped(text) { scalar in
                UnicodeText.category(scalar).isMark && !ReferenceUnicode.keptMarks.contains(scalar) ? [] : nil
            }
        case .replace(let pattern, let replacement):
            return replaced(text, pattern, with: replacement)
        case .prepend(let prefix):
            guard !text.bytes.isEmpty else { return text }
            var builder = AlignedText.Builder(text)
            builder.replace(0..<0, with: prefix)
            builder.keep(text.bytes.indices)
            return builder.finish()
        case .append(let suffix):
            guard !text.bytes.isEmpty else { return text }
            var builder = AlignedText.Builder(text)
            builder.keep(text.bytes.indices)
            builder.replace(text.bytes.count - 1..<text.bytes.count, with: suffix)
            return builder.finish()
        case .nmt:
            return nmtNormalized(text)
        case .bert(let bert):
            return bert.apply(text)
        case .precompiled(let charsmap):
            return charsmap.applyToGraphemes(text)
        case .byteLevel:
            var builder = AlignedText.Builder(text)
            for index in text.bytes.indices {
                builder.replace(index..<index + 1, withScalar: ByteLevelAlphabet.scalars[Int(text.bytes[index])])
            }
            return builder.finish()
        case .sentencePiece(let normalizer):
            return normalizer.apply(text)
        }
    }
}

/// What a normalizer or pre-tokenizer looks for.
enum TextPattern: Sendable {
    case string([UInt8])
    case regex(RegularExpression)

    /// The matches in `pieces` of `text`, in order.
    func forEachMatch(in text: [UInt8], pieces: [Range<Int>], _ body: (Int, Range<Int>) -> Void) {
        switch self {
        case .regex(let expression):
            expression.forEachMatch(in: text, pieces: pieces, body)
        case .string(let string):
            guard let first = string.first else { return }
            for (piece, range) in pieces.enumerated() {
                var index = range.lowerBound
                while index + string.count <= range.upperBound {
                    if text[index] == first, text[index..<index + string.count].elementsEqual(string) {
                        body(piece, index..<index + string.count)
                        index += string.count
                    } else {
                        index += 1
                    }
                }
            }
        }
    }
}

/// Rewrites scalars one by one; `body` returns nil to keep one.
func mapped(_ text: AlignedText, _ body: (UInt32) -> [UInt32]?) -> AlignedText {
    var builder = AlignedText.Builder(text)
    var changed = false
    text.forEachScalar { scalar, range in
        guard let scalar, let replacement = body(scalar) else {
            builder.keep(range)
            return
        }
        changed = true
        for scalar in replacement { builder.replace(range, withScalar: scalar) }
    }
    return changed ? builder.finish() : text
}

/// Full lower case, scalar by scalar, with the final sigma left as the reference's scalar mapping has it.
func lowercased(_ text: AlignedText) -> AlignedText {
    mapped(text) { scalar in
        if scalar < 0x80 { return (0x41...0x5A).contains(scalar) ? [scalar + 32] : nil }
        let lower = UnicodeText.lowercase(scalar)
        return lower == [scalar] ? nil : lower
    }
}

/// The normal form of every part of the text that is not plain ASCII, chunk by chunk.
func normalized(_ text: AlignedText, _ form: NormalizationForm) -> AlignedText {
    let compatible = form == .nfkc || form == .nfkd
    guard text.bytes.contains(where: { $0 >= 0x80 }) else { return text }
    var builder = AlignedText.Builder(text)
    var chunkStart = 0
    var isPlain = true
    var isBroken = false
    func flush(_ end: Int) {
        guard chunkStart < end else { return }
        let range = chunkStart..<end
        if isPlain || isBroken {
            builder.keep(range)
        } else {
            let result = UnicodeText.normalize(text.bytes[range], form)
            if result.elementsEqual(text.bytes[range]) {
                builder.keep(range)
            } else {
                builder.replace(range, with: result)
            }
        }
    }
    text.forEachScalar { scalar, range in
        if let scalar, !isBroken, !UnicodeText.startsChunk(scalar, compatible: compatible) {
            isPlain = false
            return
        }
        flush(range.lowerBound)
        chunkStart = range.lowerBound
        isBroken = scalar == nil
        isPlain = scalar.map { $0 < 0x80 } ?? true
    }
    flush(text.bytes.count)
    return builder.finish()
}

func stripped(_ text: AlignedText, left: Bool, right: Bool) -> AlignedText {
    var start = 0
    var end = text.bytes.count
    if left {
        while start < end {
            let (scalar, length) = UnicodeText.decodeScalar(text.bytes, at: start)
            guard let scalar, UnicodeText.isWhitespace(scalar) else { break }
            start += length
        }
    }
    if right {
        while end > start {
            let (scalar, before) = UnicodeText.decodeScalar(text.bytes, endingAt: end)
            guard let scalar, UnicodeText.isWhitespace(scalar) else { break }
            end = before
        }
    }
    guard start > 0 || end < text.bytes.count else { return text }
    var builder = AlignedText.Builder(text)
    builder.keep(start..<end)
    return builder.finish()
}

func replaced(_ text: AlignedText, _ pattern: TextPattern, with replacement: [UInt8]) -> AlignedText {
    var builder = AlignedText.Builder(text)
    var position = 0
    var hasMatched = false
    pattern.forEachMatch(in: text.bytes, pieces: [text.bytes.indices]) { _, match in
        hasMatched = true
        builder.keep(position..<match.lowerBound)
        builder.replace(match, with: replacement)
        position = match.upperBound
    }
    guard hasMatched else { return text }
    builder.keep(position..<text.bytes.count)
    return builder.finish()
}

private func nmtNormalized(_ text: AlignedText) -> AlignedText {
    mapped(text) { scalar in
        switch scalar {
        case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: []
        case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD: [0x20]
        default: nil
        }
    }
}

/// BERT's basic cleaning (Devlin et al. 2019).
struct BertNormalizer: Sendable {
    var cleanText = true
    var handlesChineseCharacters = true
    var stripsAccents = true
    var lowercases = true

    func apply(_ text: AlignedText) -> AlignedText {
        var text = text
        if cleanText {
            text = mapped(text) { scalar in
                switch scalar {
                case 0, 0xFFFD: return []
                case 0x09, 0x0A, 0x0D: return [0x20]
                default:
                    if UnicodeText.category(scalar).isOther, !ReferenceUnicode.shownByBERT.contains(scalar) {
                        return []
                    }
                    return UnicodeText.isWhitespace(scalar) && scalar != 0x20 ? [0x20] : nil
                }
            }
        }
        if handlesChineseCharacters {
            text = mapped(text) { Self.isChinese($0) ? [0x20, $0, 0x20] : nil }
        }
        if stripsAccents {
            text = mapped(normalized(text, .nfd)) {
                UnicodeText.category($0).isNonspacingMark && !ReferenceUnicode.keptByBERT.contains($0) ? [] : nil
            }
        }
        return lowercases ? lowercased(text) : text
    }

    private static func isChinese(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F,
            0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
            true
        default: false
        }
    }
}
