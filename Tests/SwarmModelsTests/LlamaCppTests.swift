import SwarmKernels
import SwarmModels
import SwarmTokenizers
import Testing

/// A llama in every quantised type against llama.cpp (bench/oracles/llamacpp_goldens.py).
@Suite struct LlamaCppTests {
    private let folder = modelsFolder + "/llama-quantised"

    /// Activations are quantised to bytes before every product. Where one lies on the edge between two of them, the last
    /// bit of a float decides, and the logits after it move by some hundredths: so far llama.cpp is from itself too,
    /// between its ways to compute one model. With the kernels for AVX2 none does in these 26 prompts; the others, without
    /// fused products, meet one.
    @Test(arguments: [("avx2", 0), ("portable", 1)]) func quantisedTypesEqualIt(isa: String, onAnEdge: Int) throws {
        let golden = try Golden(folder: folder)
        #expect(golden.logits.count == 13)
        var differing = 0
        for (file, expected) in golden.logits {
            let model = try Checkpoint.openModel(folder + "/" + file)
            let size = expected.count / golden.prompts.count
            for (number, prompt) in golden.prompts.enumerated() {
                // Nil where the processor lacks the set.
                guard let logits = try withInstructionSet(isa, { try prefill(model, prompt) }) else { return }
                let difference = largestDifference(logits, Array(expected[number * size..<(number + 1) * size]))
                if difference > 1e-4 { differing += 1 }
                #expect(difference < (onAnEdge > 0 ? 0.05 : 1e-4), "\(file), prompt \(number), \(isa)")
            }
        }
        #expect(differing <= onAnEdge, "\(isa)")
    }
}
