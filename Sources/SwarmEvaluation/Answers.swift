internal import Foundation
package import SwarmComposition
internal import SwarmKernels
internal import SwarmOptimizers

/// A question for a composition and the answer's limits.
package struct Question: Sendable {
    package var prompt: [UInt8]
    package var weights: [Double]
    package var maxTokens: Int
    package var stop: [[UInt8]]
}

/// Greedy short answers to `generate` tasks.
package struct Answers: Sendable {
    /// Makes an answerer for one thread.
    package let makeAnswerer: @Sendable () throws -> (Question) throws -> [UInt8]

    package init(makeAnswerer: @escaping @Sendable () throws -> (Question) throws -> [UInt8]) {
        self.makeAnswerer = makeAnswerer
    }

    /// Answers by `composition`: an engine a thread, which reads a prompt once for all weights.
    package init(_ composition: Composition) {
        self.init {
            let engine = DecodingEngine(composition: composition, pool: ThreadPool(threadCount: 1))
            return { question in
                let options = GenerationOptions(maxTokens: question.maxTokens, stop: question.stop)
                return try engine.generate(prompt: question.prompt, weights: question.weights, options: options).text
            }
        }
    }

    /// Whether each set of weights answers each example rightly: 1 or 0 [weights][examples].
    func grades(
        _ items: [Example], task: TaskSpec, weights: [[Double]], phase: String, control: RunControl
    ) throws -> [[Double]] {
        let stop = task.stop.map { Array($0.utf8) }
        let rows = try parallelMap(
            items, control: control,
            makeWorker: {
                let answer = try makeAnswerer()
                return { item -> [Double] in
                    guard case .generate(let prompt, let answers) = item.content else { return [] }
                    var known: [[Double]: Double] = [:]
                    return try weights.map { weights in
                        if let grade = known[weights] { return grade }
                        let text = try answer(
                            Question(prompt: prompt, weights: weights, maxTokens: task.maxTokens, stop: stop))
                        let grade = Self.isRight(text, answers: answers) ? 1.0 : 0
                        known[weights] = grade
                        return grade
                    }
                }
            },
            done: { control.progress(.init(phase: phase, done: $0, total: items.count)) })
        return weights.indices.map { index in rows.map { $0[index] } }
    }

    /// Exact match after `normalized`, with any of the right answers.
    package static func isRight(_ answer: [UInt8], answers: [[UInt8]]) -> Bool {
        let found = normalized(answer)
        return answers.contains { normalized($0) == found }
    }

    /// White space at the ends removed and inside collapsed to one space, then one final full stop removed. Case counts.
    /// Swift compares strings by canonical equivalence, so NFC and NFD spellings are equal.
    package static func normalized(_ answer: [UInt8]) -> String {
        var words = String(decoding: answer, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if words.hasSuffix(".") { words.removeLast() }
        return words
    }
}
