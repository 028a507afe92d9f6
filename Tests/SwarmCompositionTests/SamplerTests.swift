import Foundation
import SwarmComposition
import Testing

@Suite struct SamplerTests {
    let probabilities = [0.05, 0.4, 0.1, 0.0, 0.4, 0.05]

    private func support(_ settings: SamplerSettings, _ penalised: Set<Int> = []) -> Set<Int> {
        let sampler = Sampler(settings)
        return Set((0..<2000).compactMap { sampler.choose(probabilities, penalised: penalised, step: $0) })
    }

    @Test func greedyTakesTheFirstOfTheLikeliest() {
        #expect(Sampler(SamplerSettings()).choose(probabilities, step: 0) == 1)
        #expect(Sampler(SamplerSettings()).choose([0, 0], step: 0) == nil)
        #expect(Sampler(SamplerSettings(temperature: 1)).choose([0, 0], step: 0) == nil)
        #expect(Sampler(SamplerSettings(temperature: 1)).choose([], step: 0) == nil)
    }

    @Test func truncationsKeepWhatTheySay() {
        #expect(support(SamplerSettings(temperature: 1)) == [0, 1, 2, 4, 5])
        #expect(support(SamplerSettings(temperature: 1, topK: 3)) == [1, 2, 4])
        #expect(support(SamplerSettings(temperature: 1, topK: 1)) == [1])
        #expect(support(SamplerSettings(temperature: 1, topP: 0.8)) == [1, 4])
        #expect(support(SamplerSettings(temperature: 1, topP: 0.81)) == [1, 2, 4])
        #expect(support(SamplerSettings(temperature: 1, topP: 1e-9)) == [1])
        #expect(support(SamplerSettings(temperature: 1, minP: 0.25)) == [1, 2, 4])
        #expect(support(SamplerSettings(temperature: 1, topK: 2, topP: 0.5)) == [1])
    }

    @Test func frequenciesFollowTheTemperature() {
        for temperature in [0.5, 1, 2] {
            let sampler = Sampler(SamplerSettings(temperature: temperature, seed: 7))
            var counts = [Double](repeating: 0, count: 6)
            for step in 0..<40_000 { counts[sampler.choose(probabilities, step: step) ?? 0] += 1 }
            let masses = probabilities.map { $0 > 0 ? pow($0, 1 / temperature) : 0 }
            let sum = masses.reduce(0, +)
            for (count, mass) in zip(counts, masses) { #expect(abs(count / 40_000 - mass / sum) < 0.01) }
        }
    }

    @Test func repetitionIsPenalisedInLogs() {
        // log p · 2 squares the probability: 0.4 → 0.16.
        let greedy = Sampler(SamplerSettings(repetitionPenalty: 2))
        #expect(greedy.choose(probabilities, penalised: [1], step: 0) == 4)
        #expect(greedy.choose([0.8, 0.2], penalised: [0], step: 0) == 0)
        #expect(greedy.choose([0.4, 0.17, 0.43], penalised: [0, 2], step: 0) == 2)
    }

    @Test func seedsRepeatAndDiffer() {
        func draw(_ seed: UInt64) -> [Int?] {
            let sampler = Sampler(SamplerSettings(temperature: 1, seed: seed))
            return (0..<50).map { sampler.choose(probabilities, step: $0) }
        }
        #expect(draw(1) == draw(1))
        #expect(draw(1) != draw(2))
    }

    @Test func truncationEqualsSortingEverything() {
        let many = (0..<5000).map { pow(0.5 + 0.5 * sin(Double($0) * 1.7), 40) / 100 }
        let whole = many.reduce(0, +)
        let order = many.indices.sorted { many[$0] != many[$1] ? many[$0] > many[$1] : $0 < $1 }
        for (k, p) in [(1, 1.0), (10, 1), (4000, 1), (0, 0.3), (0, 0.999), (50, 0.5)] {
            let sampler = Sampler(SamplerSettings(temperature: 1, topK: k, topP: p))
            var kept = k > 0 ? Array(order.prefix(k)) : order
            let total = k > 0 ? kept.reduce(0) { $0 + many[$1] } : whole
            if p < 1 {
                var mass = 0.0
                kept = Array(
                    kept.prefix { index in
                        defer { mass += many[index] }
                        return mass < p * total
                    })
            }
            let allowed = Set(kept)
            for step in 0..<500 { #expect(allowed.contains(sampler.choose(many, step: step) ?? -1)) }
        }
    }

    @Test func settingsAreChecked() throws {
        try SamplerSettings(temperature: 0.7, topK: 40, topP: 0.95, minP: 0.05, repetitionPenalty: 1.1).check()
        for bad in [
            SamplerSettings(temperature: -1), SamplerSettings(temperature: .nan), SamplerSettings(topK: -1),
            SamplerSettings(topP: 0), SamplerSettings(topP: 1.1), SamplerSettings(minP: 2),
            SamplerSettings(repetitionPenalty: 0.5), SamplerSettings(repetitionWindow: -1),
        ] { #expect(throws: CompositionError.self) { try bad.check() } }
    }
}
