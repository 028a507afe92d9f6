import SwarmTokenizers
import Testing

/// What the library tokenizers 0.22.2 finds with `Split(Regex(pattern), "removed", invert=True)`.
@Suite struct PatternTranslationTests {
    @Test(arguments: [
        ("[\\p{L}&&[^a-m]]+", "abcxyz Éa", ["xyz", "É"]),
        ("[a-c[x-z]]+", "abcxyzd]", ["abcxyz"]),
        (" ?[^(\\s|[.,!?])]+", "a.b (c) d", ["a", "b", "c", " d"]),
        ("\\w+", "a² ¼é", ["a²", "¼é"]),
        ("[^a-d&&b-e]+", "abcdef", ["a", "ef"]),
        ("[^&&a]+", "ab&c", ["ab&c"]),
        ("[\\w&&[^\\d_]]+", "a_1é²", ["a", "é"]),
        ("\\h+", "12 fg", ["12", "f"]),
        ("\\bb\\w*", "ab b\u{200D}c bc", ["b", "bc"]),
        ("[]a]+", "b]a[", ["]a"]),
        ("[[:digit:]x]+", "12x y", ["12x"]),
    ])
    func findsWhatOnigurumaDoes(_ pattern: String, _ text: String, _ found: [String]) throws {
        let expression = try #require(RegularExpression.compile(pattern).0)
        let bytes = Array(text.utf8)
        let matches = try #require(expression.found(in: bytes)).map { String(decoding: bytes[$0.match], as: UTF8.self) }
        #expect(matches == found)
    }

    @Test(arguments: ["[a", "[a&&", "[a[b]", String(repeating: "[", count: 60_000), "[a&&[b"])
    func refusesOpenClasses(_ pattern: String) {
        #expect(RegularExpression.compile(pattern).0 == nil)
    }
}
