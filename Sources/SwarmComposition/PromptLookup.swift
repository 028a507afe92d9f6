/// Guesses how a text goes on: as it went on after the last place that read alike (prompt look-up decoding, Saxena 2023).
///
/// For a text that only grows.
package struct PromptLookup {
    package init() {}

    /// Bytes that must read alike.
    private static let matched = 6

    /// By the last bytes of a beginning of the text: where the newest such beginning ends.
    private var places: [UInt64: Int] = [:]
    /// Bytes of the text that are in `places`, and the last of them.
    private var indexed = 0
    private var window: UInt64 = 0

    /// What came after the last place where the text read as it ends now: at most `count` bytes, none where it never did.
    package mutating func draft(after text: [UInt8], atMost count: Int) -> [UInt8] {
        guard text.count > Self.matched else { return [] }
        // The end itself is not a place that anything came after.
        while indexed < text.count - 1 { add(text[indexed]) }
        let end = Self.pushed(text[text.count - 1], to: window)
        guard let place = places[end] else { return [] }
        return Array(text[place..<min(text.count, place + max(0, count))])
    }

    private mutating func add(_ byte: UInt8) {
        window = Self.pushed(byte, to: window)
        indexed += 1
        if indexed >= Self.matched { places[window] = indexed }
    }

    private static func pushed(_ byte: UInt8, to window: UInt64) -> UInt64 {
        (window << 8 | UInt64(byte)) & (1 << (8 * UInt64(matched)) - 1)
    }
}
