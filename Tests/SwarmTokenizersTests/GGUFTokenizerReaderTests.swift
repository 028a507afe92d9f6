import Foundation
import SwarmFormats
import SwarmTokenizers
import Testing

@Suite struct GGUFTokenizerReaderTests {
    @Test func givesSentencePiecesIds() throws {
        let tokenizer = try Tokenizer(path: "\(Files.fixtures)/sentencepiece-bpe.gguf")
        #expect(tokenizer.kind == "BPE (SentencePiece, byte fallback)")
        #expect(tokenizer.addsStartToken)
        for item in try Case.read("sentencepiece-bpe") {
            let encoding = tokenizer.encode(item.text, addSpecial: false, parseSpecial: false)
            #expect(encoding.numbers == item.ids, "\(String(decoding: item.text, as: UTF8.self).debugDescription)")
        }
    }

    @Test(.enabled(if: Files.has("tokenizers/ggml-vocab-gpt-2.gguf")), arguments: ["gpt-2", "phi-3", "falcon"])
    func givesLlamaCppsIds(_ name: String) throws {
        let path = "\(Files.shared)/tokenizers/ggml-vocab-\(name).gguf"
        let tokenizer = try Tokenizer(path: path)
        let inputs = try Files.bytes(path + ".inp")
        let lines = String(decoding: try Files.bytes(path + ".out"), as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        let texts = String(decoding: inputs, as: UTF8.self).components(separatedBy: "\n__ggml_vocab_test__\n")
        var equal = 0
        for (text, line) in zip(texts, lines) {
            let ids = line.split(separator: " ").compactMap { Int($0) }
            let own = tokenizer.encode(Array(text.utf8), addSpecial: false).numbers
            #expect(own == ids, "\(text.debugDescription)")
            if own == ids { equal += 1 }
        }
        #expect(equal >= 46)
    }

    @Test(.enabled(if: Files.has("models/llama-stories260k")))
    func agreesWithTheFolderOfTheSameModel() throws {
        let folder = "\(Files.shared)/models/llama-stories260k"
        let gguf = try Tokenizer(path: folder + "/llama-stories260k-f32.gguf")
        let json = try Tokenizer(path: folder)
        #expect(gguf.vocabularySize == json.vocabularySize)
        #expect(gguf.tokenBytes == json.tokenBytes)
        var chance = Chance(8)
        for _ in 0..<300 {
            let text = chance.text(12)
            #expect(
                gguf.encode(text, addSpecial: false, parseSpecial: false).numbers
                    == json.encode(text, addSpecial: false, parseSpecial: false).numbers)
        }
    }

    @Test func survivesMutations() throws {
        var chance = Chance(9)
        let bytes = try Files.bytes("\(Files.fixtures)/sentencepiece-bpe.gguf")
        try MutatedFile.withEach(of: bytes, count: 300, extension: "gguf", using: &chance) { path in
            if let tokenizer = try? Tokenizer(path: path) { _ = tokenizer.encode(Array("Oren mends 12 é".utf8)) }
        }
    }
}
