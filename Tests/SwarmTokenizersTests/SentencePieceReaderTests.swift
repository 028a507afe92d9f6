import SwarmFormats
import SwarmTokenizers
import Testing

@Suite struct SentencePieceReaderTests {
    @Test(arguments: ["sentencepiece-bpe", "sentencepiece-unigram"])
    func givesTheReferencesIds(_ name: String) throws {
        let tokenizer = try Tokenizer(path: "\(Files.fixtures)/\(name).model")
        for item in try Case.read(name) {
            let text = String(decoding: item.text, as: UTF8.self).debugDescription
            let encoding = tokenizer.encode(item.text, addSpecial: false)
            #expect(encoding.numbers == item.ids, "\(text)")
            if let decoded = item.decoded, !decoded.contains(subsequence: [0xEF, 0xBF, 0xBD]) {
                #expect(tokenizer.decode(encoding.ids, skipSpecial: false) == decoded, "\(text)")
            }
            if let last = encoding.ends.last { #expect(last == item.text.count) }
        }
    }

    @Test func extendsToTheSameEncoding() throws {
        for name in ["sentencepiece-bpe", "sentencepiece-unigram"] {
            let tokenizer = try Tokenizer(path: "\(Files.fixtures)/\(name).model")
            var chance = Chance(6)
            var text: [UInt8] = []
            var previous = Encoding()
            for _ in 0..<60 {
                let old = text.count
                text += chance.text(Int.random(in: 0..<20, using: &chance))
                previous = tokenizer.encode(text, extending: previous, of: old)
                #expect(previous == tokenizer.encode(text, addSpecial: false, parseSpecial: false))
            }
        }
    }

    @Test func survivesMutations() throws {
        var chance = Chance(4)
        for name in ["sentencepiece-bpe", "sentencepiece-unigram"] {
            let bytes = try Files.bytes("\(Files.fixtures)/\(name).model")
            try MutatedFile.withEach(of: bytes, count: 200, extension: "model", using: &chance) { path in
                if let tokenizer = try? Tokenizer(path: path) { _ = tokenizer.encode(Array("Oren mends 12 é".utf8)) }
            }
        }
    }
}
