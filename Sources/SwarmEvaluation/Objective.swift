internal import Foundation
package import SwarmComposition
package import SwarmOptimizers

/// The utility that a search maximises: its tasks' utilities on the dev split, weighted by the recipe and combined into
/// one number. Tasks of weight 0 do not take part.
///
/// A task's utility is what its metric is, higher being better: −bits per byte for `text`, accuracy for `choice` (ties
/// decided by likelihood), the mean score for generated answers.
package struct Objective: Sendable {
    /// How several utilities u_t become one.
    package enum Combination: String, Sendable, Codable, CaseIterable {
        /// Σ w_t u_t / Σ w_t
        case mean
        /// Σ w_t / Σ (w_t / u_t), which no task can be bought out of: one utility of 0 makes all 0. Bits per byte b count
        /// as 2^−b, the geometric mean of a byte's probability, so that every utility is in [0, 1]; scores of programs
        /// and servers must not be negative.
        case harmonic
    }

    let tables: [TaskTable<SearchSplit>]
    let answered: [AnsweredTask<SearchSplit>]
    let pool: PoolSettings
    let combination: Combination
    let control: RunControl
    /// What a point of the search stands for.
    let mixing: @Sendable ([Double]) -> Mixing
    /// Where there are tables: also knows the maximum-likelihood weights.
    private let traces: TraceUtility?

    /// - Parameter mixing: what a point of the search stands for; weights alone where that is not given.
    /// - Throws: `EvaluationError.badSetting` when no task has a weight above 0; `CompositionError` when the pool cannot
    ///   be scored on given texts.
    package init(
        tables: [TaskTable<SearchSplit>], answered: [AnsweredTask<SearchSplit>] = [], pool: PoolSettings,
        combination: Combination = .mean, control: RunControl = RunControl(),
        mixing: @escaping @Sendable ([Double]) -> Mixing = { Mixing(weights: $0) }
    ) throws {
        self.tables = tables.filter { $0.examples.task.weight > 0 }
        self.answered = answered.filter { $0.examples.task.weight > 0 }
        self.pool = pool
        self.combination = combination
        self.control = control
        self.mixing = mixing
        guard !(self.tables.isEmpty && self.answered.isEmpty) else {
            throw EvaluationError.badSetting(
                name: "tasks", found: "none of weight above 0",
                expected: "at least one to search on (generated answers have weight 0 unless the recipe gives one)")
        }
        traces = self.tables.isEmpty ? nil : try TraceUtility(tables: self.tables, pool: pool, threads: control.pool)
    }

    /// The utility of each point of the search.
    package func scores(of points: [[Double]]) throws -> [Double] {
        try scores(of: points.map(mixing))
    }

    /// The utility of each particle; −∞ where it is no composition, never NaN.
    package func scores(of particles: [Mixing]) throws -> [Double] {
        var parts: [(weight: Double, utilities: [Double])] = []
        for table in tables {
            let task = table.examples.task
            var utilities = try table.utilities(particles, pool: pool, threads: control.pool)
            if combination == .harmonic, task.kind == .text { utilities = utilities.map(exp2) }
            parts.append((task.weight, utilities))
        }
        for task in answered {
            let utilities = try task.utilities(particles, control: control)
            if combination == .harmonic, let negative = utilities.first(where: { $0 < 0 && $0.isFinite }) {
                throw EvaluationError.badSetting(
                    name: "combine", found: "harmonic with a score of \(negative) in task \(task.examples.task.name)",
                    expected: "scores of at least 0, or combine: mean")
            }
            parts.append((task.examples.task.weight, utilities))
        }
        let total = parts.reduce(0) { $0 + $1.weight }
        return particles.indices.map { index in
            // A particle that is no composition is none for any task.
            guard parts.allSatisfy({ $0.utilities[index] > -.infinity }), isComposition(particles[index]) else {
                return -.infinity
            }
            let sum = parts.reduce(0) { sum, part in
                let utility = part.utilities[index]
                return sum + (combination == .harmonic ? part.weight / max(utility, 0) : part.weight * utility)
            }
            return combination == .harmonic ? total / sum : sum / total
        }
    }

    /// exp2 turns −∞ into 0, which is a utility.
    func isComposition(_ particle: Mixing) -> Bool {
        particle.weights.allSatisfy(\.isFinite) && particle.weights.contains { $0 != 0 }
    }

    /// Maximum-likelihood weights (`TraceUtility.maximumLikelihood`); nil where no task is scored on traces.
    package func maximumLikelihood() -> ExpectationMaximization.Result? { traces?.maximumLikelihood() }
}
