/// The control of every search: independent draws from the space (weights uniform on the simplex, that is Dirichlet
/// with concentration 1; a scalar neutral every other time, else uniform over its range), exactly as many as the budget
/// says.
package struct RandomSearch: Optimizer, Equatable {
    package let space: SearchSpace
    /// Points in all.
    package let budget: Int
    /// Points an `ask` gives at most; has no influence on which points are drawn.
    package let batchSize: Int
    package let seed: UInt64
    /// Points told so far.
    package private(set) var evaluations = 0
    package private(set) var best: Evaluation?

    /// - Precondition: `batchSize` ≥ 1, `budget` ≥ 0.
    package init(space: SearchSpace, budget: Int, batchSize: Int = 20, seed: UInt64) {
        precondition(batchSize >= 1 && budget >= 0, "sizes of a random search must be positive")
        self.space = space
        self.budget = budget
        self.batchSize = batchSize
        self.seed = seed
    }

    /// Draws of weights alone.
    package init(dimensions: Int, budget: Int, batchSize: Int = 20, seed: UInt64) {
        self.init(space: SearchSpace(members: dimensions), budget: budget, batchSize: batchSize, seed: seed)
    }

    /// The draw number `index`.
    package func point(_ index: Int) -> [Double] {
        var random = CounterRandom(seed: seed, stream: .dirichlet, iteration: index)
        return space.randomPoint(&random)
    }

    package var stakes: [Stake?] { ask().map { _ in best.map { Stake(rival: $0) } } }

    package func ask() -> [[Double]] {
        (evaluations..<evaluations + min(batchSize, budget - evaluations)).map(point)
    }

    package mutating func tell(_ utilities: [Double]) {
        let points = ask()
        precondition(utilities.count == points.count, "found \(utilities.count) utilities, expected \(points.count)")
        for (point, utility) in zip(points, utilities) {
            let value = utility.isNaN ? -.infinity : utility
            if best.map({ value > $0.utility }) ?? true { best = Evaluation(position: point, utility: value) }
        }
        evaluations += utilities.count
    }
}
