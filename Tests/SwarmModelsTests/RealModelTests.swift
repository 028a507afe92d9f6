import Foundation
import SwarmKernels
import SwarmModels
import SwarmTokenizers
import Testing

/// Models that nobody here made; skipped where the data is missing.
@Suite struct RealModelTests {
    /// Greedy ids after BOS.
    private func greedy(_ model: any LanguageModel, count: Int) throws -> [TokenID] {
        let session = model.makeSession(capacity: count + 1, pool: serial)
        var node = session.root
        var token = TokenID(1)
        var ids: [TokenID] = []
        for _ in 0..<count {
            let step = try session.evaluate([token], after: node)
            node = step.nodes[0]
            token = TokenID(step.logits.indices.max { step.logits[$0] < step.logits[$1] } ?? 0)
            ids.append(token)
        }
        return ids
    }

    @Test(
        .enabled(if: hasData("models/llama-stories260k")),
        arguments: ["", "/llama-stories260k-f32.gguf"]) func storiesGreedily(file: String) throws
    {
        let folder = dataFolder + "/models/llama-stories260k"
        let checkpoint = try Checkpoint.open(folder + file)
        let expected = try MappedFile(path: folder + "/expected_greedy_200.txt")
        let text = checkpoint.tokenizer.decode(try greedy(checkpoint.model, count: 200))
        #expect(try expected.bytes(in: 0..<expected.count) == text)
    }

    @Test(.enabled(if: hasData("models/llama-babyllama-tok105"))) func babyLlamaSpeaks() throws {
        let checkpoint = try Checkpoint.open(dataFolder + "/models/llama-babyllama-tok105")
        let text = checkpoint.tokenizer.decode(try greedy(checkpoint.model, count: 60))
        let start = "Once upon a time, there was a little girl named Lily."
        #expect(String(decoding: text, as: UTF8.self).hasPrefix(start))
    }

    /// The eight largest logits after given ids, by an implementation in 12-bit fixed point.
    @Test(.enabled(if: hasData("models/gpt2basic-model"))) func agreesWithFixedPointArithmetic() throws {
        let folder = dataFolder + "/models/gpt2basic-model"
        let model = try Checkpoint.openModel(folder)
        let text = try String(contentsOfFile: folder + "/expected-vectors.txt", encoding: .utf8)
        var cases = 0
        for line in text.split(separator: "\n") where line.hasPrefix("V|") {
            let fields = line.split(separator: "|")
            let ids = fields[3].split(separator: ",").compactMap { Int($0).map { TokenID($0) } }
            let logits = Array(try prefill(model, ids).suffix(model.vocabularySize))
            for pair in fields[5].split(separator: ",") {
                let parts = pair.split(separator: ":").compactMap { Int($0) }
                #expect(abs(logits[parts[0]] - Float(parts[1]) / 4096) < 0.2)
            }
            cases += 1
        }
        #expect(cases == 3)
    }
}
