import Foundation
import SwarmOptimizers
import Testing

@Suite struct ExpectationMaximizationTests {
    @Test func agreesWithAGridForTwoMembers() {
        for seed in UInt64(1)...10 {
            let rows = simulatedMixture(members: 2, events: 50, seed: seed)
            let result = ExpectationMaximization.fit(logLikelihoods: rows)
            let grid = (0...10_000).map { Double($0) / 10_000 }
            let best = grid.max { meanLogLikelihood(rows, [$0, 1 - $0]) < meanLogLikelihood(rows, [$1, 1 - $1]) } ?? 0
            #expect(abs(result.weights[0] - best) < 5e-4)
            #expect(result.meanLogLikelihood >= meanLogLikelihood(rows, [best, 1 - best]) - result.gap - 1e-12)
            #expect(abs(result.meanLogLikelihood - meanLogLikelihood(rows, result.weights)) < 1e-10)
        }
    }

    @Test(arguments: [2, 5, 8, 16]) func theGapBoundsWhatIsLeft(members: Int) {
        let rows = simulatedMixture(members: members, events: 300, seed: 4)
        let rough = ExpectationMaximization.fit(logLikelihoods: rows, tolerance: 1e-2)
        let fine = ExpectationMaximization.fit(logLikelihoods: rows, tolerance: 1e-9)
        #expect(rough.converged && fine.converged && fine.gap <= 1e-9)
        #expect(rough.meanLogLikelihood <= fine.meanLogLikelihood + fine.gap)
        #expect(fine.meanLogLikelihood <= rough.meanLogLikelihood + rough.gap)
        #expect(abs(fine.weights.reduce(0, +) - 1) < 1e-12)
    }

    @Test func aUselessMemberGetsNothing() {
        let rows = [[-1.0, -2, -3], [-5.0, -6, -7]]
        let result = ExpectationMaximization.fit(logLikelihoods: rows)
        #expect(result.converged && result.weights[1] < 1e-6)
        #expect(abs(result.meanLogLikelihood - -2) < 1e-6)
    }

    @Test func countsAreRepetitions() {
        let rows = [[-1.0, -3], [-4.0, -1.5]]
        let counted = ExpectationMaximization.fit(logLikelihoods: rows, counts: [3, 2])
        let repeated = ExpectationMaximization.fit(
            logLikelihoods: rows.map { [$0[0], $0[0], $0[0], $0[1], $0[1]] })
        #expect(abs(counted.weights[0] - repeated.weights[0]) < 1e-6)
    }

    @Test func impossibleEventsAreLeftOut() {
        let rows: [[Double]] = [[-1.0, -.infinity, .nan, -900], [-2.0, -1, -.infinity, -905]]
        let result = ExpectationMaximization.fit(logLikelihoods: rows)
        #expect(result.impossibleEvents == 1)
        #expect(result.weights.allSatisfy { $0 > 0.05 } && result.meanLogLikelihood.isFinite)
        let nothing = ExpectationMaximization.fit(logLikelihoods: [[], []])
        #expect(nothing.weights == [0.5, 0.5] && nothing.converged)
    }
}
