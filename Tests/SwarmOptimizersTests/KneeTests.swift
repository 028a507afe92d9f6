import Foundation
import SwarmOptimizers
import Testing

@Suite struct KneeTests {
    @Test func expectedGainByHand() {
        let knee = Knee()
        // b = 0, 4, 4, 4, 5, 5, 6, 6: G₀ = 2 with 2 new bests, G₁ = 0 between b(2) and b(4).
        #expect(abs(knee.expectedGain([0, 4, 1, 2, 5, 3, 6, 1]) - 1 * 2 * 2.5 / 2) < 1e-12)
        // b = 0, 0, 2, 4, 4, 5, 5, 5: G₁ = 4, G₀ = 1, one new best: ½ · 1 · 1.5.
        #expect(abs(knee.expectedGain([0, 0, 2, 4, 4, 5, 0, 0]) - 0.5 * 1 * 1.5) < 1e-12)
        // Nothing new in the second half: of (2, 4] with one new best, G = 2 after 2, half is expected.
        #expect(abs(knee.expectedGain([0, 2, 4, 4, 4, 4, 4, 4]) - 0.5 * 2 * 1.5) < 1e-12)
        // Nothing new for two halvings.
        #expect(abs(knee.expectedGain([0, 2, 2, 2, 2, 2, 2, 2]) - 0.25 * 2 * 1.5) < 1e-12)
        #expect(knee.expectedGain([3, 3, 3, 3]) == 0)
        #expect(knee.expectedGain([0, 1]) == .infinity)
        #expect(knee.expectedGain([.nan, -.infinity, .nan, .nan, 3, 4]) == .infinity)
    }

    /// On gaps that close like n^−a the estimate is within a factor of two of what doubling really gains.
    @Test(arguments: [0.5, 1, 2]) func foreseesAPowerLaw(exponent: Double) {
        for n in [64, 256, 1024] {
            let run = (1...2 * n).map { 1 - pow(Double($0), -exponent) }
            let gained = run[2 * n - 1] - run[n - 1]
            let expected = Knee().expectedGain(Array(run.prefix(n)))
            #expect(expected / gained > 0.5 && expected / gained < 2.1, "\(n): \(expected) for \(gained)")
        }
    }

    @Test func stopsAtTheKneeAndNotBefore() {
        let rising = (0..<1_000).map { Double($0) }
        let knee = Knee(threshold: 0.01, minimumEvaluations: 20)
        for n in [4, 19, 20, 100, 1_000] { #expect(!knee.isReached(Array(rising.prefix(n)), members: 2)) }
        let levelling = (0..<1_000).map { 1 - exp(-Double($0) / 20) }
        let stop = (1...1_000).first { knee.isReached(Array(levelling.prefix($0)), members: 2) } ?? 0
        #expect((60...200).contains(stop), "\(stop)")
        // Nothing was gained on the members and nothing is: stops at the minimum.
        #expect(knee.isReached([Double](repeating: 1, count: 20), members: 2))
        #expect(!knee.isReached([Double](repeating: 1, count: 19), members: 2))
        #expect(!knee.isReached([Double](repeating: -.infinity, count: 50), members: 2))
    }
}
