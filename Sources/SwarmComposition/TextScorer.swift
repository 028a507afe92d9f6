internal import Foundation
package import SwarmKernels
internal import SwarmModels
internal import SwarmTokenizers
internal import Synchronization

/// Scores texts with one member: the log-probability of every token of its canonical tokenization.
///
/// Every text begins with the member's start token where it has one. A member without one cannot be asked about the
/// first token, which is then taken as uniform over the tokens that stand for bytes. Masked control tokens are no part of
/// the distribution; the end of text is. Lives on one thread.
///
/// Every token comes with the entropy of the distribution it was drawn from and, for each temperature asked for, with
/// what normalises that distribution tempered.
///
/// A text longer than the member's window is read in windows: when one is full the next begins with the start token and
/// the last half of what was read, so that every token has half a window of context or more.
package final class TextScorer {
    /// What scoring took so far.
    package struct Statistics: Equatable, Sendable, Codable {
        /// Tokens evaluated.
        package var evaluations = 0
        /// Rows of logits read.
        package var rows = 0
        /// Of them faulty.
        package var faultyRows = 0
        /// The sum over rows of the probability that masked control tokens had.
        package var maskedMass = 0.0
    }

    /// Rows of logits held at once: 64 of 150,000 are 39 MB.
    private static let rowsAtOnce = 64

    package private(set) var statistics = Statistics()
    private let member: Member
    private let mask: TokenMask
    private let temperatures: [Double]
    private let isStrict: Bool
    private let holder: SessionHolder
    private let pool: ThreadPool

    /// - Parameters:
    ///   - temperatures: above 0; what `logPartitions` are wanted for.
    ///   - pool: the threads that evaluate.
    ///   - isStrict: whether faulty logits are an error instead of a NaN.
    package init(member: Member, temperatures: [Double] = [], pool: ThreadPool, isStrict: Bool = false) {
        self.member = member
        self.temperatures = temperatures
        self.pool = pool
        self.isStrict = isStrict
        mask = TokenMask(member)
        holder = SessionHolder(model: member.model, pool: pool)
    }

    /// Scores `text`.
    /// - Throws: `ModelError`; `CompositionError.faultyRow` when strict.
    package func score(_ text: [UInt8]) throws -> TokenScores {
        let encoding = member.tokenizer.encode(text, addSpecial: false, parseSpecial: false)
        return try scores(of: encoding.ids, ends: encoding.ends)
    }

    /// Scores `prompt` + each continuation. What their tokenizations have in common is evaluated once.
    /// - Returns: one a continuation, each of the whole text.
    /// - Throws: as `score(_:)`.
    package func score(prompt: [UInt8], continuations: [[UInt8]]) throws -> [TokenScores] {
        let encodings = continuations.map {
            member.tokenizer.encode(prompt + $0, addSpecial: false, parseSpecial: false)
        }
        let start = member.tokenizer.startToken == nil ? 0 : 1
        guard let first = encodings.first, encodings.allSatisfy({ $0.ids.count + start <= member.model.contextLength })
        else {
            return try encodings.map { try scores(of: $0.ids, ends: $0.ends) }
        }
        var common = first.ids.count
        for encoding in encodings {
            common = min(common, first.ids.commonCount(with: encoding.ids))
        }
        var results = try score(trunk: Array(first.ids[..<common]), tails: encodings.map { $0.ids[common...] })
        for (index, encoding) in encodings.enumerated() { results[index].ends = encoding.ends }
        return results
    }

    /// One text, in windows.
    private func scores(of ids: [TokenID], ends: [Int]) throws -> TokenScores {
        let window = member.model.contextLength
        // A window of one token has no room for a start token and another.
        let start = window > 1 ? member.tokenizer.startToken.map { [$0] } ?? [] : []
        let sequence = start + ids
        var result = TokenScores(ends: ends)
        var position = 0
        while position < max(1, sequence.count) {
            // The first window has nothing before it, the others the last half of the one before.
            let kept = position == 0 ? 0 : max(0, (window - 1 - start.count) / 2)
            let context = position == 0 ? [] : start + sequence[max(start.count, position - kept)..<position]
            let count = min(window - context.count, sequence.count - position)
            try score(
                context: context, tokens: sequence[position..<position + count],
                next: position + count < sequence.count ? sequence[position + count] : nil,
                scoresFirst: position == 0 && start.isEmpty, into: &result)
            position += max(1, count)
        }
        return result
    }

    /// Evaluates `context`, then `tokens`, and scores what follows each of `tokens`: the next of them, at last `next`.
    /// - Parameter scoresFirst: whether the first of `tokens` is scored too, as uniform: nothing stands before it.
    private func score(
        context: [TokenID], tokens: ArraySlice<TokenID>, next: TokenID?, scoresFirst: Bool,
        into result: inout TokenScores
    ) throws {
        guard let first = tokens.first else { return }
        if scoresFirst { result.append(uniformScore(of: first)) }
        // The last token of a text is scored but never evaluated.
        let evaluated = next == nil ? tokens.dropLast() : tokens
        let targets = Array(tokens.dropFirst()) + (next.map { [$0] } ?? [])
        guard !evaluated.isEmpty else { return }

        let (session, _) = holder.session(holding: context.count + evaluated.count)
        var nodes: [ContextNode] = []
        defer { session.release(nodes) }
        let sequence = context + evaluated
        var done = 0
        while done < sequence.count {
            let chunk = sequence[done..<min(done + Self.rowsAtOnce, sequence.count)]
            let batch = chunk.enumerated().map { index, token in
                PendingToken(
                    parent: index == 0 ? .node(nodes.last ?? session.root) : .earlier(index - 1), token: token,
                    needsLogits: done + index >= context.count)
            }
            let answer = try evaluate(batch, in: session)
            nodes += answer.nodes
            let rows = batch.indices.filter { batch[$0].needsLogits }.map {
                (targets: [targets[done + $0 - context.count]], position: done + $0)
            }
            for scores in try score(rows, of: answer) { result.append(scores[0]) }
            done += chunk.count
        }
    }

    /// Several texts that begin alike: the trunk once, then the tails as branches.
    private func score(trunk: [TokenID], tails: [ArraySlice<TokenID>]) throws -> [TokenScores] {
        let start = member.tokenizer.startToken.map { [$0] } ?? []
        /// Everything to evaluate: the token, what it hangs on, and which scores its logits give: (text, token) pairs.
        struct Step {
            var token: TokenID
            var parent: Int
            var scores: [(text: Int, target: TokenID)]
        }
        var steps: [Step] = []
        var results = [TokenScores](repeating: TokenScores(), count: tails.count)
        for (index, token) in (start + trunk).enumerated() {
            let next = index + 1 - start.count
            let scores = tails.indices.compactMap { text -> (text: Int, target: TokenID)? in
                guard let target = next < trunk.count ? trunk[next] : tails[text].first else { return nil }
                return (text, target)
            }
            steps.append(Step(token: token, parent: index - 1, scores: scores))
        }
        let end = steps.count - 1
        for (text, tail) in tails.enumerated() {
            if start.isEmpty, let first = trunk.first ?? tail.first { results[text].append(uniformScore(of: first)) }
            var parent = end
            for (token, target) in zip(tail, tail.dropFirst()) {
                steps.append(Step(token: token, parent: parent, scores: [(text, target)]))
                parent = steps.count - 1
            }
        }

        let (session, _) = holder.session(holding: steps.count)
        var nodes: [ContextNode] = []
        defer { session.release(nodes) }
        while nodes.count < steps.count {
            let done = nodes.count
            let chunk = steps[done..<min(done + Self.rowsAtOnce, steps.count)]
            let batch = chunk.map { step in
                let parent: PendingToken.Parent =
                    if step.parent < 0 { .node(session.root) } else if step.parent < done {
                        .node(nodes[step.parent])
                    } else { .earlier(step.parent - done) }
                return PendingToken(parent: parent, token: step.token, needsLogits: !step.scores.isEmpty)
            }
            let answer = try evaluate(batch, in: session)
            nodes += answer.nodes
            let asked = chunk.enumerated().filter { !$1.scores.isEmpty }
            let rows = asked.map { (targets: $1.scores.map(\.target), position: done + $0) }
            for ((_, step), scores) in zip(asked, try score(rows, of: answer)) {
                for (target, score) in zip(step.scores, scores) { results[target.text].append(score) }
            }
        }
        return results
    }

    private func evaluate(_ batch: [PendingToken], in session: any ModelSession) throws(ModelError) -> Evaluated {
        let answer = try session.evaluate(batch)
        statistics.evaluations += batch.count
        return answer
    }

    /// What each row of logits says of its targets; the rows are shared among the threads.
    private func score(
        _ rows: [(targets: [TokenID], position: Int)], of answer: Evaluated
    ) throws(CompositionError) -> [[TokenScore]] {
        let size = member.model.vocabularySize
        let (mask, temperatures) = (mask, temperatures)
        let read = Mutex([(scores: [TokenScore], maskedMass: Double)?](repeating: nil, count: rows.count))
        pool.run(chunkCount: rows.count) { row in
            let found = withFlushedDenormals {
                NextToken(logits: answer.logits[row * size..<(row + 1) * size], mask: mask).map {
                    ($0.scores(of: rows[row].targets, temperatures: temperatures), $0.maskedMass)
                }
            }
            read.withLock { $0[row] = found }
        }
        statistics.rows += rows.count
        var result: [[TokenScore]] = []
        for (row, found) in zip(rows, read.withLock { $0 }) {
            if let found {
                statistics.maskedMass += found.maskedMass
                result.append(found.scores)
            } else {
                guard !isStrict else { throw .faultyRow(member: member.name, position: row.position) }
                statistics.faultyRows += 1
                result.append(row.targets.map { _ in .unknown(temperatures: temperatures.count) })
            }
        }
        return result
    }

    private func uniformScore(of token: TokenID) -> TokenScore {
        mask.uniformScore(of: token, temperatures: temperatures)
    }
}
