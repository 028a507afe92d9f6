internal import Foundation
package import SwarmComposition
internal import SwarmKernels
internal import SwarmOptimizers

/// A question for a composition and the answer's limits.
package struct Question: Sendable {
    package var prompt: [UInt8]
    package var mixing: Mixing
    package var weights: [Double] { mixing.weights }
    package var maxTokens: Int
    package var stop: [[UInt8]]

    package init(prompt: [UInt8], mixing: Mixing, maxTokens: Int, stop: [[UInt8]]) {
        self.prompt = prompt
        self.mixing = mixing
        self.maxTokens = maxTokens
        self.stop = stop
    }
}

/// Greedy short answers to tasks whose answers are generated.
package struct Answers: Sendable {
    /// Makes an answerer for one thread.
    package let makeAnswerer: @Sendable () throws -> (Question) throws -> [UInt8]

    package init(makeAnswerer: @escaping @Sendable () throws -> (Question) throws -> [UInt8]) {
        self.makeAnswerer = makeAnswerer
    }

    /// Answers by `composition`: an engine a thread, which reads a prompt once for all weights.
    /// - Parameter sharesPrefixes: whether a prefix of an answer is evaluated once however many particles write it. The
    ///   answers are the same without; it only takes longer.
    package init(_ composition: Composition, sharesPrefixes: Bool = true) {
        self.init {
            let engine = DecodingEngine(composition: composition, pool: ThreadPool(threadCount: 1))
            engine.sharesPrefixes = sharesPrefixes
            return { question in
                let options = GenerationOptions(maxTokens: question.maxTokens, stop: question.stop)
                return try engine.generate(prompt: question.prompt, mixing: question.mixing, options: options).text
            }
        }
    }

    /// What each particle answers to each example [examples][particles].
    /// - Parameter done: called after each example with how many are finished.
    func texts(
        _ items: [Example], task: TaskSpec, particles: [Mixing], control: RunControl,
        done: @Sendable (Int) -> Void = { _ in }
    ) throws -> [[[UInt8]]] {
        let stop = task.stop.map { Array($0.utf8) }
        return try parallelMap(
            items, control: control,
            makeWorker: {
                let answer = try makeAnswerer()
                return { item in
                    guard case .generate(let prompt, _) = item.content else { return particles.map { _ in [] } }
                    var known: [Mixing: [UInt8]] = [:]
                    return try particles.map { particle in
                        if let text = known[particle] { return text }
                        let text = try answer(
                            Question(prompt: prompt, mixing: particle, maxTokens: task.maxTokens, stop: stop))
                        known[particle] = text
                        return text
                    }
                }
            }, done: done)
    }
}
