/// The control of every search: independent uniform draws from the simplex (Dirichlet with concentration 1), exactly
/// as many as the budget says.
package struct RandomSearch: Optimizer, Equatable {
    package let dimensions: Int
    /// Points in all.
    package let budget: Int
    /// Points an `ask` gives at most; has no influence on which points are drawn.
    package let batchSize: Int
    package let seed: UInt64
    /// Points told so far.
    package private(set) var evaluations = 0
    package private(set) var best: Evaluation?

    /// - Precondition: `dimensions` and `batchSize` ≥ 1, `budget` ≥ 0.
    package init(dimensions: Int, budget: Int, batchSize: Int = 20, seed: UInt64) {
        precondition(dimensions >= 1 && batchSize >= 1 && budget >= 0, "sizes of a random search must be positive")
        self.dimensions = dimensions
        self.budget = budget
        self.batchSize = batchSize
        self.seed = seed
    }

    /// The draw number `index`.
    package func point(_ index: Int) -> [Double] {
        var random = CounterRandom(seed: seed, stream: .dirichlet, iteration: index)
        return random.dirichlet(count: dimensions)
    }

    package mutating func ask() -> [[Double]] {
        (evaluations..<min(evaluations + batchSize, budget)).map(point)
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
