import SwarmTestSupport
import SwarmTokenizers
import SwarmVocabulary
import Testing

private func text(_ slice: some Collection<UInt8>) -> String { String(decoding: slice, as: UTF8.self) }

@Suite struct SharedVocabularyTests {
    let bytes = Tokenizer.bytes(endOfText: true)
    let letters = "abcdefghijklmnopqrstuvwxyzAHé."

    @Test func everyTokenMapsToItsBytes() throws {
        let map = try SharedVocabulary(members: [
            ("bpe", SmallTokenizers.byteLevel(words: [" the", " there", "ing"])), ("bytes", bytes),
            ("spm", SmallTokenizers.sentencePiece(words: [" the", " then", "ing"], letters: letters)),
        ])
        for (member, tokenizer) in zip(
            map.members,
            try [
                SmallTokenizers.byteLevel(words: [" the", " there", "ing"]), bytes,
                SmallTokenizers.sentencePiece(words: [" the", " then", "ing"], letters: letters),
            ])
        {
            for token in 0..<tokenizer.vocabularySize {
                let symbol = member.symbol(of: TokenID(token))
                switch tokenizer.roles[token] {
                case .text, .byte:
                    #expect(symbol.map { Array(map.bytes(of: $0)) } == tokenizer.tokenBytes[token])
                case .endOfText: #expect(symbol == map.end)
                default: #expect(symbol == nil)
                }
            }
        }
        // Numbered in byte order.
        for symbol in 1..<map.textSymbolCount {
            #expect(
                map.bytes(of: SymbolID(symbol - 1)).lexicographicallyPrecedes(map.bytes(of: SymbolID(symbol))))
        }
        let the = map.keys.range(startingWith: Array(" the".utf8))
        #expect(the.map { text(map.keys[$0]) } == [" the", " then", " ther", " there"])
    }

    @Test func byteTokensAndLettersAreOneSymbol() throws {
        let tokenizer = try SmallTokenizers.sentencePiece(words: [], letters: letters)
        let map = try SharedVocabulary(members: [("spm", tokenizer)])
        let letterA = try #require(map.symbol(ofKey: [0x41]))
        let tokens = (0..<tokenizer.vocabularySize).filter { map.members[0].symbol(of: TokenID($0)) == letterA }
        #expect(tokens.map { tokenizer.roles[$0] } == [.byte, .text])
    }

    @Test func partialUTF8Survives() throws {
        // "é" is C3 A9; the byte-level vocabulary has both halves.
        let map = try SharedVocabulary(members: [("bpe", SmallTokenizers.byteLevel(words: ["é"]))])
        #expect(map.symbol(ofKey: [0xC3]) != nil)
        #expect(map.symbol(ofKey: [0xA9]) != nil)
        #expect(map.symbol(ofKey: [0xC3, 0xA9]) != nil)
        #expect(map.coverage.members[0].partialUTF8 == 128)
        #expect(map.coverage.members[0].symbols == 257)
    }

    @Test func canonicalEquivalenceMergesUnderNFCOnly() throws {
        let composed = "caf\u{E9}"
        let decomposed = "cafe\u{301}"
        let members = try [
            ("one", SmallTokenizers.byteLevel(words: [composed])),
            ("two", SmallTokenizers.byteLevel(words: [decomposed])),
        ]
        let plain = try SharedVocabulary(members: members, normalization: .none)
        #expect(plain.symbol(ofKey: Array(composed.utf8)) != plain.symbol(ofKey: Array(decomposed.utf8)))
        #expect(plain.coverage.mergedClasses == 0)
        let nfc = try SharedVocabulary(members: members, normalization: .nfc)
        let symbol = try #require(nfc.symbol(ofKey: Array(composed.utf8)))
        #expect(nfc.symbol(ofKey: Array(decomposed.utf8)) == symbol)
        #expect(nfc.surfaces(of: symbol).map { text(nfc.keys[Int($0)]) } == [decomposed, composed])
        #expect(nfc.members.allSatisfy { $0.owns(symbol) })
        #expect(nfc.coverage.mergedClasses == 1)
        // Compatibility and case are merged on request only.
        let ligature = try [
            ("one", SmallTokenizers.byteLevel(words: ["ﬁ"])), ("two", SmallTokenizers.byteLevel(words: ["FI"])),
        ]
        for (normalization, isMerged) in [(KeyNormalization.nfc, false), (.nfkc, false), (.nfkcCasefold, true)] {
            let map = try SharedVocabulary(members: ligature, normalization: normalization)
            #expect((map.symbol(ofKey: Array("ﬁ".utf8)) == map.symbol(ofKey: Array("FI".utf8))) == isMerged)
        }
    }

    @Test func buildingIsIdempotent() throws {
        let members = try [
            ("bpe", SmallTokenizers.byteLevel(words: [" the", "caf\u{E9}"])),
            ("spm", SmallTokenizers.sentencePiece(words: [" then", "cafe\u{301}"], letters: letters + "\u{301}")),
        ]
        let once = try SharedVocabulary(members: members)
        #expect(try SharedVocabulary(members: members) == once)
        // A class's own keys, as a vocabulary, give the same classes.
        for symbol in 0..<once.textSymbolCount {
            let symbols = Set(once.surfaces(of: SymbolID(symbol)).map { once.symbolOfKey[Int($0)] })
            #expect(symbols == [Int32(symbol)])
        }
    }

    @Test func firstPiecesAreThoseOfRunningText() throws {
        let map = try SharedVocabulary(members: [
            ("bpe", SmallTokenizers.byteLevel(words: [" there", "ing", "there"])),
            ("spm", SmallTokenizers.sentencePiece(words: [" the", "in", "the"], letters: letters)),
            ("unigram", SmallTokenizers.unigram(words: [" th", "in"], letters: letters)), ("bytes", bytes),
        ])
        func first(_ member: Int, _ key: String) throws -> String? {
            let symbol = try #require(map.symbol(ofKey: Array(key.utf8)))
            return map.members[member].firstPiece(of: symbol).map { text(map.bytes(of: $0)) }
        }
        #expect(try first(0, " there") == " there")
        #expect(try first(1, " there") == " the")
        #expect(try first(1, "there") == "the")
        #expect(try first(1, "ing") == "in")
        #expect(try first(2, " there") == " th")
        #expect(try first(2, "ing") == "in")
        #expect(try first(3, " there") == " ")
        // The Unigram model has no capital W and no bytes to write it with.
        #expect(try first(2, "W") == nil)
        for member in map.members { #expect(member.firstPiece(of: map.end) == map.end) }
    }

    @Test func firstTokensOfATextHaveNoPrefixSpace() throws {
        let tokenizer = try SmallTokenizers.sentencePiece(words: [" Hello", "Hi"], letters: letters)
        let map = try SharedVocabulary(members: [("spm", tokenizer), ("bytes", bytes)])
        func token(_ bytes: String) throws -> TokenID {
            TokenID(try #require(tokenizer.tokenBytes.lastIndex(of: Array(bytes.utf8))))
        }
        let member = map.members[0]
        let hello = try #require(member.initialSymbol(of: token(" Hello")))
        #expect(text(map.bytes(of: hello)) == "Hello")
        #expect(try member.initialSymbol(of: token("Hi")) == member.symbol(of: token("Hi")))
        #expect(try member.initialSymbol(of: token(" ")) == nil)
        #expect(map.members[1].initialSymbols.isEmpty)
    }

    @Test func membersNeedDifferentNames() {
        #expect(throws: VocabularyError.duplicateMember("a")) {
            try SharedVocabulary(members: [("a", bytes), ("a", bytes)])
        }
    }
}

