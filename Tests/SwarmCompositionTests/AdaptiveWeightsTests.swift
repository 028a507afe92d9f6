import Foundation
import SwarmComposition
import Testing

@Suite struct AdaptiveWeightsTests {
    /// Log-probabilities and entropies of `members` over `steps`, some impossible, some asleep.
    private func text(members: Int, steps: Int, seed: UInt64) -> [(values: [Double], entropies: [Double])] {
        var state = seed
        func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / 0x1p53
        }
        return (0..<steps).map { step in
            let values = (0..<members).map { member -> Double in
                let draw = uniform()
                // Whom the text suits changes every 20 steps.
                return draw < 0.03 ? .nan : draw < 0.06 ? -.infinity : -draw * (step / 20 % members == member ? 2 : 9)
            }
            return (values, (0..<members).map { _ in 4 * uniform() })
        }
    }

    @Test func followsTheFormulas() {
        let mixing = Mixing(
            weights: [2, 1, 1],
            dimensions: PoolDimensions(uncertainty: 0.7, recencyShare: 0.1, recencyRate: 0.6))
        var state = AdaptiveWeights(mixing)
        let start = [0.5, 0.25, 0.25]
        var w = start
        for (values, entropies) in text(members: 3, steps: 60, seed: 1) {
            let awake = values.indices.filter { !values[$0].isNaN }
            var gated = w.indices.map { awake.contains($0) ? w[$0] * exp(-0.7 * entropies[$0]) : 0 }
            let sum = gated.reduce(0, +)
            gated = gated.map { $0 / sum }
            let expected = awake.reduce(0) { $0 + gated[$1] * exp(values[$1]) }
            let found = state.weights(entropies: entropies, isAwake: values.map { !$0.isNaN })
            #expect(zip(found, gated).allSatisfy { abs($0 - $1) < 1e-12 })
            #expect(abs(exp(state.read(values, entropies: entropies)) - expected) < 1e-12)
            let mass = awake.reduce(0) { $0 + w[$1] }
            let likelihood = awake.reduce(0) { $0 + w[$1] * exp(0.6 * values[$1]) }
            var v = w
            if likelihood > 0 { for m in awake { v[m] = mass * w[m] * exp(0.6 * values[m]) / likelihood } }
            if likelihood > 0 { w = v.indices.map { 0.9 * v[$0] + 0.1 * start[$0] } }
        }
    }

    /// α = 0, η = 1: the probability of the whole text is Σ w_m P_m(text), so its loss is at most any member's − log w_m.
    @Test func withoutShareItIsBayesianMixing() {
        for seed in 0..<20 as Range<UInt64> {
            let steps = text(members: 4, steps: 400, seed: seed).map { step in
                (values: step.values.map { $0.isNaN ? -1 : max($0, -40) }, entropies: step.entropies)
            }
            let weights = [0.4, 0.3, 0.2999, 0.0001]
            var state = AdaptiveWeights(Mixing(weights: weights, dimensions: PoolDimensions(recencyShare: 0)))
            var found = 0.0
            for step in steps { found += state.read(step.values, entropies: step.entropies) }
            let totals = (0..<4).map { m in log(weights[m]) + steps.reduce(0) { $0 + $1.values[m] } }
            let top = totals.max() ?? 0
            let expected = top + log(totals.reduce(0) { $0 + exp($1 - top) })
            #expect(abs(found - expected) < 1e-9 * abs(expected))
            for total in totals { #expect(-found <= -total + 1e-9) }
        }
    }

    /// A member that fell e^−3000 behind still comes back: nothing underflows.
    @Test func aMemberFarBehindComesBack() {
        var state = AdaptiveWeights(Mixing(weights: [1, 1], dimensions: PoolDimensions(recencyShare: 0)))
        for _ in 0..<100 { _ = state.read([-1, -31], entropies: [0, 0]) }
        for _ in 0..<101 { _ = state.read([-31, -1], entropies: [0, 0]) }
        #expect(state.weights(entropies: [0, 0], isAwake: [true, true])[1] > 0.999)
    }

    @Test func aSingleWeightIsTheMemberBitForBit() {
        for share in [0, 0.1, 0.3, 0.7, 0.9, 1] {
            var state = AdaptiveWeights(
                Mixing(
                    weights: [0, 3, 0],
                    dimensions: PoolDimensions(uncertainty: 1.3, recencyShare: share, recencyRate: 0.7)))
            for (values, entropies) in text(members: 3, steps: 50, seed: 2) {
                let found = state.read(values, entropies: entropies)
                #expect(found == (values[1].isNaN ? -.infinity : values[1]))
            }
        }
    }

    @Test func neutralDimensionsLeaveTheWeights() {
        #expect(PoolDimensions().isNeutral && PoolDimensions(temperatures: [1, 1], recencyRate: 0.3).isNeutral)
        var state = AdaptiveWeights(Mixing(weights: [3, 1]))
        for (values, entropies) in text(members: 2, steps: 10, seed: 3) {
            let found = state.weights(entropies: entropies, isAwake: [true, true])
            #expect(abs(found[0] - 0.75) < 1e-15 && abs(found[1] - 0.25) < 1e-15)
            _ = state.read(values, entropies: entropies)
        }
    }

    @Test func sleepersKeepTheirWeight() {
        var state = AdaptiveWeights(Mixing(weights: [1, 1, 2], dimensions: PoolDimensions(recencyShare: 0)))
        state.update([-1, -5, .nan])
        let awake = [true, true, true]
        let weights = state.weights(entropies: [], isAwake: awake)
        #expect(abs(weights[2] - 0.5) < 1e-15 && abs(weights[0] / weights[1] - exp(4)) < 1e-9)
        // What nobody can say, and a step of sleepers, teach nothing.
        let copy = state
        state.update([-.infinity, -.infinity, .nan])
        state.update([.nan, .nan, .nan])
        #expect(state == copy)
        #expect(state.weights(entropies: [], isAwake: [false, false, false]) == [0, 0, 0])
    }
}
