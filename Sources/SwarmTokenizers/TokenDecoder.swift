/// One step from token pieces back to text, as tokenizer.json names them.
indirect enum TokenDecoder: Sendable {
    case sequence([TokenDecoder])
    case byteLevel
    case byteFallback
    case metaspace(replacement: [UInt8], dropsFirst: Bool)
    case wordPiece(prefix: [UInt8], cleanup: Bool)
    case bpe(suffix: [UInt8])
    case fuse
    case strip(content: UInt32, start: Int, stop: Int)
    case replace(TextPattern, with: [UInt8])
    /// Takes the dummy prefix off the first piece; `all`: off every piece until one leaves text, as SentencePiece does
    /// where it removes extra white space.
    case dropPrefix([UInt8], all: Bool)
    case ctc(pad: [UInt8], delimiter: [UInt8], cleanup: Bool)

    /// The pieces rewritten; joined they are the text.
    func apply(_ pieces: [[UInt8]]) -> [[UInt8]] {
        switch self {
        case .sequence(let steps):
            return steps.reduce(pieces) { $1.apply($0) }
        case .byteLevel:
            return [pieces.flatMap { ByteLevelAlphabet.decode($0) ?? $0 }]
        case .byteFallback:
            return pieces.map { piece in Vocabulary.fallbackByte(piece).map { [$0] } ?? piece }
        case .metaspace(let replacement, let dropsFirst):
            return pieces.enumerated().map { index, piece in
                replacing(replacement, with: index == 0 && dropsFirst ? [] : [0x20], in: piece)
            }
        case .wordPiece(let prefix, let cleanup):
            return pieces.enumerated().map { index, piece in
                var piece = piece
                if index > 0 {
                    piece = piece.starts(with: prefix) ? Array(piece.dropFirst(prefix.count)) : [0x20] + piece
                }
                return cleanup ? cleanedUp(piece) : piece
            }
        case .bpe(let suffix):
            return pieces.enumerated().map { index, piece in
                replacing(suffix, with: index == pieces.count - 1 ? [] : [0x20], in: piece)
            }
        case .fuse:
            return [pieces.flatMap { $0 }]
        case .strip(let content, let start, let stop):
            var encoded: [UInt8] = []
            UnicodeText.append(content, to: &encoded)
            return pieces.map { piece in
                var slice = piece[...]
                var count = 0
                while count < start, slice.starts(with: encoded), !encoded.isEmpty {
                    slice = slice.dropFirst(encoded.count)
                    count += 1
                }
                count = 0
                while count < stop, slice.suffix(encoded.count).elementsEqual(encoded), !encoded.isEmpty {
                    slice = slice.dropLast(encoded.count)
                    count += 1
                }
                return Array(slice)
            }
        case .replace(let pattern, let replacement):
            return pieces.map { piece in
                var result: [UInt8] = []
                var position = 0
                pattern.forEachMatch(in: piece, pieces: [piece.indices]) { _, match in
                    result += piece[position..<match.lowerBound]
                    result += replacement
                    position = match.upperBound
                }
                return result + piece[position...]
            }
        case .dropPrefix(let prefix, let all):
            var result = pieces
            for (index, piece) in pieces.enumerated() {
                let isMarked = piece.starts(with: prefix)
                if isMarked { result[index] = Array(piece.dropFirst(prefix.count)) }
                if !result[index].isEmpty || (isMarked && !all) { break }
            }
            return result
        case .ctc(let pad, let delimiter, let cleanup):
            var result: [[UInt8]] = []
            var previous: [UInt8]?
            for piece in pieces where piece != previous {
                previous = piece
                var text = replacing(pad, with: [], in: piece)
                if cleanup { text = replacing(delimiter, with: [0x20], in: cleanedUp(text)) }
                if !text.isEmpty { result.append(text) }
            }
            return result
        }
    }
}

/// `text` with every `pattern` replaced, from the left.
func replacing(_ pattern: [UInt8], with replacement: [UInt8], in text: [UInt8]) -> [UInt8] {
    guard !pattern.isEmpty, text.count >= pattern.count else { return text }
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var index = 0
    while index < text.count {
        if text[index] == pattern[0], text[index...].starts(with: pattern) {
            result += replacement
            index += pattern.count
        } else {
            result.append(text[index])
            index += 1
        }
    }
    return result
}

private func cleanedUp(_ piece: [UInt8]) -> [UInt8] {
    let rules = [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ]
    return rules.reduce(piece) { replacing(Array($1.0.utf8), with: Array($1.1.utf8), in: $0) }
}
