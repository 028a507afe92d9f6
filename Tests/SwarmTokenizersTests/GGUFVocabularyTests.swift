import Foundation
import SwarmTestSupport
import SwarmTokenizers
import Testing

/// Vocabularies in GGUF metadata that are wrong or odd: what is an error, and what is taken as llama.cpp takes it.
@Suite struct GGUFVocabularyTests {
    private static func strings(_ texts: [String]) -> [UInt8] {
        GGUFBuilder.array(8, texts.map(GGUFBuilder.string))
    }

    private static func integers(_ values: [Int32]) -> [UInt8] { GGUFBuilder.array(5, values.map(GGUFBuilder.bytes)) }

    private static func floats(_ values: [Float]) -> [UInt8] {
        GGUFBuilder.array(6, values.map { GGUFBuilder.bytes($0.bitPattern) })
    }

    private static func text(_ value: String) -> (UInt32, [UInt8]) { (8, GGUFBuilder.string(value)) }

    private static func number(_ value: UInt32) -> (UInt32, [UInt8]) { (4, GGUFBuilder.bytes(value)) }

    /// Metadata of a small byte-level BPE, and of a SentencePiece BPE.
    private static let byteLevel: [String: (UInt32, [UInt8])] = [
        "tokenizer.ggml.model": text("gpt2"), "tokenizer.ggml.pre": text("gpt-2"),
        "tokenizer.ggml.tokens": (9, strings(["a", "b", "ab", "<end>"])),
        "tokenizer.ggml.token_type": (9, integers([1, 1, 1, 3])), "tokenizer.ggml.merges": (9, strings(["a b"])),
        "tokenizer.ggml.eos_token_id": number(3),
    ]
    private static let sentencePiece: [String: (UInt32, [UInt8])] = [
        "tokenizer.ggml.model": text("llama"),
        "tokenizer.ggml.tokens": (9, strings(["<unk>", "<s>", "▁", "a", "▁a"])),
        "tokenizer.ggml.scores": (9, floats([0, 0, -3, -2, -1])),
        "tokenizer.ggml.token_type": (9, integers([2, 3, 1, 1, 1])), "tokenizer.ggml.bos_token_id": number(1),
    ]

    private func open(_ metadata: [String: (UInt32, [UInt8])]) throws -> Tokenizer {
        var file = GGUFBuilder()
        file.metadata = metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value.0, $0.value.1) }
        let path = NSTemporaryDirectory() + "vocabulary-\(UUID().uuidString).gguf"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(file.bytes).write(to: URL(fileURLWithPath: path))
        return try Tokenizer(path: path)
    }

    @Test func readsTheRightOnes() throws {
        #expect(try open(Self.byteLevel).encode(Array("abba".utf8), addSpecial: false).numbers == [2, 1, 0])
        #expect(try open(Self.sentencePiece).encode(Array("a".utf8)).numbers == [1, 4])
    }

    /// The key that is changed, its new value (nil to leave it out), and the field and problem of the error.
    private static let errors: [(start: [String: (UInt32, [UInt8])], key: String, (UInt32, [UInt8])?, String, String)] =
        [
            (byteLevel, "model", nil, "model", "found nothing, expected a name"),
            (byteLevel, "model", text("magic"), "model", "found \"magic\", expected gpt2, llama, t5"),
            (byteLevel, "model", number(3), "model", "found uint32, expected a string"),
            (byteLevel, "tokens", nil, "tokens", "found no tokens, expected the vocabulary"),
            (byteLevel, "tokens", (9, strings([])), "tokens", "found no tokens, expected the vocabulary"),
            (byteLevel, "tokens", (9, integers([1])), "tokens", "found array of 1 int32, expected an array of strings"),
            (
                byteLevel, "tokens", (9, strings(["a", "b", "a", "<end>"])), "tokens[2]",
                "found \"a\" again (first is 0), expected unique pieces"
            ),
            (byteLevel, "token_type", (9, integers([1, 1])), "token_type", "found 2 types, expected 4"),
            (byteLevel, "token_type", text("x"), "token_type", "found string, expected an array of integers"),
            (
                byteLevel, "merges", (9, strings(["a b", "a c"])), "merges[1]",
                "found \"a c\", expected a merge of two pieces of the vocabulary into a third"
            ),
            (
                byteLevel, "merges", (9, strings(["ab"])), "merges[0]",
                "found \"ab\", expected a merge of two pieces of the vocabulary into a third"
            ),
            (byteLevel, "pre", text("unheard-of"), "pre", "found \"unheard-of\", expected one of "),
            (byteLevel, "eos_token_id", text("3"), "eos_token_id", "found string, expected an integer"),
            (byteLevel, "add_bos_token", number(1), "add_bos_token", "found uint32, expected a bool"),
            (sentencePiece, "scores", nil, "scores", "found nothing, expected scores"),
            (sentencePiece, "scores", (9, floats([0])), "scores", "found 1 scores, expected 5"),
            (
                sentencePiece, "scores", (9, floats([0, 0, -3, .nan, -1])), "scores[3]",
                "found nan, expected a finite score"
            ),
        ]

    @Test(arguments: errors.indices) func saysWhatIsWrong(number: Int) throws {
        let (start, key, value, field, problem) = Self.errors[number]
        var metadata = start
        metadata["tokenizer.ggml." + key] = value
        let error = #expect(throws: TokenizerError.self) { try open(metadata) }
        #expect(error?.field == "tokenizer.ggml." + field)
        #expect(error?.problem.hasPrefix(problem) == true, "\(error?.problem ?? "")")
    }

    /// Empty pieces are gaps; ids outside the vocabulary name nothing; unknown kinds of tokens are text; a special token
    /// may be spelled like a piece.
    @Test func takesOddOnes() throws {
        var metadata = Self.byteLevel
        metadata["tokenizer.ggml.tokens"] = (9, Self.strings(["a", "", "b", "ab", "", "<end>"]))
        metadata["tokenizer.ggml.token_type"] = (9, Self.integers([1, 5, 77, 1, 1, 3]))
        metadata["tokenizer.ggml.eos_token_id"] = Self.number(5)
        metadata["tokenizer.ggml.padding_token_id"] = Self.number(.max)
        metadata["tokenizer.ggml.bos_token_id"] = Self.number(6)
        let tokenizer = try open(metadata)
        #expect(tokenizer.vocabularySize == 6)
        #expect(tokenizer.encode(Array("abb".utf8), addSpecial: false).numbers == [3, 2])
        #expect(tokenizer.roles[1] == .unused && tokenizer.roles[4] == .unused)
        #expect(tokenizer.startToken == TokenID(5))

        metadata = Self.byteLevel
        metadata["tokenizer.ggml.tokens"] = (9, Self.strings(["a", "b", "ab", "a"]))
        #expect(try open(metadata).tokenBytes[3] == Array("a".utf8))
    }
}
