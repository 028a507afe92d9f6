import Foundation
import SwarmComposition
import SwarmEvaluation
import SwarmKernels
import Testing

@Suite struct AnsweredTaskTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A made-up composition: writes the number of the example where the first weight is at least its share of ten.
    private func answers(_ calls: CallCounter = CallCounter()) -> Answers {
        Answers {
            { question in
                calls.add()
                let number = Int(String(decoding: question.prompt, as: UTF8.self).filter(\.isNumber)) ?? 0
                return Array((question.weights[0] * 10 >= Double(number) ? "\(number)" : "no").utf8)
            }
        }
    }

    private func task(_ kind: TaskSpec.Kind) throws -> TaskData {
        let lines = (0..<10).map { #"{"prompt": "q\#($0)", "answer": "\#($0)"}"# }
        let other = (10..<20).map { #"{"prompt": "q\#($0)", "answer": "\#($0)"}"# }
        var spec = TaskSpec(
            name: "t", kind: kind, dev: try folder.write(lines.joined(separator: "\n"), to: "dev"),
            test: try folder.write(other.joined(separator: "\n"), to: "held-out"))
        // A grader in awk-free shell: counts its runs, says 1 for anything but "no".
        spec.grader.command = [
            "sh", "-c",
            #"echo run >> runs; while read -r line; do case "$line" in *'"response":"no"'*) echo 0;; *) echo 1;; esac; done"#,
        ]
        spec.grader.workingDirectory = folder.path
        return try TaskData(reading: spec)
    }

    private var particles: [Mixing] {
        [[0, 1], [0.45, 0.55], [1, 0], [0.45, 0.55]].map { Mixing(weights: $0) }
    }

    @Test(arguments: [TaskSpec.Kind.generate, .command]) func scoresEveryParticle(kind: TaskSpec.Kind) throws {
        let calls = CallCounter()
        let task = try AnsweredTask(examples: try task(kind).search, answers: answers(calls))
        for threads in [1, 3] {
            let scores = try task.scores(
                of: particles, control: RunControl(pool: ThreadPool(threadCount: threads)))
            #expect(scores.map { $0.reduce(0, +) } == [1, 5, 10, 5])
        }
        #expect(calls.value == 2 * 3 * 10, "equal weights are decoded once")
    }

    /// What racing does: a few examples of a few particles at a time.
    @Test(arguments: [TaskSpec.Kind.generate, .command]) func aSubsetScoresAsTheWhole(kind: TaskSpec.Kind) throws {
        let task = try AnsweredTask(examples: try task(kind).search, answers: answers())
        let whole = try task.scores(of: particles, control: RunControl())
        let subset = [7, 2, 4]
        let part = try task.scores(of: [particles[1], particles[2]], examples: subset, control: RunControl())
        #expect(part == [subset.map { whole[1][$0] }, subset.map { whole[2][$0] }])
        #expect(try task.scores(of: [], examples: subset, control: RunControl()).isEmpty)
        #expect(try task.scores(of: particles, examples: [], control: RunControl()) == [[], [], [], []])
    }

    @Test func programsAreAskedOnceAboutAnAnswer() throws {
        let task = try AnsweredTask(examples: try task(.command).search, answers: answers())
        for _ in 0..<3 { _ = try task.scores(of: particles, control: RunControl()) }
        #expect(try String(contentsOfFile: folder.path + "/runs", encoding: .utf8) == "run\n")
    }
}
