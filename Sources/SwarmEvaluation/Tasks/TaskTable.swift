internal import Foundation
package import SwarmComposition
package import SwarmKernels
internal import SwarmOptimizers

/// What an example counted for one set of weights. A task's metric is the sum of numerators over the sum of
/// denominators: bits over bytes, or right answers over examples.
package struct Outcomes: Sendable, Equatable {
    /// One an example.
    package var numerators: [Double]
    package var denominators: [Double]
    /// `choice`: right answers when choices are compared by log-probability, and by log-probability a byte; one of the
    /// two is the task's metric.
    package var raw: [Double]?
    package var perByte: [Double]?
    /// `choice`: the probability, among the choices, of the likeliest one.
    package var confidence: [Double]?
    /// `choice`: mean log-probability of the right choice; breaks ties of accuracy.
    package var goldLogLikelihood: Double?

    package init(
        numerators: [Double], denominators: [Double], raw: [Double]? = nil, perByte: [Double]? = nil,
        confidence: [Double]? = nil, goldLogLikelihood: Double? = nil
    ) {
        self.numerators = numerators
        self.denominators = denominators
        self.raw = raw
        self.perByte = perByte
        self.confidence = confidence
        self.goldLogLikelihood = goldLogLikelihood
    }

    /// The metric; NaN without examples.
    package var value: Double { numerators.reduce(0, +) / denominators.reduce(0, +) }
}

