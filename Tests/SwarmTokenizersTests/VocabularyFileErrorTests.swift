import Foundation
import SwarmTestSupport
import SwarmTokenizers
import Testing

/// What is wrong with a SentencePiece model or a file of tiktoken ranks, by name.
@Suite struct VocabularyFileErrorTests {
    /// Reads `bytes` as a file called `name`.
    private func open(_ bytes: [UInt8], _ name: String) throws -> Tokenizer {
        let folder = NSTemporaryDirectory() + "vocabulary-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(bytes).write(to: URL(fileURLWithPath: folder + "/" + name))
        return try Tokenizer(path: folder + "/" + name)
    }

    /// A field of `bytes`, which are fewer than 128.
    private static func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        [number << 3 | 2, UInt8(bytes.count)] + bytes
    }

    private static func piece(_ text: String, _ score: Float = 0, kind: UInt8 = 1) -> [UInt8] {
        field(1, field(1, Array(text.utf8)) + [2 << 3 | 5] + GGUFBuilder.bytes(score.bitPattern) + [3 << 3, kind])
    }

    private static func type(_ number: UInt8) -> [UInt8] { field(2, [3 << 3, number]) }

    private static let unknown = piece("<unk>", kind: 2)

    @Test func readsARightModel() throws {
        let model = Self.unknown + Self.piece("▁", -2) + Self.piece("a", -1) + Self.piece("▁a", 0) + Self.type(2)
        #expect(try open(model, "tokenizer.model").encode(Array("a".utf8)).numbers == [3])
    }

    private static let models: [(bytes: [UInt8], field: String?, problem: String)] = [
        ([], "pieces", "found none, expected a SentencePiece model"),
        (piece("a") + type(2), "pieces", "found no unknown piece, expected one"),
        (unknown + piece("a") + piece("a") + type(2), "pieces[2]", "found \"a\" again (first is 1), expected unique"),
        (unknown + piece("") + type(2), "pieces[1]", "found an empty piece, expected text"),
        (unknown + piece("a", .nan) + type(2), "byte 18", "found the score nan, expected a finite one"),
        (unknown + piece("a") + type(3), "trainer_spec.model_type", "found 3, expected 1 (unigram) or 2 (BPE)"),
        (unknown + [1 << 3 | 2, 99], nil, "found a field of 99 bytes with 0 left, expected a whole one"),
        (unknown + [1 << 3 | 2] + [UInt8](repeating: 0xFF, count: 11), nil, "found a number cut short, expected"),
        (unknown + [2], nil, "found field number 0, expected 1 or more"),
        (unknown + [1 << 3 | 7], nil, "found wire type 7, expected 0, 1, 2 or 5"),
        (unknown + field(3, field(2, [1, 2, 3])), nil, "found 3 bytes that are no charsmap"),
    ]

    @Test(arguments: models.indices) func sentencePieceModels(number: Int) {
        let (bytes, field, problem) = Self.models[number]
        let error = #expect(throws: TokenizerError.self) { try open(bytes, "tokenizer.model") }
        if let field { #expect(error?.field == field) }
        #expect(error?.problem.hasPrefix(problem) == true, "\(error?.problem ?? "")")
    }

    /// GPT-2's number of ranks: all bytes, then pairs of them.
    private static func ranks() -> [(piece: [UInt8], rank: Int)] {
        (0..<50256).map { (rank: Int) -> (piece: [UInt8], rank: Int) in
            let piece: [UInt8] = rank < 256 ? [UInt8(rank)] : [UInt8(rank % 251), UInt8(rank / 251), 7]
            return (piece, rank)
        }
    }

    private func open(_ ranks: [(piece: [UInt8], rank: Int)], extra: String = "") throws -> Tokenizer {
        let lines = ranks.map { "\(Data($0.piece).base64EncodedString()) \($0.rank)\n" }
        return try open(Array((lines.joined() + extra).utf8), "ranks.tiktoken")
    }

    @Test func tiktokenRanks() throws {
        let right = Self.ranks()
        #expect(try open(right).vocabularySize == 50257)
        func problem(_ extra: String = "", _ change: (inout [(piece: [UInt8], rank: Int)]) -> Void = { _ in }) -> String
        {
            var ranks = right
            change(&ranks)
            let error = #expect(throws: TokenizerError.self) { try open(ranks, extra: extra) }
            return (error?.field ?? "") + ": " + (error?.problem ?? "")
        }
        let line = "expected a piece in base64 and its rank"
        #expect(problem("YQ\n") == "line 50257: found 2 bytes, " + line)
        #expect(problem("Y!== 3\n") == "line 50257: found 6 bytes, " + line)
        #expect(problem("YQ== -3\n") == "line 50257: found 7 bytes, " + line)
        #expect(problem("YQ== 99999999999999999999\n").hasPrefix("line 50257: found "))
        #expect(
            problem { $0[300].piece = $0[299].piece } == "rank 300: found a piece or rank twice, expected unique ones")
        #expect(problem { $0[300].rank = 299 } == "rank 299: found a piece or rank twice, expected unique ones")
        #expect(problem { $0.removeLast() }.hasPrefix(": found 50255 ranks, expected one of 50256 (r50k), "))
    }

    /// Damaged bytes: a tokenizer or an error of this module's own, nothing else.
    @Test func damagedRanks() throws {
        let lines = Self.ranks().map { "\(Data($0.piece).base64EncodedString()) \($0.rank)\n" }
        var chance = Chance(11)
        try MutatedFile.withEach(of: Array(lines.joined().utf8), count: 30, extension: "tiktoken", using: &chance) {
            path in
            do {
                _ = try Tokenizer(path: path).encode(Array("a harbour".utf8))
            } catch {
                #expect(error is TokenizerError, "\(error)")
            }
        }
    }
}
