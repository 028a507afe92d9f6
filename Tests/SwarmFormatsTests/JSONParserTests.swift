import SwarmFormats
import Testing

private func parse(_ text: String, limits: JSONLimits = JSONLimits()) throws(JSONError) -> JSON {
    try JSON(parsing: Array(text.utf8), file: "test.json", limits: limits)
}

@Suite struct JSONParserTests {
    @Test func readsEveryKindOfValue() throws {
        let value = try parse(#" {"a": [1, -2, 2.5, 1e3, true, false, null], "b": {"c": "x\n\"\u0041"}} "#)
        #expect(value["a"]?[0]?.int == 1)
        #expect(value["a"]?[1]?.int == -2)
        #expect(value["a"]?[2]?.double == 2.5)
        #expect(value["a"]?[3]?.int == 1000)
        #expect(value["a"]?[4]?.bool == true)
        #expect(value["a"]?[5]?.bool == false)
        #expect(value["a"]?[6]?.isNull == true)
        #expect(value["b"]?["c"]?.string == "x\n\"A")
        #expect(value["missing"] == nil)
    }

    @Test func keepsWholeRangeOfIntegers() throws {
        #expect(try parse("9223372036854775807").int == Int.max)
        #expect(try parse("-9223372036854775808").int == Int.min)
        #expect(try parse("9223372036854775808").double == 9223372036854775808)
    }

    @Test func joinsSurrogatePairs() throws {
        #expect(try parse(#""\ud83d\ude00""#).bytes == [0xF0, 0x9F, 0x98, 0x80])
    }

    @Test func keepsCanonicallyEqualKeysApart() throws {
        let value = try parse("{\"\u{E9}\": 1, \"e\u{301}\": 2}")
        #expect(value.object?.members.count == 2)
    }

    @Test(arguments: [
        "", " ", "[1,]", "[1 2]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "01", "-", "1.", ".5", "1e", "+1", "tru", "nulll",
        "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud83d\"", "\"\\ude00\"", "\"\\ud83d\\u0041\"", "\"a\tb\"", "[", "{", "]",
        "1 1", "1e999", "NaN", "Infinity", "{\"a\":1,\"a\":2}", "'a'", "[1]x", "\u{FEFF}1",
    ])
    func refuses(_ text: String) {
        #expect(throws: JSONError.self) { try parse(text) }
    }

    @Test func refusesBadUTF8() {
        for bad: [UInt8] in [[0x80], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] {
            #expect(throws: JSONError.self) { try JSON(parsing: [0x22] + bad + [0x22], file: "test.json") }
        }
    }

    @Test func namesLineAndOffset() {
        #expect(
            throws: JSONError(
                file: "test.json", line: 2, offset: 9, problem: "found the key \"a\" twice, expected unique keys")
        ) { try parse("{\"a\": 1,\n\"a\": 2}") }
    }

    @Test func capsDepthValuesAndBytes() {
        var limits = JSONLimits()
        limits.depth = 5
        limits.values = 20
        limits.bytes = 100
        #expect(throws: Never.self) { try parse("[[[[[]]]]]", limits: limits) }
        #expect(throws: JSONError.self) { try parse("[[[[[[[]]]]]]]", limits: limits) }
        #expect(throws: JSONError.self) { try parse("[" + String(repeating: "1,", count: 30) + "1]", limits: limits) }
        #expect(throws: JSONError.self) { try parse(String(repeating: " ", count: 100) + "1", limits: limits) }
        #expect(throws: JSONError.self) { try parse(String(repeating: "[", count: 1_000_000)) }
    }

    @Test func readsPythonsNonFiniteNumbersOnRequest() throws {
        let value = try parse(#"{"limit": [0.0, Infinity, -Infinity, NaN]}"#, limits: .configuration)
        #expect(value["limit"]?[1]?.double == .infinity)
        #expect(value["limit"]?[2]?.double == -.infinity)
        #expect(value["limit"]?[3]?.double?.isNaN == true)
    }

    @Test func parsesAMillionKeysQuickly() throws {
        var text = Array("{".utf8)
        for index in 0..<1_000_000 {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text += Array("\"key\(index)\":\(index)".utf8)
        }
        text.append(UInt8(ascii: "}"))
        let clock = ContinuousClock()
        var value = JSON.null
        let duration = try clock.measure { value = try JSON(parsing: text, file: "test.json") }
        #expect(value.object?.members.count == 1_000_000)
        // Far above the fraction of a second it takes, far below what quadratic work would.
        #expect(duration < .seconds(20))
        print("a million keys parsed in \(duration)")
    }

    @Test func readsLines() throws {
        let lines = try JSON.lines(Array("{\"a\":1}\n\n{\"a\":2}\r\n".utf8), file: "test.jsonl")
        #expect(lines.map(\.line) == [1, 3])
        #expect(lines.map { $0.value["a"]?.int } == [1, 2])
        #expect(
            throws: JSONError(file: "t", line: 2, offset: 5, problem: "found the end of the text, expected a value")
        ) {
            try JSON.lines(Array("[1]\n[".utf8), file: "t")
        }
    }
}
