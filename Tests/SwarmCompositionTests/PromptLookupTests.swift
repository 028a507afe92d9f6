import SwarmComposition
import Testing

@Suite struct PromptLookupTests {
    private func draft(_ text: String, atMost count: Int = 8) -> String {
        var lookup = PromptLookup()
        return String(decoding: lookup.draft(after: Array(text.utf8), atMost: count), as: UTF8.self)
    }

    @Test func whatCameLastAfterTheSameBytes() {
        #expect(draft("once upon a time; once upon") == " a time;")
        #expect(draft("once upon a time; once upon", atMost: 3) == " a ")
        // The newest of several places.
        #expect(draft("abcdef1 abcdef2 abcdef", atMost: 1) == "2")
        // Never more than there is.
        #expect(draft("abcdefabcdef") == "abcdef")
    }

    @Test func noneWhereNothingReadsAlike() {
        #expect(draft("") == "" && draft("abcdef") == "" && draft("abcdefg") == "")
        #expect(draft("Abcdef bcdef x") == "")
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
