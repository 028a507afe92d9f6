import SwarmEvaluation
import SwarmOptimizers
import Testing

@Suite struct CalibrationTests {
    /// Σ_bins n/N |accuracy − confidence| by hand.
    @Test func eceByDefinition() {
        let confidence = [0.05, 0.06, 0.5, 0.9, 0.95, 1]
        let right = [0.0, 1, 1, 1, 0, 1]
        let found = Calibration.of(right: [right], confidence: [confidence], seed: 1, resamples: 200)[0]
        // 15 bins: (0, 1/15] holds 0.05 and 0.06, (7/15, 8/15] holds 0.5, (13/15, 14/15] holds 0.9, the last two others.
        let expected = (2 * abs(0.5 - 0.055) + abs(1 - 0.5) + abs(1 - 0.9) + 2 * abs(0.5 - 0.975)) / 6
        #expect(abs(found.ece - expected) < 1e-12)
        #expect(found.bins.map(\.n) == [2, 1, 1, 2])
        let interval = found.interval
        #expect((interval?.low ?? 1) <= found.ece + 0.2 && (interval?.high ?? 0) >= found.ece)
    }

    @Test func certaintyAndBoundaries() {
        let certain = Calibration.of(
            right: [[1, 1], [0, 0]], confidence: [[1, 1], [1, 1]], seed: 1, resamples: 50)
        #expect(certain.map(\.ece) == [0, 1] && certain[1].interval == Interval(low: 1, high: 1))
        let odd = Calibration.of(right: [[1, 0]], confidence: [[0, .nan]], seed: 1, resamples: 10)
        #expect(odd[0].bins.map(\.n) == [2])
        #expect(Calibration.of(right: [[]], confidence: [[]], seed: 1, resamples: 10)[0].ece == 0)
    }

    /// A system that is right as often as it says has an ECE near 0, one that is always sure has 1 − accuracy.
    @Test func tellsHonestFromOverconfident() {
        var random = CounterRandom(seed: 3, stream: .user, iteration: 0)
        let confidence = (0..<4000).map { _ in random.uniform() }
        let right = confidence.map { random.uniform() < $0 ? 1.0 : 0 }
        let sure = [Double](repeating: 1, count: 4000)
        let found = Calibration.of(right: [right, right], confidence: [confidence, sure], seed: 1, resamples: 20)
        let accuracy = right.reduce(0, +) / 4000
        #expect(found[0].ece < 0.04 && abs(found[1].ece - (1 - accuracy)) < 1e-9)
    }
}