/// A split of a `text` or `choice` task as joint segments: scores any weights without asking a model.
package struct TaskTable<S: Split>: Sendable {
    package let examples: Examples<S>
    /// One item a text: an example of `choice` has one a choice, in order.
    package let segments: SegmentTable
    /// Where an example's items begin; one more entry than there are examples.
    private let offsets: [Int]
    /// Bytes of each item that count: the text, or the choice without the prompt.
    private let byteCounts: [Int]

    /// - Parameter traces: one a member, of these examples.
    /// - Precondition: the task's answers are not generated.
    package init(examples: Examples<S>, traces: [Trace]) {
        precondition(!examples.task.kind.isGenerated, "generated answers have no traces")
        var table = SegmentTable(memberCount: traces.count, temperatures: traces.first?.temperatures ?? [])
        var offsets = [0]
        var byteCounts: [Int] = []
        for (index, item) in examples.items.enumerated() {
            switch item.content {
            case .text(let text):
                table.append(JointSegments(traces.map { $0.scores[index][0] }))
                byteCounts.append(text.count)
            case .choice(let prompt, let choices, _):
                let scores = choices.indices.map { choice in traces.map { $0.scores[index][choice] } }
                for segments in JointSegments.choices(scores, promptLength: prompt.count) { table.append(segments) }
                byteCounts += choices.map(\.count)
            case .generate: break
            }
            offsets.append(byteCounts.count)
        }
        self.examples = examples
        segments = table
        self.offsets = offsets
        self.byteCounts = byteCounts
    }

    /// What every example counts for each particle.
    /// - Parameter threads: work on particles whose weights follow the text; nil works alone.
    /// - Throws: `CompositionError` where the pool cannot be scored on given texts.
    package func outcomes(
        _ particles: [Mixing], pool: PoolSettings, threads: ThreadPool? = nil
    ) throws -> [Outcomes] {
        switch examples.task.kind {
        case .text:
            return try Pool.logLikelihoods(of: segments, particles: particles, pool: pool, threads: threads)
                .map(textOutcomes)
        case .choice:
            if pool.kind == .logLinear && !segments.hasRows {
                return Pool.logLinearScores(of: segments, particles: particles, epsilon: pool.epsilon)
                    .map { choiceOutcomes($0, areNormalised: false) }
            }
            return try Pool.logLikelihoods(of: segments, particles: particles, pool: pool, threads: threads)
                .map { choiceOutcomes($0, areNormalised: true) }
        case .generate, .command, .http:
            return particles.map { _ in Outcomes(numerators: [], denominators: []) }
        }
    }

    /// The same for weights alone.
    package func outcomes(_ weights: [[Double]], pool: PoolSettings) throws -> [Outcomes] {
        try outcomes(weights.map { Mixing(weights: $0) }, pool: pool)
    }

    /// How good each particle is, higher is better: −bits per byte for `text`; for `choice` the task's accuracy plus
    /// 10⁻⁶ / (1 − mean log-probability of the right choice), which lies in [0, 10⁻⁶] and so decides between equal
    /// accuracies only. −∞ for a particle that is no composition.
    package func utilities(
        _ particles: [Mixing], pool: PoolSettings, threads: ThreadPool? = nil
    ) throws -> [Double] {
        try outcomes(particles, pool: pool, threads: threads).enumerated().map { index, outcomes in
            let weights = particles[index].weights
            let isValid = weights.allSatisfy(\.isFinite) && weights.contains { $0 != 0 }
            guard isValid, !outcomes.value.isNaN else { return -.infinity }
            guard let gold = outcomes.goldLogLikelihood else { return -outcomes.value }
            let tieBreak = gold.isNaN ? 0 : 1e-6 / (1 - min(gold, 0))
            return outcomes.value + tieBreak
        }
    }

    private func textOutcomes(_ logLikelihoods: [Double]) -> Outcomes {
        Outcomes(numerators: logLikelihoods.map { -$0 / log(2) }, denominators: byteCounts.map(Double.init))
    }

    /// Ties go to the lowest index; an example where no choice is possible is wrong.
    private func choiceOutcomes(_ scores: [Double], areNormalised: Bool) -> Outcomes {
        var right: [Double] = []
        var rightPerByte: [Double] = []
        var confidence: [Double] = []
        var gold = 0.0
        for (index, item) in examples.items.enumerated() {
            guard case .choice(_, _, let answer) = item.content else { continue }
            let range = offsets[index]..<offsets[index + 1]
            let values = scores[range]
            let perByte = range.map { scores[$0] / Double(byteCounts[$0]) }
            right.append(Self.best(Array(values)) == answer ? 1 : 0)
            rightPerByte.append(Self.best(perByte) == answer ? 1 : 0)
            let total = Self.logSum(values)
            confidence.append(total > -.infinity ? exp((values.max() ?? total) - total) : 0)
            let value = scores[offsets[index] + answer]
            // Pools that are not normalised are, over the choices.
            gold += areNormalised ? value : value - total
        }
        let count = Double(right.count)
        return Outcomes(
            numerators: examples.task.metric == .normalizedAccuracy ? rightPerByte : right,
            denominators: [Double](repeating: 1, count: right.count), raw: right, perByte: rightPerByte,
            confidence: confidence, goldLogLikelihood: gold / count)
    }

    private static func best(_ values: [Double]) -> Int? {
        var best: Int?
        for (index, value) in values.enumerated() where value > -.infinity {
            if best.map({ value > values[$0] }) ?? true { best = index }
        }
        return best
    }

    private static func logSum(_ values: ArraySlice<Double>) -> Double {
        let top = values.max() ?? -.infinity
        return top > -.infinity ? top + log(values.reduce(0) { $0 + exp($1 - top) }) : -.infinity
    }
}

extension TaskTable {
    /// log P_m of the segments that a maximum-likelihood fit explains [members × segments]: all of a text, those of the
    /// right choice.
    func fitSegments() -> [[Double]] {
        var rows = [[Double]](repeating: [], count: segments.memberCount)
        for (index, item) in examples.items.enumerated() {
            var items = offsets[index]..<offsets[index + 1]
            if case .choice(_, _, let answer) = item.content {
                items = items.lowerBound + answer..<items.lowerBound + answer + 1
            }
            for segment in segments.itemOffsets[items.lowerBound]..<segments.itemOffsets[items.upperBound] {
                for member in rows.indices {
                    rows[member].append(segments.logProbabilities[segment * segments.memberCount + member])
                }
            }
        }
        return rows
    }

    /// Bytes of all items.
    var totalBytes: Int { byteCounts.reduce(0, +) }
}
