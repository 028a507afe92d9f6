import SwarmFormats
import SwarmTokenizers
import Testing

@Suite struct UnicodeTextTests {
    /// A tokenizer of bytes behind one normalizer: what comes out is the normal form.
    private static func normalizer(_ form: String) throws -> Tokenizer {
        let vocabulary = (0..<256).map { byte in
            let scalar = Self.letters[byte]
            return
                #""\u\#(String(repeating: "0", count: 4 - String(scalar, radix: 16).count))\#(String(scalar, radix: 16))":\#(byte)"#
        }.joined(separator: ",")
        let text =
            #"{"normalizer":{"type":"\#(form)"},"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":false},"#
            + #""decoder":{"type":"ByteLevel"},"model":{"type":"BPE","vocab":{\#(vocabulary)},"merges":[]}}"#
        return try Tokenizer(tokenizerJSON: Array(text.utf8), path: "\(form).json")
    }

    /// GPT-2's letters for bytes, worked out anew.
    private static let letters: [Int] = {
        var next = 0x100
        return (0..<256).map { byte in
            if (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE { return byte }
            defer { next += 1 }
            return next
        }
    }()

    @Test(.enabled(if: Files.has("unicode/NormalizationTest.txt")))
    func passesUnicodesConformanceTest() throws {
        let forms = try ["NFC", "NFD", "NFKC", "NFKD"].map { try Self.normalizer($0) }
        func normalize(_ form: Int, _ text: [UInt8]) -> [UInt8] {
            forms[form].decode(forms[form].encode(text, addSpecial: false).ids)
        }
        let lines = String(decoding: try Files.bytes("\(Files.shared)/unicode/NormalizationTest.txt"), as: UTF8.self)
        var checked = 0
        for line in lines.split(separator: "\n") where !line.hasPrefix("#") && !line.hasPrefix("@") {
            let columns = line.split(separator: ";").prefix(5).map { column -> [UInt8] in
                Array(
                    String(
                        String.UnicodeScalarView(
                            column.split(separator: " ").compactMap {
                                UInt32($0, radix: 16).flatMap(Unicode.Scalar.init)
                            })
                    ).utf8)
            }
            guard columns.count == 5 else { continue }
            checked += 1
            // The invariants in the file's header, by column.
            let expected = [[1, 1, 1, 3, 3], [2, 2, 2, 4, 4], [3, 3, 3, 3, 3], [4, 4, 4, 4, 4]]
            for form in 0..<4 {
                for (index, column) in columns.enumerated() {
                    let result = normalize(form, column)
                    #expect(result == columns[expected[form][index]], "\(form) \(line)")
                    // The same within other text.
                    if index == 0 {
                        let inside = Array("a ".utf8) + column + Array(" b".utf8)
                        let whole = Array("a ".utf8) + columns[expected[form][index]] + Array(" b".utf8)
                        #expect(normalize(form, inside) == whole, "\(form) \(line)")
                    }
                }
            }
        }
        #expect(checked > 18_000)
    }
}
