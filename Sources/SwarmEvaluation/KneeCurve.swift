internal import Foundation
package import SwarmOptimizers

/// What a search gained on the best member, by evaluations, by iterations and by particles: `tokenswarm knee`.
package struct KneeCurve: Codable, Sendable, Equatable {
    /// The search after an iteration.
    package struct Point: Codable, Sendable, Equatable {
        package var iteration: Int
        /// Evaluations so far.
        package var evaluations: Int
        /// Best utility so far minus the best member's.
        package var gain: Double
        /// What as many evaluations again were expected to gain (`Knee.expectedGain`); nil while that is not known.
        package var expectedGain: Double?

        enum CodingKeys: String, CodingKey {
            case iteration, evaluations, gain
            case expectedGain = "expected_gain"
        }
    }

    /// Utility that gains are counted from: the best member's, else the first valid one.
    package var start: Double
    /// `Knee.threshold`
    package var threshold: Double
    package var points: [Point]
    /// Evaluations at the knee; nil where the search did not get there.
    package var knee: Int?
    /// Counts of particles and iterations of `gains`; none where iterations have no constant number of particles.
    package var particles: [Int] = []
    package var iterations: [Int] = []
    /// Expected gain of a random choice of so many of the run's particles after so many iterations
    /// [particles][iterations]. They all followed the whole swarm's best, so a smaller swarm of its own would have gained
    /// somewhat less.
    package var gains: [[Double]] = []

    /// - Parameters:
    ///   - trail: what each iteration of the search evaluated.
    ///   - members: M.
    /// - Throws: `EvaluationError.badSetting` where no utility is finite.
    package init(trail: [[Evaluation]], members: Int, knee setting: Knee) throws(EvaluationError) {
        let all = trail.flatMap { $0 }
        let corners = all.filter { evaluation in
            evaluation.position.prefix(members).count { $0 == 1 } == 1
                && evaluation.position.prefix(members).allSatisfy { $0 == 0 || $0 == 1 }
        }.map(\.utility).filter(\.isFinite)
        guard let first = corners.max() ?? all.map(\.utility).first(where: \.isFinite) else {
            throw .badSetting(name: "run", found: "no finite utility", expected: "a search that has evaluated points")
        }
        start = first
        threshold = setting.threshold
        points = []
        var utilities: [Double] = []
        var best = first
        for (iteration, evaluations) in trail.enumerated() {
            utilities += evaluations.map(\.utility)
            best = utilities.suffix(evaluations.count).reduce(best) { max($0, $1) }
            let expected = setting.expectedGain(utilities)
            points.append(
                Point(
                    iteration: iteration, evaluations: utilities.count, gain: best - first,
                    expectedGain: expected.isFinite ? expected : nil))
            if knee == nil, setting.isReached(utilities, members: members) { knee = utilities.count }
        }
        let width = trail.first?.count ?? 0
        guard width > 1, trail.count > 1, trail.dropLast().allSatisfy({ $0.count == width }) else { return }
        particles = Self.steps(to: width)
        iterations = [0] + Self.steps(to: trail.count - 1)
        gains = particles.map { count in
            iterations.map { last in Self.gain(trail, particles: count, upTo: last, start: first) }
        }
    }

    /// 1, 2, 5, 10, 20, 50 … and `end`.
    private static func steps(to end: Int) -> [Int] {
        var steps: [Int] = []
        var power = 1
        while power <= end {
            steps += [1, 2, 5].map { $0 * power }.filter { $0 < end }
            power *= 10
        }
        return steps + [end]
    }

    /// The mean over all choices of `count` particles: of the particles' bests in descending order, the i-th (from 0) is
    /// the best chosen one with probability C(N − 1 − i, count − 1) / C(N, count).
    private static func gain(_ trail: [[Evaluation]], particles count: Int, upTo last: Int, start: Double) -> Double {
        let total = trail[0].count
        var bests = [Double](repeating: start, count: total)
        for iteration in trail[...last] {
            for (particle, evaluation) in iteration.enumerated() {
                bests[particle] = max(bests[particle], evaluation.utility)
            }
        }
        bests.sort(by: >)
        var probability = Double(count) / Double(total)
        var mean = 0.0
        for (place, best) in bests.enumerated() {
            mean += probability * (best - start)
            let left = total - 1 - place
            guard left > 0 else { break }
            probability *= Double(max(0, left - count + 1)) / Double(left)
        }
        return mean
    }

    /// Points that are worth a line: the first ones, about twelve an order of magnitude, the knee and the last.
    var shown: [Point] {
        var next = 0.0
        return points.enumerated().filter { index, point in
            let isDue = Double(point.evaluations) >= next || index == points.count - 1 || point.evaluations == knee
            if isDue { next = Double(point.evaluations) * 1.25 }
            return isDue
        }.map(\.element)
    }
}
