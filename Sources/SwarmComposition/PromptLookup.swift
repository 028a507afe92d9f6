/// Guesses how a text goes on: as it went on after the last place that read alike (prompt look-up decoding, Saxena 2023).
///
/// The longer a text reads alike, the farther it goes on alike: a guess is half as long as what is alike before it. For a
/// text that only grows.
package struct PromptLookup {
    package init() {}

    /// Bytes that must read alike, those of a `UInt64`.
    private static let matched = 8
    /// Bytes that are looked at, at most.
    private static let longest = 128

    /// By the last bytes of a beginning of the text: where the newest such beginning ends.
    private var places: [UInt64: Int] = [:]
    /// Bytes of the text that are in `places`, and the last of them.
    private var indexed = 0
    private var window: UInt64 = 0

    /// What came after the last place where the text read as it ends now: at most `count` bytes and half as many as read
    /// alike, none where it never did.
    package mutating func draft(after text: [UInt8], atMost count: Int) -> [UInt8] {
        guard text.count > Self.matched else { return [] }
        // The end itself is not a place that anything came after.
        while indexed < text.count - 1 { add(text[indexed]) }
        guard let place = places[Self.pushed(text[text.count - 1], to: window)] else { return [] }
        let alike = zip(text[..<place].reversed().prefix(Self.longest), text.reversed()).prefix { $0 == $1 }
        return Array(text[place..<min(text.count, place + max(0, min(count, alike.count / 2)))])
    }

    private mutating func add(_ byte: UInt8) {
        window = Self.pushed(byte, to: window)
        indexed += 1
        if indexed >= Self.matched { places[window] = indexed }
    }

    private static func pushed(_ byte: UInt8, to window: UInt64) -> UInt64 { window << 8 | UInt64(byte) }
}
