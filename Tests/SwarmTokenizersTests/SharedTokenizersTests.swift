import SwarmTokenizers
import Testing

/// Real vocabularies, where they are at hand.
@Suite(.enabled(if: Files.has("tokenizers"))) struct SharedTokenizersTests {
    @Test(arguments: [
        "tokenizers/phi-2", "tokenizers/t5-small", "tokenizers/ggml-vocab-phi-3.gguf",
        "tokenizers/ggml-vocab-falcon.gguf",
        "tokenizers/mistral-v1", "tokenizers/sentencepiece/test_model.model", "models/llama-stories260k",
        "models/llama-babyllama-tok105", "tokenizers/torchtune-small/tiny_bpe_tokenizer.json",
    ])
    func extendsToTheSameEncoding(_ path: String) throws {
        let tokenizer = try Tokenizer(path: "\(Files.shared)/\(path)")
        #expect(tokenizer.tokenBytes.count == tokenizer.vocabularySize)
        #expect(tokenizer.roles.count == tokenizer.vocabularySize)
        var chance = Chance(21)
        for round in 0..<6 {
            var text: [UInt8] = []
            var previous = Encoding()
            for _ in 0..<25 {
                let old = text.count
                text += chance.text(Int.random(in: 0..<(round < 3 ? 40 : 5), using: &chance))
                previous = tokenizer.encode(text, extending: previous, of: old)
                #expect(previous == tokenizer.encode(text, addSpecial: false, parseSpecial: false))
            }
        }
    }

    @Test func tiktokensRanksGiveGPT2sIds() throws {
        let ranks = try Tokenizer(path: "\(Files.shared)/tokenizers/r50k_base.tiktoken")
        let gguf = try Tokenizer(path: "\(Files.shared)/tokenizers/ggml-vocab-gpt-2.gguf")
        #expect(ranks.tokenBytes == gguf.tokenBytes)
        var chance = Chance(22)
        for _ in 0..<500 {
            let text = chance.text(20)
            #expect(ranks.encode(text, addSpecial: false) == gguf.encode(text, addSpecial: false))
        }
    }

    @Test func tok105HasNoNewline() throws {
        let tokenizer = try Tokenizer(path: "\(Files.shared)/models/llama-babyllama-tok105")
        let encoding = tokenizer.encode(Array("a\nb".utf8), addSpecial: false)
        #expect(encoding.ids.contains(TokenID(0)))
        #expect(tokenizer.roles[0] == .unknown)
        #expect(encoding.ends.last == 3)
    }
}
