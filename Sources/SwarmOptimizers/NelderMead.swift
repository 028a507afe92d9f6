/// Nelder and Mead's method over a search space, with Gao and Han's parameters, restarted where it has converged.
///
/// The space's own corners are the first simplex: the members alone, and for each scalar the centre with that scalar
/// moved by a quarter of its range. A point outside the space is replaced by its projection. A simplex whose longest
/// edge is below 10⁻⁴ (in standard deviations of a uniform point), or that spent 50 (n + 1) evaluations without a new
/// best point, is replaced by one of the best point and n random ones, drawn towards it by 1, ½, ¼, 1, ½, … It never
/// ends by itself, except where there is nothing to search.
package struct NelderMead: Optimizer, Equatable {
    package let space: SearchSpace
    package let seed: UInt64
    package private(set) var evaluations = 0
    package private(set) var best: Evaluation?
    /// Simplices that have been given up.
    package private(set) var restarts = 0
    private var sinceBest = 0
    private var simplex: DownhillSimplex?

    package init(space: SearchSpace, seed: UInt64) {
        self.space = space
        self.seed = seed
        guard !space.isSinglePoint else { return }
        let coordinates = IntrinsicCoordinates(space: space)
        var points = (0..<space.members).map { space.cornerCoordinates($0) }
        for index in space.scalars.indices {
            var point = space.coordinates(of: space.centre)
            let neutral = point[space.members + index]
            point[space.members + index] = neutral <= 0.5 ? neutral + 0.25 : neutral - 0.25
            points.append(point)
        }
        simplex = DownhillSimplex(simplex: points.map(coordinates.reduce(_:)))
    }

    package var stakes: [Stake?] { ask().map { _ in nil } }

    package func ask() -> [[Double]] {
        guard let simplex else { return evaluations > 0 ? [] : [space.centre] }
        let coordinates = IntrinsicCoordinates(space: space)
        return simplex.ask().map { point(coordinates, at: coordinates.project($0)) }
    }

    package mutating func tell(_ utilities: [Double]) {
        let points = ask()
        precondition(utilities.count == points.count, "found \(utilities.count) utilities, expected \(points.count)")
        let values = utilities.map { $0.isNaN ? -.infinity : $0 }
        evaluations += values.count
        sinceBest += values.count
        for (point, value) in zip(points, values) where best.map({ value > $0.utility }) ?? true {
            best = Evaluation(position: point, utility: value)
            sinceBest = 0
        }
        guard let asked = simplex?.ask() else { return }
        let coordinates = IntrinsicCoordinates(space: space)
        simplex?.tell(asked.map(coordinates.project), values)
        guard let simplex, simplex.isSettled else { return }
        if simplex.size < 1e-4 || sinceBest >= 50 * (coordinates.count + 1) { restart(coordinates) }
    }

    /// The members alone come back to the bit, not by way of the basis.
    private func point(_ coordinates: IntrinsicCoordinates, at z: [Double]) -> [Double] {
        guard evaluations == 0 else { return coordinates.point(at: z) }
        let point = coordinates.point(at: z)
        let near = (0..<space.members).map { space.corner($0) }.first { corner in
            space.constraint != .softmax && zip(corner, point).allSatisfy { abs($0 - $1) < 1e-9 }
        }
        return near ?? point
    }

    private mutating func restart(_ coordinates: IntrinsicCoordinates) {
        guard let best else { return }
        let reach = [1, 0.5, 0.25][restarts % 3]
        restarts += 1
        sinceBest = 0
        let centre = coordinates.reduce(point: best.position)
        let others = (0..<coordinates.count).map { i in
            var random = CounterRandom(seed: seed, stream: .simplex, iteration: restarts, particle: i)
            let target = coordinates.reduce(point: space.randomPoint(&random))
            return zip(centre, target).map { $0 + reach * ($1 - $0) }
        }
        simplex = DownhillSimplex(simplex: [centre] + others)
    }
}
