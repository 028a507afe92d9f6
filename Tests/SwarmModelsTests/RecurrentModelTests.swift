import Foundation
import SwarmKernels
import SwarmModels
import SwarmTokenizers
import Testing

/// What recurrent models promise beyond `DecoderGoldenTests`: sessions that keep few states give the same bits.
@Suite struct RecurrentModelTests {
    static let names = ["rwkv5", "mamba"]

    private func open(_ name: String) throws -> RecurrentModel {
        try #require(try Checkpoint.openModel(modelsFolder + "/" + name) as? RecurrentModel)
    }

    /// 200 tokens in a session of 33 states, in batches of uneven sizes; then from every old node on.
    @Test(arguments: names) func statesAreComputedAgain(name: String) throws {
        let model = try open(name)
        let tokens = (0..<200).map { TokenID($0 * 37 % 96) }
        let expected = try prefill(model, tokens)
        let session = model.makeSession(capacity: 400, states: 1, pool: serial)
        var nodes: [ContextNode] = []
        var logits: [Float] = []
        var size = 1
        while nodes.count < tokens.count {
            let end = min(nodes.count + size, tokens.count)
            let step = try session.evaluate(Array(tokens[nodes.count..<end]), after: nodes.last ?? session.root)
            nodes += step.nodes
            logits += step.logits
            size += 7
        }
        #expect(logits == expected)

        let width = model.vocabularySize
        for index in [3, 198, 40, 39, 150] {
            let again = try session.evaluate([tokens[index + 1]], after: nodes[index])
            #expect(again.logits == Array(expected[(index + 1) * width..<(index + 2) * width]))
            session.release(again.nodes)
        }
        // One batch after 32 old nodes at once.
        let old = Array(stride(from: 2, to: 192, by: 6))
        let batch = old.map { PendingToken(parent: .node(nodes[$0]), token: tokens[$0 + 1], needsLogits: true) }
        let branches = try session.evaluate(batch)
        #expect(branches.logits == old.flatMap { expected[($0 + 1) * width..<($0 + 2) * width] })
    }

    @Test(arguments: names) func sessionsAreChecked(name: String) throws {
        let model = try open(name)
        let session = model.makeSession(capacity: 4, pool: serial)
        let ids = (3..<9).map { TokenID($0) }
        #expect(throws: ModelError.sessionFull(capacity: 4, needed: 2)) {
            try session.evaluate(ids, after: session.root)
        }
        #expect(throws: ModelError.tokenOutOfRange(token: 96, vocabularySize: 96)) {
            try session.evaluate([TokenID(96)], after: session.root)
        }
        let nodes = try session.evaluate(Array(ids.prefix(4)), after: session.root).nodes
        session.release(nodes.suffix(2))
        #expect(try session.evaluate(Array(ids.suffix(2)), after: nodes[1]).nodes.count == 2)
    }

    @Test func contextsHaveALimit() throws {
        let folder = try copyModel("rwkv5")
        defer { removeFile(folder) }
        let path = folder + "/config.json"
        let config = try String(contentsOfFile: path, encoding: .utf8)
        try config.replacing("\"vocab_size\"", with: "\"max_position_embeddings\": 20, \"vocab_size\"")
            .write(toFile: path, atomically: true, encoding: .utf8)
        let session = try Checkpoint.openModel(folder).makeSession(capacity: 100, pool: serial)
        let ids = (0..<21).map { TokenID($0) }
        #expect(throws: ModelError.contextTooLong(limit: 20, length: 21)) {
            try session.evaluate(ids, after: session.root)
        }
        #expect(try session.evaluate(Array(ids.prefix(20)), after: session.root).nodes.count == 20)
    }

    /// Only a vocabulary of 256 is read in bytes without a tokenizer.
    @Test func wordsNeedATokenizer() throws {
        #expect(throws: TokenizerError.self) { try Checkpoint.open(modelsFolder + "/rwkv5") }
    }

    /// rwkv.cpp's own test: logits after `"in`.
    @Test(.enabled(if: hasData("models/rwkv-tiny-5v2-730K"))) func rwkvEqualsItsReference() throws {
        let folder = dataFolder + "/models/rwkv-tiny-5v2-730K"
        let checkpoint = try Checkpoint.open(folder)
        let file = try MappedFile(path: folder + "/expected-logits.bin")
        let expected = file.copy(Float.self, count: 256, at: 0)
        let ids = checkpoint.tokenizer.encode(Array("\"in".utf8)).ids
        #expect(ids == [0x22, 0x69, 0x6E].map { TokenID($0) })
        #expect(largestDifference(Array(try prefill(checkpoint.model, ids).suffix(256)), expected) < 1e-4)
    }
}
