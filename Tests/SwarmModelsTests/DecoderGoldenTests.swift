import SwarmKernels
import SwarmModels
import SwarmTokenizers
import Testing

/// Every architecture against the logits its reference gives (bench/oracles/model_goldens.py).
@Suite struct DecoderGoldenTests {
    static let architectures = [
        "llama", "llama-yarn", "llama-linear", "gpt2", "gpt_neox", "gpt_neox-serial", "qwen2", "qwen3", "mistral",
        "qwen2-full", "gemma2", "gemma3", "gemma3-six", "phi3", "olmo2", "smollm3", "falcon", "falcon-new",
        "falcon-alibi", "stablelm",
        "qwen3_moe", "olmoe",
        "mixtral", "mamba", "mamba-tied", "rwkv5", "phi3-longrope", "llama-dynamic",
        "stablelm-qk",
    ]

    @Test(arguments: architectures) func equalsTheReference(name: String) throws {
        let folder = modelsFolder + "/" + name
        let golden = try Golden(folder: folder)
        for (file, expected) in golden.logits {
            let model = try Checkpoint.openModel(file.isEmpty ? folder : folder + "/" + file)
            let logits = try withFloatActivations { try golden.prompts.flatMap { try prefill(model, $0) } }
            let difference = largestDifference(logits, expected)
            #expect(difference < 1e-4, "\(name) \(file)")
        }
    }

    /// A prompt in one batch, a token at a time, and again after a roll-back; branches; threads: the same bits.
    @Test(arguments: architectures) func doesNotDependOnBatches(name: String) throws {
        let model = try Checkpoint.openModel(modelsFolder + "/" + name)
        let golden = try Golden(folder: modelsFolder + "/" + name)
        let tokens = golden.prompts[0]
        let expected = try prefill(model, tokens)
        #expect(try prefill(model, tokens, pool: ThreadPool(threadCount: 2)) == expected)

        let session = model.makeSession(capacity: 3 * tokens.count, pool: serial)
        var node = session.root
        var logits: [Float] = []
        var nodes: [ContextNode] = []
        for token in tokens {
            let step = try session.evaluate([token], after: node)
            node = step.nodes[0]
            nodes.append(node)
            logits += step.logits
        }
        #expect(logits == expected)

        // A branch that is then forgotten must leave no trace.
        let width = model.vocabularySize
        let other = try session.evaluate(Array(golden.prompts[1][..<7]), after: nodes[4])
        let branch = try prefill(model, Array(tokens[..<5]) + Array(golden.prompts[1][..<7]))
        #expect(other.logits == Array(branch[(5 * width)...]))
        session.release(nodes[9...])
        session.release(other.nodes)
        let again = try session.evaluate(Array(tokens[9...]), after: nodes[8])
        #expect(again.logits == Array(expected[(9 * width)...]))
    }

    /// Keys and values of fewer bits: other logits, but the same ones for any batch.
    @Test(arguments: ["llama", "gemma3", "phi3-longrope"], [(CacheType.f16, 0.02), (.q8_0, 0.3)])
    func smallerCaches(name: String, cache: (CacheType, Double)) throws {
        let folder = modelsFolder + "/" + name
        let types = CacheTypes(keys: cache.0, values: cache.0)
        let model = try Checkpoint.openModel(folder, cache: types)
        let tokens = try Golden(folder: folder).prompts[0]
        let together = try prefill(model, tokens)
        let exact = try prefill(Checkpoint.openModel(folder), tokens)
        #expect(together != exact)
        #expect(largestDifference(together, exact) < Float(cache.1))
        #expect(try decode(model, tokens) == together)
    }

    /// Two branches in one batch, out of order, with logits of some.
    @Test(arguments: ["llama", "gpt2", "mistral", "mamba", "rwkv5"]) func branchesInOneBatch(name: String) throws {
        let model = try Checkpoint.openModel(modelsFolder + "/" + name)
        let width = model.vocabularySize
        let session = model.makeSession(capacity: 16, pool: serial)
        let ids = [3, 4, 5, 6, 7, 8, 9].map { TokenID($0) }
        let batch: [PendingToken] = [
            PendingToken(parent: .node(session.root), token: ids[0], needsLogits: false),
            PendingToken(parent: .earlier(0), token: ids[1], needsLogits: false),
            PendingToken(parent: .earlier(0), token: ids[2], needsLogits: true),
            PendingToken(parent: .earlier(1), token: ids[3], needsLogits: true),
            PendingToken(parent: .node(session.root), token: ids[4], needsLogits: true),
            PendingToken(parent: .earlier(2), token: ids[5], needsLogits: true),
        ]
        let result = try session.evaluate(batch)
        let paths = [[0, 2], [0, 1, 3], [4], [0, 2, 5]]
        for (row, path) in paths.enumerated() {
            let alone = try prefill(model, path.map { ids[$0] })
            #expect(Array(result.logits[row * width..<(row + 1) * width]) == Array(alone.suffix(width)))
        }
    }

    @Test(arguments: architectures) func portableKernelsAgree(name: String) throws {
        let model = try Checkpoint.openModel(modelsFolder + "/" + name)
        let golden = try Golden(folder: modelsFolder + "/" + name)
        let portable = try withInstructionSet("portable") { try prefill(model, golden.prompts[0]) }
        let best = try prefill(model, golden.prompts[0])
        #expect(try largestDifference(#require(portable), best) < 2e-5)
    }
}
