import Foundation
import SwarmComposition
import SwarmModels
import SwarmTokenizers
import SwarmVocabulary
import Testing

/// What is evaluated where it is asked is what `UnionStep.mix` writes down whole.
@Suite struct LazyMixtureTests {
    private let members: [Member]
    private let map: SharedVocabulary
    private let none: NumberSet

    init() throws {
        members = try SmallMembers.all()
        map = try SharedVocabulary(members: members.map { ($0.name, $0.tokenizer) })
        none = NumberSet([], below: map.symbolCount)
    }

    private struct Numbers {
        var state: UInt64
        mutating func next() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 40) / 0x1p24
        }
    }

    /// Rows of logits, from flat to sharp, with control tokens masked.
    private func rows(_ numbers: inout Numbers) throws -> [NextToken] {
        let spread = 12 * numbers.next()
        return try members.map { member in
            let logits = member.tokenizer.roles.map { role -> Float in
                let logit = Float(spread * (numbers.next() + numbers.next()))
                return role == .text || role == .byte || role == .endOfText ? logit : -.infinity
            }
            return try #require(NextToken(logits: logits))
        }
    }

    private func shares(_ numbers: inout Numbers) -> [Double] {
        let raw = members.map { _ in numbers.next() * numbers.next() + 1e-3 }
        return raw.map { $0 / raw.reduce(0, +) }
    }

    /// One mixture written down and to be asked.
    private func both(
        _ step: UnionStep, _ shares: [Double], _ rows: [NextToken]
    ) throws -> (whole: [Double], mixture: LazyMixture) {
        let whole = try #require(
            step.mix(members.indices.map { ($0, shares[$0], rows[$0].probabilities()) }, isStart: false))
        return (whole, try #require(step.lazily(members.indices.map { ($0, shares[$0], rows[$0]) }, isStart: false)))
    }

    @Test(arguments: [AlignmentSettings.Policy.zero, .share])
    func isTheWholeMixture(policy: AlignmentSettings.Policy) throws {
        let step = UnionStep(map: map, policy: policy, pool: PoolSettings())
        var numbers = Numbers(state: 3)
        for _ in 0..<40 {
            let (rows, shares) = (try rows(&numbers), shares(&numbers))
            let (whole, lazy) = try both(step, shares, rows)
            var mixture = lazy
            for symbol in whole.indices { #expect(abs(mixture.mass(of: symbol) - whole[symbol]) < 1e-12) }
            for threshold in [0.2, 0.02, 1e-3, 1e-6] {
                let found = try #require(mixture.numbers(atLeast: threshold, most: 1 << 20))
                #expect(zip(found, found.dropFirst()).allSatisfy { $0 < $1 })
                #expect(Set(whole.indices.filter { whole[$0] >= threshold }).isSubset(of: Set(found)))
            }
        }
    }

    @Test(arguments: [AlignmentSettings.Policy.zero, .share])
    func choicesAreThoseOfTheWhole(policy: AlignmentSettings.Policy) throws {
        let step = UnionStep(map: map, policy: policy, pool: PoolSettings())
        var numbers = Numbers(state: 8)
        var settings = [SamplerSettings()]
        for temperature in [0.5, 1, 1.7] {
            settings += [
                SamplerSettings(temperature: temperature, topK: 5),
                SamplerSettings(temperature: temperature, topP: 0.8),
                SamplerSettings(temperature: temperature, minP: 0.1),
                SamplerSettings(temperature: temperature, topK: 30, topP: 0.9, minP: 0.02),
            ]
        }
        var (chosen, all) = (0, 0)
        for round in 0..<40 {
            let (rows, shares) = (try rows(&numbers), shares(&numbers))
            var (whole, mixture) = try both(step, shares, rows)
            // The likeliest symbols are out of the question in some rounds.
            let order = whole.indices.sorted { whole[$0] > whole[$1] }
            let broken = NumberSet(Array(order.prefix(round % 4)), below: map.symbolCount)
            for symbol in broken.list { whole[symbol] = 0 }
            for settings in settings {
                let sampler = Sampler(settings)
                all += 1
                guard let found = sampler.choose(from: &mixture, without: broken, step: round) else { continue }
                chosen += 1
                #expect(found == sampler.choose(whole, step: round))
            }
        }
        // Flat distributions may take the whole; few are that flat.
        #expect(chosen > all * 9 / 10)
    }

    /// Chi-square of 20,000 draws; its 1 − 10⁻⁶ quantile by Wilson and Hilferty's approximation.
    @Test(arguments: [AlignmentSettings.Policy.zero, .share], [1, 0.7, 0.25])
    func drawsFollowTheWhole(policy: AlignmentSettings.Policy, temperature: Double) throws {
        let step = UnionStep(map: map, policy: policy, pool: PoolSettings())
        var numbers = Numbers(state: 21)
        for round in 0..<4 {
            let (rows, shares) = (try rows(&numbers), shares(&numbers))
            var (whole, mixture) = try both(step, shares, rows)
            let broken = NumberSet([whole.indices.max { whole[$0] < whole[$1] } ?? 0], below: map.symbolCount)
            for symbol in broken.list { whole[symbol] = 0 }
            whole = whole.map { pow($0, 1 / temperature) }
            let sum = whole.reduce(0, +)
            let sampler = Sampler(SamplerSettings(temperature: temperature, seed: UInt64(round)))
            let count = 20_000
            var seen = [Int](repeating: 0, count: whole.count)
            for draw in 0..<count {
                seen[try #require(sampler.choose(from: &mixture, without: broken, step: draw))] += 1
            }
            // Rare ones together.
            var (statistic, freedom, rareSeen, rareExpected) = (0.0, -1.0, 0.0, 0.0)
            for symbol in whole.indices {
                let expected = whole[symbol] / sum * Double(count)
                guard expected >= 5 else {
                    rareSeen += Double(seen[symbol])
                    rareExpected += expected
                    continue
                }
                statistic += pow(Double(seen[symbol]) - expected, 2) / expected
                freedom += 1
            }
            if rareExpected >= 5 {
                statistic += pow(rareSeen - rareExpected, 2) / rareExpected
                freedom += 1
            }
            #expect(freedom > 5)
            let most = freedom * pow(1 - 2 / (9 * freedom) + 4.753 * (2 / (9 * freedom)).squareRoot(), 3)
            #expect(statistic < most)
        }
    }

    @Test func oneMemberIsItsTokens() throws {
        var numbers = Numbers(state: 5)
        for row in try rows(&numbers) {
            var next = row
            let whole = row.probabilities()
            let none = NumberSet([], below: whole.count)
            for (token, probability) in whole.enumerated() { #expect(abs(next.mass(of: token) - probability) < 1e-12) }
            for settings in [SamplerSettings(), SamplerSettings(temperature: 1, topP: 0.5)] {
                let sampler = Sampler(settings)
                #expect(
                    sampler.choose(from: &next, without: none, step: 1) == sampler.choose(whole, step: 1))
            }
            // u = 0 and u near 1 are the first and the last token that can be.
            #expect(next.draw { _ in 0 } == whole.firstIndex { $0 > 0 })
            #expect(next.draw { _ in 1 - 0x1p-53 } == whole.lastIndex { $0 > 0 })
        }
    }

    @Test func wholesAreAskedForWhereNothingElseDoes() throws {
        var numbers = Numbers(state: 6)
        let rows = try rows(&numbers)
        let answers = members.indices.map { ($0, 0.25, rows[$0]) }
        #expect(UnionStep(map: map, policy: .first, pool: PoolSettings()).lazily(answers, isStart: false) == nil)
        #expect(
            UnionStep(map: map, policy: .share, pool: PoolSettings(kind: .logLinear)).lazily(answers, isStart: false)
                == nil)
        let step = UnionStep(map: map, policy: .share, pool: PoolSettings())
        #expect(step.lazily(answers, isStart: true) == nil)
        #expect(step.lazily([(0, 1.5, rows[0]), (1, -0.5, rows[1])], isStart: false) == nil)
        var mixture = try #require(step.lazily(answers, isStart: false))
        let hot = Sampler(SamplerSettings(temperature: 1.7))
        #expect(hot.choose(from: &mixture, without: none, step: 0) == nil)
        // What is drawn has hardly a chance to be taken.
        var flat = OneAmongMany()
        #expect(Sampler(SamplerSettings(temperature: 0.1)).choose(from: &flat, without: none, step: 0) == nil)
        #expect(Sampler(SamplerSettings(temperature: 0.9)).choose(from: &flat, without: none, step: 0) == 1)
    }
}

/// Draws number 1, which has a thousandth of what 0 has.
private struct OneAmongMany: LazyDistribution {
    let highestMass = 0.01
    func mass(of number: Int) -> Double { number == 0 ? 0.01 : 1e-5 }
    func numbers(atLeast threshold: Double, most: Int) -> [Int]? { threshold > 1e-5 ? [0] : [0, 1] }
    func draw(_ uniform: (Int) -> Double) -> Int? { 1 }
}
