internal import Foundation
package import SwarmComposition
package import SwarmKernels
internal import SwarmModels
internal import SwarmTokenizers

/// How fast members and their composition are: prompt processing and generation, as llama-bench defines them.
///
/// `pp` evaluates a prompt of so many tokens with logits after the last; `score` reads as many and gives the
/// log-probability of each; `tg` generates so many tokens one at a time from an empty context, and `b16` as many in each of
/// 16 sequences, one token of each a step. The composition generates as many symbols, in the recipe's mode and with its weights.
package struct Benchmark: Sendable {
    /// One measured row.
    package struct Result: Sendable, Equatable, Codable {
        /// The member's name, or `composition`.
        package var name: String
        /// `pp512`, `tg128`, …
        package var test: String
        /// Tokens (of a composition: symbols) a second, one a repetition.
        package var samples: [Double]
        /// Of a composition: seconds it took, by the seconds its members' own passes took of them. 1 is free composing.
        package var overhead: Double?
        /// Of a composition: tokens that all members evaluated for one symbol.
        package var evaluationsPerToken: Double?

        package var mean: Double { samples.isEmpty ? 0 : samples.reduce(0, +) / Double(samples.count) }
        /// The standard deviation of a repetition; 0 for one.
        package var deviation: Double {
            guard samples.count > 1 else { return 0 }
            let squares = samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            return (squares / Double(samples.count - 1)).squareRoot()
        }
    }

    package var promptTokens: Int
    package var generatedTokens: Int
    /// Sequences decoded together; 0 leaves the test out.
    package var sequences: Int
    /// Whether scoring is measured.
    package var scores: Bool
    package var repetitions: Int

    package init(
        promptTokens: Int = 512, generatedTokens: Int = 128, sequences: Int = 0, scores: Bool = false,
        repetitions: Int = 5
    ) {
        self.promptTokens = promptTokens
        self.sequences = sequences
        self.scores = scores
        self.generatedTokens = generatedTokens
        self.repetitions = repetitions
    }

    /// Measures one member; a test longer than its window is cut to the window, and named by what was run.
    /// - Parameter isCancelled: asked between repetitions.
    /// - Throws: `ModelError`; `CancellationError`.
    package func measure(
        _ member: Member, pool: ThreadPool, isCancelled: () -> Bool = { false }
    ) throws -> [Result] {
        var results: [Result] = []
        let window = member.model.contextLength
        for (name, wanted, isPrompt) in [("pp", promptTokens, true), ("tg", generatedTokens, false)] where wanted > 0 {
            let count = min(wanted, window)
            let session = member.model.makeSession(capacity: count, pool: pool)
            let ids = Self.tokens(count, of: member.tokenizer)
            // Once to bring the weights into memory, in the form that generation keeps them in.
            var left = isPrompt ? count : max(1, LinearWeights.productsBeforePacking)
            while left > 0 {
                let first = Array(ids.prefix(left))
                _ = try Self.seconds(evaluating: first, in: session, together: isPrompt)
                left -= first.count
            }
            let samples = try (0..<repetitions).map { _ in
                if isCancelled() { throw CancellationError() }
                return Double(count) / (try Self.seconds(evaluating: ids, in: session, together: isPrompt))
            }
            results.append(Result(name: member.name, test: "\(name)\(count)", samples: samples))
        }
        if scores, promptTokens > 0 {
            results.append(try measureScoring(member, count: min(promptTokens, window - 1), pool, isCancelled))
        }
        if sequences > 0, generatedTokens > 0 {
            results.append(try measureSequences(member, count: min(generatedTokens, window), pool, isCancelled))
        }
        return results
    }

    /// Reads a text of about `count` tokens, as evaluation does.
    private func measureScoring(
        _ member: Member, count: Int, _ pool: ThreadPool, _ isCancelled: () -> Bool
    ) throws -> Result {
        let scorer = TextScorer(member: member, pool: pool)
        let text = Self.tokens(count, of: member.tokenizer).flatMap { member.tokenizer.tokenBytes[$0.index] }
        var samples: [Double] = []
        for repetition in 0...repetitions {
            if isCancelled() { throw CancellationError() }
            let start = ContinuousClock.now
            let read = try scorer.score(text).ends.count
            // The first brings the weights into memory.
            if repetition > 0 { samples.append(Double(read) / ((ContinuousClock.now - start) / .seconds(1))) }
        }
        return Result(name: member.name, test: "score\(count)", samples: samples)
    }

    /// Generates `count` tokens in each of several sequences.
    private func measureSequences(
        _ member: Member, count: Int, _ pool: ThreadPool, _ isCancelled: () -> Bool
    ) throws -> Result {
        let session = member.model.makeSession(capacity: count * sequences, pool: pool)
        let ids = Self.tokens(count, of: member.tokenizer)
        let samples = try (0..<repetitions).map { _ in
            if isCancelled() { throw CancellationError() }
            var nodes: [[ContextNode]] = []
            let start = ContinuousClock.now
            for token in ids {
                let batch = (0..<sequences).map { sequence in
                    PendingToken(
                        parent: .node(nodes.last?[sequence] ?? session.root), token: token, needsLogits: true)
                }
                nodes.append(try session.evaluate(batch).nodes)
            }
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            session.release(nodes.reversed().flatMap { $0 })
            return Double(count * sequences) / seconds
        }
        return Result(name: member.name, test: "b\(sequences)", samples: samples)
    }

    /// Measures the composition of `composition`'s members with `weights`.
    /// - Parameters:
    ///   - isCancelled: asked between repetitions.
    /// - Throws: what generating throws; `CancellationError`.
    package func measure(
        _ composition: Composition, weights: [Double], pool: ThreadPool, threadsPerMember: Int? = nil,
        speculation: SpeculationSettings = SpeculationSettings(),
        isCancelled: () -> Bool = { false }
    ) throws -> Result {
        var (symbols, evaluations, taken, alone) = (0, 0, 0.0, 0.0)
        var samples: [Double] = []
        for repetition in 0..<repetitions {
            if isCancelled() { throw CancellationError() }
            // A new engine: nothing is kept from the repetition before.
            let engine = DecodingEngine(composition: composition, pool: pool, threadsPerMember: threadsPerMember)
            var options = GenerationOptions(
                maxTokens: generatedTokens, contextPolicy: .slide, speculation: speculation)
            options.sampling.temperature = 1
            options.sampling.seed = UInt64(repetition)
            let start = ContinuousClock.now
            let generated = try engine.generate(prompt: Array("The".utf8), weights: weights, options: options)
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            samples.append(Double(generated.tokenCount) / seconds)
            symbols += generated.tokenCount
            taken += seconds
            alone += engine.evaluationSeconds
            evaluations += generated.members.reduce(0) { $0 + $1.evaluations }
        }
        return Result(
            name: "composition", test: "tg\(generatedTokens)", samples: samples,
            overhead: alone > 0 ? taken / alone : nil,
            evaluationsPerToken: symbols > 0 ? Double(evaluations) / Double(symbols) : nil)
    }

    /// Seconds that `ids` take, in one batch or one at a time, from an empty context.
    private static func seconds(
        evaluating ids: [TokenID], in session: any ModelSession, together: Bool
    ) throws(ModelError) -> Double {
        let start = ContinuousClock.now
        var nodes: [ContextNode] = []
        if together {
            let batch = ids.enumerated().map { index, token in
                PendingToken(
                    parent: index == 0 ? .node(session.root) : .earlier(index - 1), token: token,
                    needsLogits: index == ids.count - 1)
            }
            nodes = try session.evaluate(batch).nodes
        } else {
            for token in ids {
                let next = PendingToken(parent: .node(nodes.last ?? session.root), token: token, needsLogits: true)
                nodes += try session.evaluate([next]).nodes
            }
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        session.release(nodes.reversed())
        return seconds
    }

    /// Tokens that stand for text, spread over the vocabulary.
    private static func tokens(_ count: Int, of tokenizer: Tokenizer) -> [TokenID] {
        let text = tokenizer.roles.indices.filter { tokenizer.roles[$0] == .text || tokenizer.roles[$0] == .byte }
        guard !text.isEmpty else { return [TokenID](repeating: TokenID(0), count: count) }
        return (0..<count).map { TokenID(text[$0 * 7919 % text.count]) }
    }
}
