internal import Foundation
internal import SwarmOptimizers

/// A 95% interval.
package struct Interval: Codable, Sendable, Equatable {
    package var low: Double
    package var high: Double

    package init(low: Double, high: Double) {
        self.low = low
        self.high = high
    }
}

/// The paired bootstrap (Efron 1979; Koehn 2004 for comparing systems): examples are drawn with replacement, the same
/// ones for every system, and the metric Σ numerators / Σ denominators computed anew. Percentile intervals.
package struct Bootstrap: Sendable {
    /// [systems][resamples]; NaN where no drawn example counts.
    private let values: [[Double]]

    /// - Parameters:
    ///   - numerators: [systems][examples].
    ///   - denominators: [examples], the same for every system.
    ///   - seed: decides the resamples.
    package init(numerators: [[Double]], denominators: [Double], seed: UInt64, resamples: Int = 10_000) {
        let count = denominators.count
        precondition(numerators.allSatisfy { $0.count == count }, "systems on different examples")
        // Examples that count for nothing can be drawn but change nothing.
        var values = [[Double]](
            repeating: [Double](repeating: .nan, count: resamples), count: numerators.count)
        // Examples side by side: one draw reads all systems from one place.
        let systems = numerators.count
        var rows: [Double] = []
        rows.reserveCapacity(count * (systems + 1))
        for index in 0..<count {
            rows.append(denominators[index])
            for system in numerators { rows.append(system[index]) }
        }
        var sums = [Double](repeating: 0, count: systems + 1)
        for resample in 0..<(count > 0 ? resamples : 0) {
            var random = CounterRandom(seed: seed, stream: .bootstrap, iteration: resample)
            for index in sums.indices { sums[index] = 0 }
            for _ in 0..<count {
                let row = random.index(below: count) * (systems + 1)
                for index in sums.indices { sums[index] += rows[row + index] }
            }
            guard sums[0] > 0 else { continue }
            for system in 0..<systems { values[system][resample] = sums[system + 1] / sums[0] }
        }
        self.values = values
    }

    /// The interval of one system's metric; nil when it cannot be told.
    package func interval(_ system: Int) -> Interval? { Self.percentiles(values[system]) }

    /// The interval of `system`'s metric minus `other`'s.
    package func interval(of system: Int, minus other: Int) -> Interval? {
        Self.percentiles(zip(values[system], values[other]).map { $0 == $1 ? 0 : $0 - $1 })
    }

    /// The standard deviation of the metric over resamples.
    package func standardError(_ system: Int) -> Double? {
        let known = values[system].filter(\.isFinite)
        guard known.count > 1, known.count == values[system].filter({ !$0.isNaN }).count else { return nil }
        let mean = known.reduce(0, +) / Double(known.count)
        let variance = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(known.count - 1)
        return variance.squareRoot()
    }

    static func percentiles(_ values: [Double]) -> Interval? {
        let sorted = values.filter { !$0.isNaN }.sorted()
        guard let low = percentile(sorted, 0.025), let high = percentile(sorted, 0.975), low.isFinite, high.isFinite
        else { return nil }
        return Interval(low: low, high: high)
    }

    /// Linear between the two nearest ranks.
    private static func percentile(_ sorted: [Double], _ level: Double) -> Double? {
        guard let last = sorted.last else { return nil }
        let position = level * Double(sorted.count - 1)
        let index = Int(position)
        guard index + 1 < sorted.count else { return last }
        let share = position - Double(index)
        return share == 0 ? sorted[index] : sorted[index] + share * (sorted[index + 1] - sorted[index])
    }
}
