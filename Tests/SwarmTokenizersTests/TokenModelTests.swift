import SwarmFormats
import SwarmKernels
import SwarmTokenizers
import Testing

/// Words of 8 kB, which every model cuts in another way than short ones: into stretches that no merge reaches over, by a
/// heap of pairs, along paths whose sums are rounded.
@Suite struct TokenModelTests {
    private struct Word {
        var file: String
        var text: [UInt8]
        var tokens: Int
        var ids: String
        var decoded: String

        init(_ json: JSONField) throws {
            file = try json["file"].string()
            let unit = try json["unit"].bytes()
            text = Array(repeatElement(unit, count: try json["count"].int()).joined())
            tokens = try json["tokens"].int()
            ids = try json["ids"].string()
            decoded = try json["decoded"].string()
        }
    }

    @Test func longWordsAreTheReferences() throws {
        let path = "\(Files.fixtures)/long-words.cases.json"
        let words = try JSONField(try Files.json(path), file: path).array().map(Word.init)
        #expect(words.count > 300)
        for (file, words) in Dictionary(grouping: words, by: \.file) {
            let tokenizer = try Tokenizer(path: "\(Files.fixtures)/\(file)")
            for word in words {
                let encoding = tokenizer.encode(word.text, addSpecial: false)
                let text = String(decoding: word.text.prefix(60), as: UTF8.self).debugDescription
                #expect(encoding.ids.count == word.tokens, "\(file) \(text)")
                let ids = encoding.numbers.map { "\($0)" }.joined(separator: " ")
                #expect(SHA256.hex(ids.utf8).prefix(16) == word.ids, "\(file) \(text)")
                #expect(SHA256.hex(tokenizer.decode(encoding.ids)).prefix(16) == word.decoded, "\(file) \(text)")
            }
        }
    }
}
