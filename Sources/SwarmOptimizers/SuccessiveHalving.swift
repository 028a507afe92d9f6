/// `auto`: a bandit over optimizers and settings that spends its budget where it pays, by successive halving (Jamieson
/// and Talwalkar 2016; with thirds, as Hyperband, Li et al. 2018).
///
/// The budget is cut into equal rungs. In each rung every arm that is left gets an equal share of it, and goes on from
/// where it was; then the better third, by the best utility each has found, goes to the next rung. The last one takes
/// all that is left. A share is rounded up to whole batches of the arm. The members alone and the centre, where nearly
/// every arm begins, are evaluated once for all.
package struct SuccessiveHalving: Optimizer, Equatable {
    /// A method among those tried.
    package struct Arm: Codable, Sendable, Equatable {
        /// For example `cma-es` or `pso, 40 particles`.
        package let name: String
        var method: SearchMethod
        /// Evaluations that were spent on it; those shared by all are not counted.
        package internal(set) var evaluations = 0
        /// Rungs it took part in, at least 1.
        package internal(set) var rungs = 1

        /// The best it found.
        package var best: Evaluation? { method.best }

        init(_ name: String, _ method: SearchMethod) {
            self.name = name
            self.method = method
        }
    }

    package let space: SearchSpace
    /// Evaluations that the rungs share.
    package let budget: Int
    package private(set) var arms: [Arm]
    package private(set) var evaluations = 0
    package private(set) var best: Evaluation?
    /// Corners and centre with their utilities; empty before they are told.
    private var shared: [Evaluation] = []
    /// Arms of this rung, and which of them is asked.
    private var alive: [Int]
    private var turn = 0
    private var rung = 0
    /// `evaluations` at which this arm's turn ends.
    private var turnEnd = 0

    package init(space: SearchSpace, settings: SwarmSettings = SwarmSettings(), budget: Int, seed: UInt64) {
        self.space = space
        self.budget = budget
        var large = settings.endless
        large.particles = 2 * max(settings.particles, space.members)
        let dimensions = max(1, space.count - 1)
        let population = 2 * EvolutionStrategy.Parameters.defaultLambda(dimensions)
        arms = [
            Arm("pso", .pso(ParticleSwarm(space: space, settings: settings.endless, seed: seed))),
            Arm(
                "pso, \(large.particles) particles", .pso(ParticleSwarm(space: space, settings: large, seed: seed ^ 1))),
            Arm("cma-es", .cmaES(CovarianceMatrixAdaptation(space: space, seed: seed))),
            Arm(
                "cma-es, \(population) samples",
                .cmaES(CovarianceMatrixAdaptation(space: space, population: population, seed: seed ^ 1))),
            Arm("nelder-mead", .nelderMead(NelderMead(space: space, seed: seed))),
            Arm("de", .de(DifferentialEvolution(space: space, population: settings.particles, seed: seed))),
            Arm("random", .random(RandomSearch(space: space, budget: .max, seed: seed))),
        ]
        alive = Array(arms.indices)
    }

    private var sharedPoints: [[Double]] {
        (0..<space.members).map { space.corner($0) } + (space.isSinglePoint ? [] : [space.centre])
    }

    private func known(_ point: [Double]) -> Double? { shared.first { $0.position == point }?.utility }

    package func ask() -> [[Double]] {
        if shared.isEmpty { return sharedPoints }
        if space.isSinglePoint { return [] }
        return arms[alive[turn]].method.ask().filter { known($0) == nil }
    }

    package var stakes: [Stake?] {
        if shared.isEmpty || space.isSinglePoint { return ask().map { _ in nil } }
        let method = arms[alive[turn]].method
        return zip(method.ask(), method.stakes).filter { known($0.0) == nil }.map(\.1)
    }

    package mutating func tell(_ utilities: [Double]) {
        let points = ask()
        precondition(utilities.count == points.count, "found \(utilities.count) utilities, expected \(points.count)")
        let told = zip(points, utilities).map { Evaluation(position: $0, utility: $1.isNaN ? -.infinity : $1) }
        evaluations += told.count
        for evaluation in told where best.map({ evaluation.utility > $0.utility }) ?? true { best = evaluation }
        if shared.isEmpty {
            shared = told
            guard !space.isSinglePoint else { return }
            beginTurn()
        } else {
            arms[alive[turn]].evaluations += told.count
            tellArm(told.map(\.utility))
        }
        advance()
    }

    /// Passes utilities on, those that all arms share put back in their places.
    private mutating func tellArm(_ utilities: [Double]) {
        var rest = utilities.makeIterator()
        let all = arms[alive[turn]].method.ask().map { known($0) ?? rest.next() ?? -.infinity }
        arms[alive[turn]].method.tell(all)
    }

    /// Ends turns and rungs until there is a point to ask for.
    private mutating func advance() {
        while true {
            if ask().isEmpty {
                tellArm([])
            } else if evaluations < turnEnd || alive.count == 1 {
                return
            } else if turn + 1 < alive.count {
                turn += 1
                beginTurn()
            } else {
                promote()
                beginTurn()
            }
        }
    }

    /// Rungs that begin with more than one arm, and the last.
    private var rungCount: Int {
        var (count, left) = (1, arms.count)
        while left > 1 {
            left = (left + 2) / 3
            count += 1
        }
        return count
    }

    private mutating func beginTurn() {
        let (rungs, size) = (rungCount, max(budget, 0))
        // Whole division by what is left keeps the shares equal however the batches fell.
        let rungEnd = size / rungs * (rung + 1)
        let left = alive.count - turn
        turnEnd = evaluations + max(1, (rungEnd - evaluations) / left)
    }

    private mutating func promote() {
        let ranked = alive.sorted { a, b in
            let (x, y) = (arms[a].best?.utility ?? -.infinity, arms[b].best?.utility ?? -.infinity)
            return x != y ? x > y : a < b
        }
        alive = ranked.prefix((alive.count + 2) / 3).sorted()
        for index in alive { arms[index].rungs += 1 }
        (turn, rung) = (0, rung + 1)
    }
}
