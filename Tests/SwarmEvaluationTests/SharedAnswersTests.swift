import Foundation
import SwarmComposition
import SwarmEvaluation
import SwarmKernels
import SwarmModels
import Testing

/// Answers of particles that share what was evaluated, on the bundled members.
@Suite struct SharedAnswersTests {
    private let members: [Member]
    private let task: TaskData
    private let particles: [Mixing]

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        members = try ["almanac", "ledger.gguf", "herbal", "bestiary"].map { name in
            let checkpoint = try Checkpoint.open("\(root)/bench/zoo/members/\(name)")
            return Member(name: name, model: checkpoint.model, tokenizer: checkpoint.tokenizer)
        }
        let folder = try TemporaryFolder()
        func lines(_ split: String) throws -> String {
            let path = "\(root)/bench/zoo/tasks/answers.\(split).jsonl"
            return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").prefix(3)
                .joined(separator: "\n")
        }
        var spec = TaskSpec(
            name: "answers", kind: .generate, dev: try folder.write(try lines("dev"), to: "dev.jsonl"),
            test: try folder.write(try lines("test"), to: "test.jsonl"))
        spec.maxTokens = 10
        spec.stop = ["\n"]
        task = try TaskData(reading: spec)
        var particles: [Mixing] = []
        for index in 0..<8 {
            let weights: [Double] = (0..<4).map { 0.1 + Double(($0 * 5 + index * 3) % 7) }
            let moving = PoolDimensions(
                temperatures: [1, 0.9, 1.2, 1], uncertainty: 0.2, recencyShare: 0.02 * Double(index))
            particles.append(
                Mixing(weights: weights, dimensions: index.isMultiple(of: 2) ? PoolDimensions() : moving))
        }
        self.particles = particles
    }

    private func texts(_ composition: Composition, shares: Bool) throws -> [[[UInt8]]] {
        let answer = try Answers(composition, sharesPrefixes: shares).makeAnswerer()
        return try task.search.items.map { item in
            guard case .generate(let prompt, _) = item.content else { return [] }
            return try particles.map {
                try answer(Question(prompt: prompt, mixing: $0, maxTokens: 10, stop: [[0x0A]]))
            }
        }
    }

    @Test(arguments: [AlignmentSettings.Mode.union, .hybrid, .bytes])
    func answersDoNotDependOnSharing(mode: AlignmentSettings.Mode) throws {
        let composition = try Composition(members: members, alignment: AlignmentSettings(mode: mode))
        let shared = try texts(composition, shares: true)
        #expect(try shared == texts(composition, shares: false))
        #expect(shared.contains { Set($0).count > 1 } && shared.allSatisfy { $0.contains { !$0.isEmpty } })
    }
}
