internal import SwarmFormats

/// SentencePiece's table of replacements: a double-array trie (Yata et al., Darts-clone) over UTF-8 and a blob of
/// zero-terminated replacement strings.
struct PrecompiledCharsmap: Sendable {
    private let units: [UInt32]
    private let replacements: [UInt8]

    /// - Returns: nil where the blob is not a table.
    init?(_ blob: [UInt8]) {
        func word(_ offset: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(blob[offset + $1]) << UInt32(8 * $1) }
        }
        guard blob.count >= 4 else { return nil }
        let size = Int(word(0))
        guard size % 4 == 0, size <= blob.count - 4, size >= 4 else { return nil }
        units = (0..<size / 4).map { word(4 + 4 * $0) }
        replacements = Array(blob[(4 + size)...])
    }

    /// Calls `body` with length and value of the prefixes of `text[index..<end]` that have a replacement, shortest first,
    /// until it returns false.
    @inline(__always)
    private func forEachPrefix(_ text: [UInt8], _ index: Int, _ end: Int, _ body: (Int, Int) -> Bool) {
        func offset(_ unit: UInt32) -> Int { Int((unit >> 10) << ((unit & (1 << 9)) >> 6)) }
        var node = offset(units[0])
        var position = index
        while position < end {
            let byte = text[position]
            // A zero byte would follow the edges that mark leaves.
            guard byte != 0 else { break }
            node ^= Int(byte)
            guard node < units.count else { break }
            let unit = units[node]
            guard unit & (1 << 31 | 0xFF) == UInt32(byte) else { break }
            node ^= offset(unit)
            position += 1
            if unit >> 8 & 1 == 1, node < units.count {
                guard body(position - index, Int(units[node] & 0x7FFF_FFFF)) else { return }
            }
        }
    }

    /// Whether ASCII `byte` has a replacement, alone or with ASCII after it.
    func changesASCII(_ byte: UInt8) -> Bool {
        if longest([byte], at: 0, before: 1) != nil { return true }
        // Longer ones begin with two bytes that the trie knows.
        return (1..<0x80 as Range<UInt8>).contains { follows([byte, $0]) }
    }

    /// Whether the trie goes on after `bytes`, or ends there.
    private func follows(_ bytes: [UInt8]) -> Bool {
        func offset(_ unit: UInt32) -> Int { Int((unit >> 10) << ((unit & (1 << 9)) >> 6)) }
        var node = offset(units[0])
        for byte in bytes {
            node ^= Int(byte)
            guard byte != 0, node < units.count, units[node] & (1 << 31 | 0xFF) == UInt32(byte) else { return false }
            node ^= offset(units[node])
        }
        return true
    }

    private func replacement(_ value: Int) -> ArraySlice<UInt8> {
        guard value < replacements.count else { return [] }
        let end = replacements[value...].firstIndex(of: 0) ?? replacements.count
        return replacements[value..<end]
    }

    /// The longest prefix of `text[index..<end]` with a replacement, as SentencePiece looks it up.
    @inline(__always)
    func longest(_ text: [UInt8], at index: Int, before end: Int) -> (length: Int, replacement: ArraySlice<UInt8>)? {
        var found: (length: Int, value: Int)?
        forEachPrefix(text, index, end) { length, value in
            found = (length, value)
            return true
        }
        return found.map { ($0.length, replacement($0.value)) }
    }

    /// As the library tokenizers applies it: whole grapheme clusters under six bytes first, then scalars, each by its
    /// shortest entry.
    func applyToGraphemes(_ text: AlignedText) -> AlignedText {
        var builder = AlignedText.Builder(text)
        var changed = false
        func replace(_ range: Range<Int>) -> Bool {
            var first: Int?
            forEachPrefix(text.bytes, range.lowerBound, range.upperBound) { _, value in
                first = value
                return false
            }
            guard let first else { return false }
            builder.replace(range, with: replacement(first))
            changed = true
            return true
        }
        for grapheme in UnicodeText.graphemes(text.bytes) {
            if grapheme.count < 6, replace(grapheme) { continue }
            var index = grapheme.lowerBound
            while index < grapheme.upperBound {
                let (_, length) = UnicodeText.decodeScalar(text.bytes, at: index)
                if !replace(index..<index + length) { builder.keep(index..<index + length) }
                index += length
            }
        }
        return changed ? builder.finish() : text
    }
}