@Suite(.enabled(if: TestData.path != nil)) struct RealVocabularyTests {
    @Test func realVocabulariesOverlapByBytes() throws {
        let path = (TestData.path ?? "") + "/"
        let members = try [
            ("phi-2", Tokenizer(path: path + "tokenizers/phi-2")),
            ("t5", Tokenizer(path: path + "tokenizers/t5-small")),
            ("stories", Tokenizer(path: path + "models/llama-stories260k")),
        ]
        let clock = ContinuousClock()
        var map: SharedVocabulary?
        let time = try clock.measure { map = try SharedVocabulary(members: members) }
        let coverage = try #require(map?.coverage)
        print("map of phi-2, t5, stories: \(time), \(coverage)")
        #expect(coverage.members[0].partialUTF8 == 344)
        // Both write any byte; t5 does not.
        #expect(coverage.members[0].unwritable == 0 && coverage.members[2].unwritable == 0)
        #expect(coverage.members[1].unwritable > 0)
        for (member, (_, tokenizer)) in zip(coverage.members, members) {
            #expect(member.textTokens + member.endTokens + member.masked == tokenizer.vocabularySize)
        }
        // Counted here the slow way.
        let keys = members.map { _, tokenizer in
            Set(zip(tokenizer.tokenBytes, tokenizer.roles).filter { $1 == .text || $1 == .byte }.map(\.0))
        }
        let plain = try SharedVocabulary(members: members, normalization: .none).coverage
        #expect(
            plain.overlaps.map(\.shared) == [
                keys[0].intersection(keys[1]).count, keys[0].intersection(keys[2]).count,
                keys[1].intersection(keys[2]).count,
            ])
    }

    @Test func vocabulariesFromGGUF() throws {
        let path = (TestData.path ?? "") + "/tokenizers/ggml-vocab-"
        let members = try ["gpt-2", "phi-3", "falcon"].map { ($0, try Tokenizer(path: path + $0 + ".gguf")) }
        var map: SharedVocabulary?
        let time = try ContinuousClock().measure { map = try SharedVocabulary(members: members) }
        let coverage = try #require(map?.coverage)
        print("map of gpt-2, phi-3, falcon: \(time), \(coverage.symbols) symbols, \(coverage.overlaps)")
        #expect(coverage.members[0].partialUTF8 == 344)
        // Falcon has no tokens for some bytes that no text has.
        #expect(coverage.members.prefix(2).allSatisfy { $0.unwritable == 0 })
    }
}
