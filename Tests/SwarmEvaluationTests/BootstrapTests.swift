import SwarmEvaluation
import SwarmOptimizers
import Testing

@Suite struct BootstrapTests {
    /// 300 data sets of 80 normal numbers: the 95% interval of the mean must hold the true mean in 95% of them, less the
    /// little that percentile intervals of 80 examples fall short.
    @Test func coversTheTruthAsOftenAsItSays() throws {
        var covered = 0
        for trial in 0..<300 {
            var random = CounterRandom(seed: 9, stream: .user, iteration: trial)
            let values = (0..<80).map { _ in 3 + 2 * random.normal() }
            let bootstrap = Bootstrap(
                numerators: [values], denominators: [Double](repeating: 1, count: 80), seed: UInt64(trial),
                resamples: 500)
            let interval = try #require(bootstrap.interval(0))
            if interval.low <= 3 && 3 <= interval.high { covered += 1 }
        }
        #expect((270...296).contains(covered), "\(covered) of 300")
    }

    @Test func standardErrorOfAMean() throws {
        var random = CounterRandom(seed: 1, stream: .user, iteration: 0)
        let values = (0..<400).map { _ in random.uniform() < 0.3 ? 1.0 : 0 }
        let p = values.reduce(0, +) / 400
        let bootstrap = Bootstrap(
            numerators: [values], denominators: [Double](repeating: 1, count: 400), seed: 1, resamples: 5_000)
        let error = try #require(bootstrap.standardError(0))
        #expect(abs(error - (p * (1 - p) / 400).squareRoot()) < 0.001)
    }

    @Test func pairedDifferencesAreNarrow() throws {
        var random = CounterRandom(seed: 2, stream: .user, iteration: 0)
        let base = (0..<200).map { _ in 10 * random.normal() }
        let better = base.map { $0 + 0.1 + 0.01 * random.normal() }
        let ones = [Double](repeating: 1, count: 200)
        let bootstrap = Bootstrap(numerators: [base, better], denominators: ones, seed: 3, resamples: 2_000)
        let difference = try #require(bootstrap.interval(of: 1, minus: 0))
        #expect(difference.low > 0.09 && difference.high < 0.11)
        #expect(bootstrap.interval(of: 0, minus: 0) == Interval(low: 0, high: 0))
    }

    @Test func ratiosOfSums() throws {
        // Every example has the same ratio: no spread, whatever the sizes.
        let bytes = (1...50).map(Double.init)
        let bootstrap = Bootstrap(numerators: [bytes.map { 2 * $0 }], denominators: bytes, seed: 4, resamples: 100)
        #expect(bootstrap.interval(0) == Interval(low: 2, high: 2))
    }

    @Test func nothingToTell() {
        let none = Bootstrap(numerators: [[]], denominators: [], seed: 5, resamples: 100)
        #expect(none.interval(0) == nil && none.standardError(0) == nil)
        let zero = Bootstrap(numerators: [[0, 0]], denominators: [0, 0], seed: 5, resamples: 100)
        #expect(zero.interval(0) == nil)
        let infinite = Bootstrap(numerators: [[.infinity, 1]], denominators: [1, 1], seed: 5, resamples: 100)
        #expect(infinite.interval(0) == nil && infinite.standardError(0) == nil)
    }
}
