import Foundation
import SwarmComposition
import SwarmKernels
import SwarmModels
import SwarmTestSupport
import SwarmTokenizers
import SwarmVocabulary
import Testing

/// Models that nobody here made.
@Suite(.enabled(if: TestData.path != nil)) struct RealCompositionTests {
    let pool = ThreadPool(threadCount: 2)

    private func member(_ name: String, _ folder: String) throws -> Member {
        let checkpoint = try Checkpoint.open((TestData.path ?? "") + "/models/" + folder)
        return Member(name: name, model: checkpoint.model, tokenizer: checkpoint.tokenizer)
    }

    private var both: [Member] {
        get throws {
            try [member("stories", "llama-stories260k"), member("tok105", "llama-babyllama-tok105")]
        }
    }

    @Test(arguments: ["llama-stories260k", "llama-stories260k/llama-stories260k-f32.gguf"])
    func storiesAreToldAsExpected(path: String) throws {
        let stories = try member("stories", path)
        let expected = try TestData.bytes("models/llama-stories260k/expected_greedy_200.txt")
        for (members, weights) in try [
            ([stories], [1.0]), ([member("tok105", "llama-babyllama-tok105"), stories], [0, 1]),
        ] {
            let engine = DecodingEngine(composition: try Composition(members: members), pool: pool)
            let found = try engine.generate(prompt: [], weights: weights, options: GenerationOptions(maxTokens: 200))
            #expect(found.tokenCount == 200)
            #expect(String(decoding: found.text, as: UTF8.self) == String(decoding: expected, as: UTF8.self))
        }
    }

    @Test func theTwoCompose() throws {
        let composition = try Composition(members: both, alignment: AlignmentSettings(mode: .union))
        let engine = DecodingEngine(composition: composition, pool: pool)
        for weights in [[0, 1], [0.5, 0.5], [0.8, 0.2]] {
            // The second reads 256 characters at most and has no line feed.
            let options = GenerationOptions(maxTokens: 300, contextPolicy: .slide)
            let found = try engine.generate(prompt: [], weights: weights, options: options)
            #expect(
                String(decoding: found.text, as: UTF8.self)
                    .hasPrefix("Once upon a time, there was a little girl named Lily. She loved to play outside"))
            let stopped = try engine.generate(
                prompt: [], weights: weights, options: GenerationOptions(maxTokens: 300))
            #expect(stopped.finish == .context)
            #expect(found.text.starts(with: stopped.text))
        }
    }

    @Test func mixturesOfTheTwoOnHeldOutText() throws {
        let text = try TestData.bytes("text/tinystories_1MiB.txt")
        let members = try both
        var table = SegmentTable(memberCount: 2)
        var byteCount = 0
        let scorers = members.map { TextScorer(member: $0, pool: pool) }
        // Stories of the last tenth, each a text of its own.
        let stories = String(decoding: text.suffix(100_000), as: UTF8.self).components(separatedBy: "<|endoftext|>")
        for story in stories.dropFirst().prefix(8) {
            let bytes = Array(story.trimmingCharacters(in: .whitespacesAndNewlines).utf8)
            guard !bytes.isEmpty else { continue }
            byteCount += bytes.count
            table.append(JointSegments(try scorers.map { try $0.score(bytes) }))
        }
        let particles = [[1.0, 0], [0, 1], [0.5, 0.5], [0.7, 0.3], [0.8, 0.2], [0.9, 0.1], [0.95, 0.05]]
        let scores = try Pool.logLikelihoods(of: table, particles: particles, pool: PoolSettings())
        let bits = scores.map { -$0.reduce(0, +) / log(2) / Double(byteCount) }
        print("bits per byte on \(byteCount) bytes: \(Array(zip(particles, bits)))")
        // Line feeds are impossible for the second alone, and no hindrance to the two.
        #expect(bits[1] == .infinity)
        #expect(bits[4] < 0.99 * bits[0])
    }
}
