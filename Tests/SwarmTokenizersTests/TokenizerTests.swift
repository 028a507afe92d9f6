import SwarmTokenizers
import Testing

@Suite struct TokenizerTests {
    @Test func bytesAreTheirOwnTokens() {
        let tokenizer = Tokenizer.bytes(endOfText: true)
        let text = Array("aé\n<|endoftext|>".utf8) + [0xFF]
        let encoding = tokenizer.encode(text, addSpecial: false, parseSpecial: false)
        #expect(encoding.numbers == text.map { Int($0) })
        #expect(encoding.ends == Array(1...text.count))
        #expect(tokenizer.decode(encoding.ids) == text)
        #expect(tokenizer.encode(text).ids.contains(TokenID(256)))
        #expect(tokenizer.vocabularySize == 257)
        #expect(tokenizer.startToken == TokenID(256))
        #expect(tokenizer.endTokens == [TokenID(256)])
        #expect(Tokenizer.bytes(endOfText: false).vocabularySize == 256)
        #expect(Tokenizer.bytes(endOfText: false).startToken == nil)
    }

    @Test func decodingIgnoresIdsOutsideTheVocabulary() {
        let tokenizer = Tokenizer.bytes(endOfText: false)
        #expect(tokenizer.decode([TokenID(65), TokenID(-1), TokenID(100_000), TokenID(66)]) == [65, 66])
    }

    @Test func missingFilesAreNamed() {
        #expect(throws: TokenizerError.self) { try Tokenizer(path: "/nowhere/at/all") }
    }
}
