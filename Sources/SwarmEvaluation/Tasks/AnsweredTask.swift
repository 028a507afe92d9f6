internal import Foundation
package import SwarmComposition
internal import Synchronization

/// A split of a task whose answers are generated: scores any weights by decoding and grading.
///
/// What was graded once is remembered: the same answer to the same example gets the same score, and programs and servers
/// are asked about it once.
package struct AnsweredTask<S: Split>: Sendable {
    package let examples: Examples<S>
    private let answers: Answers
    private let grader: any Grader
    private let known = Grades()

    /// - Throws: `EvaluationError.badSetting` where the task's grader cannot be made.
    /// - Precondition: the task's answers are generated.
    package init(examples: Examples<S>, answers: Answers) throws(EvaluationError) {
        self.examples = examples
        self.answers = answers
        grader = try examples.task.makeGrader()
    }

    /// The score of each particle on each example of `subset` [particles][subset], higher is better; in [0, 1] for
    /// `generate`.
    ///
    /// Racing asks for a few examples at a time; a score does not depend on what else is asked for.
    /// - Parameters:
    ///   - subset: indices of `examples.items`.
    ///   - phase: what progress is reported as; nil reports none.
    /// - Throws: what decoding throws, `EvaluationError.badGrader`, `EvaluationError.interrupted`.
    package func scores(
        of particles: [Mixing], examples subset: [Int], control: RunControl, phase: String? = nil
    ) throws -> [[Double]] {
        let items = subset.map { examples.items[$0] }
        let texts = try answers.texts(items, task: examples.task, particles: particles, control: control) { done in
            if let phase { control.progress(.init(phase: phase, done: done, total: items.count)) }
        }
        let keys = zip(subset, texts).map { index, texts in texts.map { Key(example: index, text: $0) } }
        var grades = known.of(keys.joined())
        // In order of appearance, so that programs read the same lines whatever the threads.
        var asked = Set(grades.keys)
        let open = keys.joined().filter { asked.insert($0).inserted }
        let responses = open.map { Response(example: examples.items[$0.example], text: $0.text) }
        if !responses.isEmpty {
            for (key, score) in zip(open, try grader.scores(of: responses, control: control)) { grades[key] = score }
            known.add(grades)
        }
        return particles.indices.map { particle in keys.map { grades[$0[particle]] ?? 0 } }
    }

    /// The score of each particle on every example [particles][examples].
    /// - Throws: as `scores(of:examples:control:phase:)`.
    package func scores(of particles: [Mixing], control: RunControl, phase: String? = nil) throws -> [[Double]] {
        try scores(of: particles, examples: Array(examples.items.indices), control: control, phase: phase)
    }

    /// The mean score of each particle; −∞ where it is no composition.
    func utilities(_ particles: [Mixing], control: RunControl) throws -> [Double] {
        let valid = particles.indices.filter { index in
            let weights = particles[index].weights
            return weights.allSatisfy(\.isFinite) && weights.contains { $0 != 0 }
        }
        var utilities = [Double](repeating: -.infinity, count: particles.count)
        let scores = try scores(of: valid.map { particles[$0] }, control: control)
        for (index, scores) in zip(valid, scores) {
            utilities[index] = scores.reduce(0, +) / Double(max(1, scores.count))
        }
        return utilities
    }

    /// An answer to an example, by its index.
    private struct Key: Hashable {
        var example: Int
        var text: [UInt8]
    }

    private final class Grades: Sendable {
        private let content = Mutex<[Key: Double]>([:])

        func of(_ keys: some Sequence<Key>) -> [Key: Double] {
            content.withLock { known in
                var found: [Key: Double] = [:]
                for key in keys { found[key] = known[key] }
                return found
            }
        }

        func add(_ grades: [Key: Double]) { content.withLock { $0.merge(grades) { first, _ in first } } }
    }
}
