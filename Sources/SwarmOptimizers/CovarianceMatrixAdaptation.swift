internal import Foundation

/// CMA-ES over a search space, in coordinates without its redundant direction.
///
/// Iteration 0 evaluates the members alone and the centre; the strategy starts halfway between the best of them and the
/// centre, as wide as a uniform point. Of a sample x outside the space its projection P(x) is evaluated; samples are
/// ranked by f(P(x)) − γ ‖x − P(x)‖², where a distance of one standard deviation costs what the middle half of the
/// generation's utilities span (in the manner of Hansen et al. 2009, "A method for handling uncertainty …", §IV-B). Where
/// a strategy has converged (or its utilities are flat), another starts at a random point with twice the population
/// (IPOP, Auger and Hansen 2005). It never ends by itself, except where there is nothing to search.
package struct CovarianceMatrixAdaptation: Optimizer, Equatable {
    package let space: SearchSpace
    package let seed: UInt64
    /// Samples a generation of the first strategy; nil for 4 + ⌊3 ln n⌋.
    package let population: Int?
    package private(set) var evaluations = 0
    package private(set) var best: Evaluation?
    /// Strategies that have ended.
    package private(set) var restarts = 0
    /// Generations of all strategies; numbers their samples.
    private var iteration = 0
    /// nil before the first points were told.
    private var strategy: EvolutionStrategy?
    /// The best utility of each generation of this strategy, the last 10 + 30 n/λ of them.
    private var recent: [Double] = []

    package init(space: SearchSpace, population: Int? = nil, seed: UInt64) {
        self.space = space
        self.population = population
        self.seed = seed
    }

    package var stakes: [Stake?] { ask().map { _ in nil } }

    private var corners: [[Double]] {
        (0..<space.members).map { space.corner($0) } + (space.isSinglePoint ? [] : [space.centre])
    }

    package func ask() -> [[Double]] {
        guard let strategy else { return space.isSinglePoint && evaluations > 0 ? [] : corners }
        let coordinates = IntrinsicCoordinates(space: space)
        return strategy.sample(seed: seed, stream: iteration).map { coordinates.point(at: coordinates.project($0)) }
    }

    package mutating func tell(_ utilities: [Double]) {
        let coordinates = IntrinsicCoordinates(space: space)
        let values = utilities.map { $0.isNaN ? -.infinity : $0 }
        let samples = strategy?.sample(seed: seed, stream: iteration)
        let projected = samples?.map(coordinates.project)
        let points = projected.map { $0.map(coordinates.point) } ?? corners
        precondition(values.count == points.count, "found \(values.count) utilities, expected \(points.count)")
        evaluations += values.count
        for (point, value) in zip(points, values) where best.map({ value > $0.utility }) ?? true {
            best = Evaluation(position: point, utility: value)
        }
        guard !space.isSinglePoint else { return }
        guard let samples, let projected else {
            begin(near: best?.position ?? space.centre)
            return
        }
        iteration += 1
        let ranks = penalised(values, samples, projected)
        let order = values.indices.sorted { (-ranks[$0], $0) < (-ranks[$1], $1) }
        strategy?.update(ranked: order.map { samples[$0] })
        let (highest, lowest) = (values.max() ?? 0, values.min() ?? 0)
        recent.append(highest)
        if hasConverged(worst: lowest) {
            restarts += 1
            var random = CounterRandom(seed: seed, stream: .start, iteration: restarts)
            begin(near: space.randomPoint(&random))
        }
    }

    /// What samples are ranked by.
    private func penalised(_ values: [Double], _ samples: [[Double]], _ projected: [[Double]]) -> [Double] {
        guard let strategy else { return values }
        let n = strategy.mean.count
        let finite = values.filter(\.isFinite).sorted()
        let span = finite.isEmpty ? 0 : finite[finite.count * 3 / 4] - finite[finite.count / 4]
        let variance = strategy.sigma * strategy.sigma * (0..<n).reduce(0) { $0 + strategy.covariance[$1 * (n + 1)] }
        let weight = span / max(variance / Double(n), 1e-300)
        return values.indices.map { i in
            let distance = zip(samples[i], projected[i]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            // Among equal utilities the nearer sample, so that plateaus do not draw the mean away.
            return values[i] - max(weight, 1e-12) * distance
        }
    }

    /// Starts a strategy halfway between `point` and the centre.
    private mutating func begin(near point: [Double]) {
        let coordinates = IntrinsicCoordinates(space: space)
        let first = population ?? EvolutionStrategy.Parameters.defaultLambda(coordinates.count)
        // No more than a member's worth of doublings: the budget ends before.
        let lambda = first << min(restarts, 16)
        let mean = coordinates.reduce(point: point).map { $0 / 2 }
        strategy = EvolutionStrategy(mean: coordinates.project(mean), sigma: 1, lambda: lambda)
        recent = []
    }

    /// The tutorial's criteria that say a strategy will find nothing more: steps without size, flat utilities over the
    /// last generations.
    private mutating func hasConverged(worst: Double) -> Bool {
        guard let strategy else { return false }
        let window = 10 + 30 * strategy.mean.count / strategy.lambda
        if recent.count > window { recent.removeFirst(recent.count - window) }
        let spread = strategy.spread
        let isFlat =
            recent.count == window
            && (recent.max() ?? 0) - min(recent.min() ?? 0, worst) <= 1e-12 * (1 + abs(recent.last ?? 0))
        return !(spread.largest > 1e-9) || isFlat || !strategy.sigma.isFinite
    }
}
