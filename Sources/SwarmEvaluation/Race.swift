internal import Foundation
package import SwarmOptimizers

/// Racing: where looking at an example costs (answers are generated), points are dropped as soon as it is clear that they
/// will not matter, and the effort goes to those that may.
///
/// A utility is a sum over examples, U = base + Σ_e c(e). Examples are looked at in a random order, new in every
/// iteration and the same for all its points. After each look a point i is dropped when both
///
///     P( base_i − base_r + Σ_seen d(e) + Σ_rest d(e) > 0 ) < level,   d(e) = c_i(e) − c_r(e)
///     P( base_i + Σ_seen c_i(e) + Σ_rest c_i(e) < floor ) < level
///
/// with r its rival (`Stake`): the chance to beat it, and to be remembered as the worst point. The rest is drawn 400 times
/// from a Pólya urn over what was seen, that is from the posterior predictive of the Bayesian bootstrap (Rubin 1981),
/// paired with the rival by example; two further balls, the largest gain and the largest loss that are possible, keep a
/// short run of equal outcomes from passing for certainty. What a dropped point is given as utility lies within its
/// stake, so a search goes on exactly as without racing unless a drop was wrong, which the level bounds at each look.
package struct Race: Sendable {
    /// The chance below which a point is dropped; 0 looks at everything.
    package var level: Double
    package var seed: UInt64

    package init(level: Double, seed: UInt64) {
        self.level = level
        self.seed = seed
    }

    /// A utility that can be looked at example by example.
    package struct Field {
        /// Examples in all, over all tasks.
        package var exampleCount: Int
        /// What c(e) may span, from the least to the largest.
        package var range: ClosedRange<Double>
        /// What points have without looking at an example; −∞ where they are no compositions.
        package var base: ([[Double]]) throws -> [Double]
        /// c of the points on some examples [points][examples].
        package var contributions: (_ points: [[Double]], _ examples: [Int]) throws -> [[Double]]

        package init(
            exampleCount: Int, range: ClosedRange<Double>, base: @escaping ([[Double]]) throws -> [Double],
            contributions: @escaping ([[Double]], [Int]) throws -> [[Double]]
        ) {
            self.exampleCount = exampleCount
            self.range = range
            self.base = base
            self.contributions = contributions
        }
    }

    /// What is known of points that were looked at whole, by position.
    package typealias Known = [[Double]: (base: Double, contributions: [Double])]

    private struct Runner {
        var base: Double
        /// By example; NaN where not looked at.
        var contributions: [Double]
        var isDropped = false
        /// Whether the point was looked at whole before.
        var isKnown = false
        var seen = 0
    }

    /// Measures the points of one iteration. A point that was looked at whole before is not looked at again.
    /// - Parameters:
    ///   - known: what rivals contributed; points that are looked at whole are added.
    package func measure(
        iteration: Int, points: [[Double]], stakes: [Stake?], field: Field, known: inout Known
    ) throws -> [MeasuredPoint] {
        let count = field.exampleCount
        var order = Array(0..<count)
        var random = CounterRandom(seed: seed, stream: .race, iteration: iteration)
        for i in order.indices.reversed() where i > 0 { order.swapAt(i, random.index(below: i + 1)) }

        var runners = try field.base(points).map {
            Runner(base: $0, contributions: [Double](repeating: .nan, count: count))
        }
        for index in runners.indices {
            guard let whole = known[points[index]] else { continue }
            (runners[index].contributions, runners[index].isKnown) = (whole.contributions, true)
        }
        var start = 0
        // The first look sees a tenth, and no less than ten.
        let step = max(10, (count + 9) / 10)
        while start < count {
            let examples = Array(order[start..<min(count, start + step)])
            let alive = runners.indices.filter { index in
                let runner = runners[index]
                return !runner.isDropped && !runner.isKnown && runner.base > -.infinity
            }
            if alive.isEmpty { break }
            let looked = try field.contributions(alive.map { points[$0] }, examples)
            for (row, index) in zip(looked, alive) {
                for (example, value) in zip(examples, row) { runners[index].contributions[example] = value }
                runners[index].seen += examples.count
            }
            start += examples.count
            guard level > 0, start < count else { continue }
            for index in alive {
                guard let stake = stakes[index], let rival = known[stake.rival.position] else { continue }
                runners[index].isDropped = isSettled(
                    runners[index], stake: stake, rival: rival, order: order, seen: start, field: field,
                    draw: (iteration, index))
            }
        }
        return points.indices.map { index in
            let runner = runners[index]
            guard !runner.isDropped else {
                let seen = runner.contributions.filter { !$0.isNaN }
                let estimate = runner.base + seen.reduce(0, +) * Double(count) / Double(max(1, seen.count))
                let stake = stakes[index]
                let utility = min(max(estimate, stake?.floor ?? estimate), stake?.rival.utility ?? estimate)
                return MeasuredPoint(
                    evaluation: Evaluation(position: points[index], utility: utility), examples: runner.seen)
            }
            guard runner.base > -.infinity else {
                return MeasuredPoint(evaluation: Evaluation(position: points[index], utility: -.infinity))
            }
            if !runner.isKnown { known[points[index]] = (runner.base, runner.contributions) }
            return MeasuredPoint(
                evaluation: Evaluation(
                    position: points[index], utility: runner.base + runner.contributions.reduce(0, +)),
                contributions: runner.isKnown ? nil : runner.contributions)
        }
    }

    private func isSettled(
        _ runner: Runner, stake: Stake, rival: (base: Double, contributions: [Double]), order: [Int], seen: Int,
        field: Field, draw: (iteration: Int, particle: Int)
    ) -> Bool {
        let span = field.range.upperBound - field.range.lowerBound
        let rest = order.count - seen
        let differences = order[..<seen].map { runner.contributions[$0] - rival.contributions[$0] }
        // Streams by look, so that no two decisions share their draws.
        var random = CounterRandom(
            seed: seed, stream: .race, iteration: draw.iteration, particle: (draw.particle + 1) << 12 | seen & 0xFFF)
        let lead = runner.base - rival.base
        // Who is ahead is not behind for certain: spares the draws.
        guard lead + differences.reduce(0, +) <= 0 else { return false }
        let wins = Self.chance(
            that: { lead + $0 > 0 }, seen: differences, extremes: [-span, span], rest: rest, enough: level,
            random: &random)
        guard wins < level else { return false }
        guard stake.floor > -.infinity else { return true }
        let falls = Self.chance(
            that: { runner.base + $0 < stake.floor }, seen: order[..<seen].map { runner.contributions[$0] },
            extremes: [field.range.lowerBound, field.range.upperBound], rest: rest, enough: level, random: &random)
        return falls < level
    }

    /// How often the sum of what was seen and a drawn rest fulfils a condition.
    /// - Parameter enough: a chance that needs no more draws once it is certain to be reached.
    package static func chance(
        that condition: (Double) -> Bool, seen: [Double], extremes: [Double], rest: Int, draws: Int = 400,
        enough: Double = .infinity, random: inout CounterRandom
    ) -> Double {
        let known = seen.reduce(0, +)
        var hits = 0
        var urn = seen + extremes
        let size = urn.count
        urn.reserveCapacity(size + rest)
        for _ in 0..<draws {
            urn.removeLast(urn.count - size)
            var sum = known
            for _ in 0..<rest {
                let ball = urn[random.index(below: urn.count)]
                sum += ball
                urn.append(ball)
            }
            if condition(sum) { hits += 1 }
            if Double(hits) >= enough * Double(draws) { break }
        }
        return Double(hits) / Double(draws)
    }
}
