import SwarmComposition
import Testing

@Suite struct PromptLookupTests {
    private func draft(_ text: String, atMost count: Int = 8) -> String {
        var lookup = PromptLookup()
        return String(decoding: lookup.draft(after: Array(text.utf8), atMost: count), as: UTF8.self)
    }

    @Test func whatCameLastAfterTheSameBytes() {
        #expect(draft("once upon a time; once upon a") == " time")
        #expect(draft("once upon a time; once upon a", atMost: 3) == " ti")
        // The newest of several places.
        #expect(draft("abcdefgh1 abcdefgh2 abcdefgh", atMost: 1) == "2")
        // Never more than there is.
        #expect(draft("abcdefgh!abcdefgh!abcdefgh", atMost: 20) == "!abcdefg")
    }

    /// What reads alike for longer goes on alike for longer.
    @Test func halfAsFarAsTheTextReadsAlike() {
        let text = "the quick brown fox jumps over the lazy dog"
        for (count, expected) in [(8, 4), (9, 4), (13, 6), (20, 10), (23, 10)] {
            let start = text.utf8.count - 10 - count
            let again = String(decoding: Array(text.utf8)[start..<start + count], as: UTF8.self)
            #expect(draft(text + " #" + again, atMost: 10).utf8.count == expected, "\(count)")
        }
    }

    @Test func noneWhereNothingReadsAlike() {
        #expect(draft("") == "" && draft("abcdefgh") == "" && draft("abcdefghi") == "")
        #expect(draft("Abcdefgh bcdefgh x") == "" && draft("abcdefg abcdefg") == "")
    }

    /// Growing a text step by step finds what a fresh look at it does.
    @Test func aGrowingTextIsReadOnce() {
        var state: UInt64 = 3
        var text: [UInt8] = []
        var lookup = PromptLookup()
        for _ in 0..<2000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            text.append(UInt8(97 + (state >> 60) % 3))
            var fresh = PromptLookup()
            #expect(lookup.draft(after: text, atMost: 5) == fresh.draft(after: text, atMost: 5))
        }
    }
}
