import SwarmEvaluation
import SwarmOptimizers
import Testing

@Suite struct RaceTests {
    /// 300 questions, each answered by a mixture with a chance that falls with its distance from a hidden point; what is
    /// answered is fixed by the question and the point.
    private func right(_ point: [Double], _ example: Int) -> Double {
        let distance = zip(point, [0.5, 0.3, 0.2]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        // How hard the question is, in [0, 1), and what no distance explains.
        var random = CounterRandom(seed: 3, stream: .user, iteration: example)
        let hardness = random.uniform()
        var noise = CounterRandom(
            seed: UInt64((point[0] * 20).rounded()) << 20 | UInt64((point[1] * 20).rounded()), stream: .user,
            iteration: example)
        return hardness + 0.1 * (noise.uniform() - 0.5) < 0.75 - 0.8 * distance ? 1 : 0
    }

    private func search(
        _ kind: OptimizerKind, level: Double, seed: UInt64
    ) throws -> (best: Evaluation?, looked: Int, dropped: Int, evaluations: Int) {
        let count = 300
        var looked = 0
        let field = Race.Field(
            exampleCount: count, range: 0...1 / Double(count), base: { $0.map { _ in 0 } },
            contributions: { points, examples in
                looked += points.count * examples.count
                return points.map { point in examples.map { right(point, $0) / Double(count) } }
            })
        let race = Race(level: level, seed: seed)
        var known: Race.Known = [:]
        var search = BudgetedSearch(kind, space: SearchSpace(members: 3), budget: 400, seed: seed)
        var (iteration, dropped) = (0, 0)
        while true {
            let points = search.ask()
            if points.isEmpty { break }
            let measured = try race.measure(
                iteration: iteration, points: points, stakes: search.stakes, field: field, known: &known)
            dropped += measured.count { $0.examples != nil }
            search.tell(measured.map(\.evaluation.utility))
            iteration += 1
        }
        return (search.best, looked, dropped, search.evaluations)
    }

    /// The winner is that of the search without racing, to the bit, and much is spared.
    @Test(arguments: [OptimizerKind.pso, .de, .random]) func sameWinnerForLess(kind: OptimizerKind) throws {
        var (raced, whole) = (0, 0)
        for seed in UInt64(1)...5 {
            let all = try search(kind, level: 0, seed: seed)
            let some = try search(kind, level: 0.01, seed: seed)
            // A point that comes again is not looked at again.
            #expect(all.looked <= 400 * 300 && all.dropped == 0)
            #expect(some.best == all.best && some.evaluations == 400 && some.dropped > 40)
            raced += some.looked
            whole += all.looked
        }
        #expect(Double(raced) < (kind == .pso ? 0.9 : 0.85) * Double(whole), "\(raced) of \(whole)")
    }

    @Test func whatRanksEveryPointIsNotRaced() throws {
        let result = try search(.cmaES, level: 0.01, seed: 1)
        #expect(result.dropped == 0 && result.looked == 400 * 300)
    }

    @Test func chancesAreThoseOfTheUrn() {
        var random = CounterRandom(seed: 1, stream: .user, iteration: 0)
        // One ball drawn from {1 × 3, −1, +1, −1}: 4 of 6 are +1.
        let one = Race.chance(
            that: { $0 > 2 }, seen: [1, 1, 1, -1], extremes: [1, -1], rest: 1, draws: 20_000, random: &random)
        #expect(abs(one - 4.0 / 6) < 0.015)
        // Two from {−1, +1, −1}: both +1 with ⅓ · ½, reinforced.
        let two = Race.chance(
            that: { $0 > 0 }, seen: [-1], extremes: [1, -1], rest: 2, draws: 20_000, random: &random)
        #expect(abs(two - 1.0 / 6) < 0.01)
        #expect(Race.chance(that: { $0 > 0 }, seen: [1], extremes: [1, -1], rest: 0, random: &random) == 1)
    }
}
