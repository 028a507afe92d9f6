package import SwarmComposition
package import SwarmKernels
package import SwarmOptimizers

/// The mean of the utilities of tasks that are scored on traces, on the dev split, weighted by the recipe; and what is
/// convex about them. `Objective` is what a search maximises.
///
/// Tasks of weight 0 do not take part.
package struct TraceUtility: Sendable {
    private let tables: [TaskTable<SearchSplit>]
    private let weights: [Double]
    private let pool: PoolSettings
    private let threads: ThreadPool?

    /// - Parameter threads: score particles whose weights follow the text; nil works alone.
    /// - Throws: `EvaluationError.badSetting` when no table has a weight above 0; `CompositionError` when the pool cannot
    ///   be scored on given texts.
    package init(tables: [TaskTable<SearchSplit>], pool: PoolSettings, threads: ThreadPool? = nil) throws {
        self.tables = tables.filter { $0.examples.task.weight > 0 && !$0.examples.task.kind.isGenerated }
        weights = self.tables.map(\.examples.task.weight)
        self.pool = pool
        self.threads = threads
        guard !self.tables.isEmpty else {
            throw EvaluationError.badSetting(
                name: "tasks", found: "no text or choice task of weight above 0",
                expected: "at least one to search on")
        }
        guard
            pool.kind == .linear
                || self.tables.allSatisfy({ $0.examples.task.kind == .choice || $0.segments.hasRows })
        else {
            throw CompositionError.logLinearNeedsDistributions
        }
    }

    /// The utility of weights alone.
    package func scores(of weights: [[Double]]) throws -> [Double] {
        try scores(of: weights.map { Mixing(weights: $0) })
    }

    /// The utility of each particle; −∞ where it is no composition, never NaN.
    package func scores(of particles: [Mixing]) throws -> [Double] {
        var sums = [Double](repeating: 0, count: particles.count)
        for (table, weight) in zip(tables, weights) {
            let utilities = try table.utilities(particles, pool: pool, threads: threads)
            for index in sums.indices { sums[index] += weight * utilities[index] }
        }
        let total = weights.reduce(0, +)
        return sums.map { $0.isNaN ? -.infinity : $0 / total }
    }

    /// Maximum-likelihood weights of the linear pool on the dev segments of the text tasks, or of the right choices where
    /// there is no text task. Each task counts by its weight over its bytes, so that what is maximised is the weighted
    /// mean of −bits per byte.
    package func maximumLikelihood() -> ExpectationMaximization.Result {
        let texts = tables.indices.filter { tables[$0].examples.task.kind == .text }
        let fitted = texts.isEmpty ? Array(tables.indices) : texts
        var rows: [[Double]] = []
        var counts: [Double] = []
        for index in fitted {
            let segments = tables[index].fitSegments()
            rows = rows.isEmpty ? segments : zip(rows, segments).map { $0 + $1 }
            let share = weights[index] / Double(max(1, tables[index].totalBytes))
            counts += [Double](repeating: share, count: segments.first?.count ?? 0)
        }
        // In units of an event, so that the tolerance means what it says.
        let mean = counts.reduce(0, +) / Double(max(1, counts.count))
        return ExpectationMaximization.fit(logLikelihoods: rows, counts: counts.map { mean > 0 ? $0 / mean : 1 })
    }
}
