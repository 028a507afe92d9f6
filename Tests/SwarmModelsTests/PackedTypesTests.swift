import SwarmFormats
import SwarmKernels
import SwarmModels
import SwarmTokenizers
import Testing

/// A llama whose matrices lie in every packed type of GGUF (bench/oracles/packed_model_goldens.py).
@Suite struct PackedTypesTests {
    private let folder = modelsFolder + "/llama-packed"

    private func model() throws -> any LanguageModel {
        try Checkpoint.openModel(folder + "/llama-packed.gguf")
    }

    @Test(arguments: ["avx2", "portable"]) func equalsTheReference(isa: String) throws {
        let (model, golden) = (try model(), try Golden(folder: folder))
        let expected = try #require(golden.logits["llama-packed.gguf"])
        // Nil where the processor lacks the set.
        let logits = try withInstructionSet(isa) {
            try withFloatActivations { try golden.prompts.flatMap { try prefill(model, $0) } }
        }
        guard let logits else { return }
        #expect(largestDifference(logits, expected) < 1e-4, "\(isa)")
        // Activations in bytes, as all engines have them for these types, move logits by some hundredths of their spread.
        let quick = try withInstructionSet(isa) { try golden.prompts.flatMap { try prefill(model, $0) } } ?? []
        let mean = expected.reduce(0, +) / Float(expected.count)
        let spread = expected.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let error = zip(quick, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        #expect(error < 0.03 * 0.03 * spread && error > 0, "\(isa): \((error / spread).squareRoot())")
    }

    @Test func doesNotDependOnBatches() throws {
        let (model, tokens) = (try model(), try Golden(folder: folder).prompts[0])
        let expected = try prefill(model, tokens)
        #expect(try prefill(model, tokens, pool: ThreadPool(threadCount: 2)) == expected)
        #expect(try decode(model, tokens) == expected)
    }

    @Test func summaryCountsWhatIsStored() throws {
        let path = folder + "/goldens.json"
        let file = try MappedFile(path: path)
        let json = JSONField(try JSON(parsing: file.bytes(in: 0..<file.count), file: path), file: path)
        var types: [String: Int] = [:]
        for (name, count) in try json["types"].object() {
            types[String(decoding: name, as: UTF8.self)] = try count.int()
        }
        let summary = try model().summary
        #expect(summary.types == types)
        #expect(summary.parameters == types.values.reduce(0, +))
        #expect(try summary.weightBytes == json["bytes"].int())
    }
}
