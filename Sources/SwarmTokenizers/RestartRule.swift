/// Where a text may be encoded anew without its beginning: between an ASCII letter and a space that an ASCII letter
/// follows, in tokenizers that always cut there, whatever stands around.
///
/// Only tokenizers whose normalizer, pre-tokenizer and vocabulary are known to cut there have one; the others encode the
/// whole text.
struct RestartRule: Sendable {
    /// Shorter texts are encoded whole.
    private static let shortest = 32

    /// - Parameter encode: encodes a text from its start.
    /// - Returns: nil where no place was found.
    func encode(
        _ text: [UInt8], extending previous: Encoding, of prefixLength: Int, _ encode: ([UInt8]) -> Encoding
    ) -> Encoding? {
        guard prefixLength <= text.count, previous.ids.count == previous.ends.count,
            previous.ends.last == prefixLength, prefixLength > Self.shortest
        else { return nil }
        // Two places: the new encoding starts at the first, as if a text began there; from the second on it is as if none
        // did, and is taken. That the text is cut at both does not depend on what follows.
        var second: (token: Int, offset: Int)?
        var token = previous.ends.count - 1
        while token >= 0 {
            let offset = previous.ends[token]
            if offset + 1 < prefixLength, isBoundary(text, offset) {
                if let second, offset < second.offset {
                    let tail = encode(Array(text[offset...]))
                    guard let cut = tail.ends.firstIndex(of: second.offset - offset) else { return nil }
                    var result = Encoding(
                        ids: Array(previous.ids[...second.token]), ends: Array(previous.ends[...second.token]))
                    // A later token may end at the same place; it belongs to the new part.
                    result.ids += tail.ids[(cut + 1)...]
                    result.ends += tail.ends[(cut + 1)...].map { $0 + offset }
                    return result
                }
                if second == nil { second = (token, offset) }
            }
            token -= 1
        }
        return nil
    }

    /// The last place before `offset`.
    func place(in text: [UInt8], before offset: Int) -> Int? {
        var place = min(offset, text.count) - 1
        while place > 0 {
            if isBoundary(text, place) { return place }
            place -= 1
        }
        return nil
    }

    private func isBoundary(_ text: [UInt8], _ offset: Int) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
        return offset > 0 && offset + 1 < text.count && text[offset] == 0x20
            && isLetter(text[offset - 1]) && isLetter(text[offset + 1])
    }

    /// Whether some token's text could span such a place.
    static func spans(_ bytes: [UInt8]) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
        guard bytes.count >= 2 else { return false }
        for index in 1..<bytes.count where bytes[index] == 0x20 && isLetter(bytes[index - 1]) { return true }
        return false
    }
}
