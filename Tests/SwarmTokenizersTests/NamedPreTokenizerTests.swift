import Foundation
import SwarmFormats
import SwarmTokenizers
import Testing

@Suite struct NamedPreTokenizerTests {
    private static let key = Array("tokenizer.ggml.pre".utf8)

    /// The fixture's file with another name under `tokenizer.ggml.pre`; it has no tensors, so that nothing else moves.
    private static func file(_ bytes: [UInt8], pre name: String) throws -> String {
        let start = try #require(bytes.indices.first { bytes[$0...].starts(with: key) }) + key.count
        // The value's type, its length in eight bytes, its text.
        let length = Int(bytes[start + 4])
        let count = (0..<8).map { UInt8(truncatingIfNeeded: name.utf8.count >> (8 * $0)) }
        var other = bytes
        other.replaceSubrange(start + 4..<start + 12 + length, with: count + Array(name.utf8))
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).gguf").path
        try Data(other).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func cutsAsLlamaCppDoesUnderEveryName() throws {
        let bytes = try Files.bytes("\(Files.fixtures)/named-pre.gguf")
        let path = "\(Files.fixtures)/named-pre.cases.json"
        var names = 0
        for group in try JSONField(try Files.json(path), file: path).array() {
            let cases = try group["cases"].array().map(Case.init)
            for name in try group["names"].array().map({ try $0.string() }) {
                let file = try Self.file(bytes, pre: name)
                defer { try? FileManager.default.removeItem(atPath: file) }
                let tokenizer = try Tokenizer(path: file)
                for item in cases {
                    #expect(
                        tokenizer.encode(item.text).numbers == item.ids,
                        "\(name): \(String(decoding: item.text, as: UTF8.self).debugDescription)")
                }
                names += 1
            }
        }
        #expect(names > 80)
    }

    @Test func cutsDigitsInThreesFromTheRight() throws {
        let bytes = try Files.bytes("\(Files.fixtures)/named-pre.gguf")
        for name in ["superbpe", "afmoe", "tiny_aya"] {
            let file = try Self.file(bytes, pre: name)
            defer { try? FileManager.default.removeItem(atPath: file) }
            let tokenizer = try Tokenizer(path: file)
            func pieces(_ text: String) -> [Int] {
                tokenizer.encode(Array(text.utf8)).ends
            }
            // No token crosses the places where the number is cut.
            #expect(pieces("1234567").contains(1) && pieces("1234567").contains(4), "\(name)")
            #expect(pieces("12345678").contains(2) && pieces("12345678").contains(5), "\(name)")
            // Linear in the number's length.
            let long = Array(repeating: UInt8(ascii: "7"), count: 1_000_000)
            var encoding = Encoding()
            let duration = ContinuousClock().measure { encoding = tokenizer.encode(long) }
            #expect(encoding.ends.last == long.count)
            #expect(duration < .seconds(30))
        }
    }

    @Test func namesAnUnknownName() throws {
        let file = try Self.file(try Files.bytes("\(Files.fixtures)/named-pre.gguf"), pre: "gpt-17")
        defer { try? FileManager.default.removeItem(atPath: file) }
        #expect {
            try Tokenizer(path: file)
        } throws: { error in
            (error as? TokenizerError)?.field == "tokenizer.ggml.pre"
        }
    }
}
