internal import SwarmFormats

/// SentencePiece's normalization (Kudo and Richardson 2018): replacements by longest match, runs of spaces collapsed
/// and trimmed, a dummy space in front, spaces written as ▁.
struct SentencePieceNormalizer: Sendable {
    var charsmap: PrecompiledCharsmap? { didSet { notePlain() } }
    var addsDummyPrefix = true
    var removesExtraWhitespaces = true
    var escapesWhitespaces = true
    /// The dummy space stands behind the text (a model option of right-to-left vocabularies).
    var treatsWhitespaceAsSuffix = false
    /// Whether the text goes on another: its leading spaces are kept and no dummy space is put before it.
    var continuesText = false
    /// Pieces that are kept as they are, whatever the charsmap says.
    var userDefined: ByteTrie? { didSet { notePlain() } }
    /// By byte: ASCII other than the space that stays as it is where ASCII or nothing follows. Most text is of it.
    private var isPlain = (0..<256).map { $0 < 0x80 && $0 != 0x20 }
    /// The same of the space itself, which is then written as ▁.
    private var isSpacePlain = true

    private mutating func notePlain() {
        for byte in 0..<0x80 as Range<UInt8> {
            let isKept = !(userDefined?.starts(byte) ?? false) && !(charsmap?.changesASCII(byte) ?? false)
            if byte == 0x20 { isSpacePlain = isKept } else { isPlain[Int(byte)] = isKept }
        }
    }

    func apply(_ text: AlignedText) -> AlignedText {
        let source = text.bytes
        let space: [UInt8] = escapesWhitespaces ? [0xE2, 0x96, 0x81] : [0x20]
        // Spaces grow to ▁.
        let spaces = source.reduce(into: 0) { count, byte in count &+= byte == 0x20 ? 1 : 0 }
        var builder = AlignedText.Builder(text, capacity: source.count + (space.count - 1) * spaces + 16)
        var index = 0

        // The replacement of what stands at `index`; strays become U+FFFD, three bytes as the reference has it.
        func next() -> (length: Int, bytes: ArraySlice<UInt8>, isKept: Bool) {
            if let match = userDefined?.longestMatch(source, at: index, before: source.count) {
                return (match.end - index, source[index..<match.end], true)
            }
            if let match = charsmap?.longest(source, at: index, before: source.count) {
                return (match.length, match.replacement, false)
            }
            let length = UnicodeText.decodeScalar(source, at: index).length
            return (length, source[index..<index + length], true)
        }

        if removesExtraWhitespaces, !continuesText {
            while index < source.count {
                let (length, bytes, _) = next()
                guard bytes.elementsEqual([0x20]) else { break }
                index += length
            }
        }
        guard index < source.count else {
            // Nothing but spaces: the empty text.
            return builder.finish()
        }
        if addsDummyPrefix, !treatsWhitespaceAsSuffix, !continuesText { builder.replace(index..<index, with: space) }

        var isPreviousSpace = removesExtraWhitespaces && !continuesText
        func isPlainHere(_ index: Int) -> Bool {
            isPlain[Int(source[index])] && (index + 1 == source.count || source[index + 1] < 0x80)
        }
        while index < source.count {
            if isPlainHere(index) {
                let start = index
                repeat { index += 1 } while index < source.count && isPlainHere(index)
                builder.keep(start..<index)
                isPreviousSpace = false
                continue
            }
            if source[index] == 0x20, isSpacePlain, index + 1 == source.count || source[index + 1] < 0x80 {
                if !isPreviousSpace { builder.replaceByte(index, with: space) }
                isPreviousSpace = removesExtraWhitespaces
                index += 1
                continue
            }
            let found = next()
            let length = found.length
            var bytes = found.bytes
            let range = index..<index + length
            while isPreviousSpace, bytes.first == 0x20 { bytes = bytes.dropFirst() }
            if !bytes.isEmpty {
                if bytes.count == length, found.isKept || source[range].elementsEqual(bytes),
                    !(escapesWhitespaces && bytes.contains(0x20))
                {
                    builder.keep(range)
                } else if bytes.contains(0x20), escapesWhitespaces {
                    for byte in bytes {
                        if byte == 0x20 {
                            builder.replace(range, with: space)
                        } else {
                            builder.replace(range, with: [byte])
                        }
                    }
                } else {
                    builder.replace(range, with: bytes)
                }
                isPreviousSpace = bytes.last == 0x20
            }
            index += length
            if !removesExtraWhitespaces { isPreviousSpace = false }
        }

        if removesExtraWhitespaces {
            while builder.bytes.count >= space.count, builder.bytes.suffix(space.count).elementsEqual(space) {
                builder.bytes.removeLast(space.count)
                builder.ends.removeLast(space.count)
            }
        }
        if addsDummyPrefix, treatsWhitespaceAsSuffix {
            builder.replace(source.count - 1..<source.count, with: space)
        }
        return builder.finish()
    }
}
