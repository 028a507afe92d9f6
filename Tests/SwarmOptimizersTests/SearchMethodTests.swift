import Foundation
import SwarmOptimizers
import Testing

/// What every optimizer promises.
@Suite struct SearchMethodTests {
    private let spaces = [
        SearchSpace(members: 4), SearchSpace(members: 4, constraint: .affine),
        SearchSpace(members: 4, constraint: .softmax), adaptiveSpace(members: 3), adaptiveSpace(members: 1),
    ]

    private func utility(_ point: [Double]) -> Double {
        // Plateaus and an invalid corner, as accuracies have them.
        if point[0] > 0.97 { return -.infinity }
        return (-40 * squaredDistance(point, [0.2, 0.5, 0.3, 1, 0.5])).rounded() / 40 - 1e-6 * abs(point[0] - 0.2)
    }

    @Test(arguments: searches) func spendsExactlyItsBudget(kind: OptimizerKind) {
        for space in spaces {
            for budget in [0, 1, 7, 100, 333] {
                var search = BudgetedSearch(kind, space: space, budget: budget, seed: 1)
                var asked = 0
                var best = -Double.infinity
                while true {
                    let points = search.ask()
                    if points.isEmpty { break }
                    #expect(search.ask() == points && search.stakes.count == points.count)
                    asked += points.count
                    for point in points {
                        #expect(point.count == space.count && abs(space.weights(of: point).reduce(0, +) - 1) < 1e-9)
                        #expect(space.constraint == .affine || point.prefix(space.members).allSatisfy { $0 >= 0 })
                        for (value, scalar) in zip(point.suffix(space.scalars.count), space.scalars) {
                            #expect((scalar.lower...scalar.upper).contains(value))
                        }
                    }
                    let utilities = points.map(utility)
                    best = max(best, utilities.max() ?? best)
                    search.tell(utilities)
                }
                #expect(asked == budget && search.evaluations == budget)
                #expect((search.best?.utility ?? -.infinity) == best)
                if let found = search.best { #expect(utility(found.position) == found.utility) }
            }
        }
    }

    @Test(arguments: searches) func resumesToTheBit(kind: OptimizerKind) throws {
        for space in spaces {
            var straight = BudgetedSearch(kind, space: space, budget: 400, seed: 2)
            var resumed = straight
            while true {
                let points = straight.ask()
                resumed = try roundTrip(resumed)
                #expect(resumed.ask() == points)
                if points.isEmpty { break }
                straight.tell(points.map(utility))
                resumed.tell(points.map(utility))
                if straight.evaluations % 10 == 0 { #expect(resumed == straight) }
            }
            #expect(resumed == straight)
        }
    }

    @Test(arguments: searches) func beginsWithTheMembers(kind: OptimizerKind) {
        guard kind != .random else { return }
        for constraint in [SearchSpace.Constraint.simplex, .affine] {
            let space = adaptiveSpace(constraint, members: 3)
            let points = BudgetedSearch(kind, space: space, budget: 100, seed: 3).ask()
            for m in 0..<3 { #expect(points.contains(space.corner(m)), "\(m)") }
        }
    }

    @Test(arguments: searches) func differsBySeedAlone(kind: OptimizerKind) {
        func end(_ seed: UInt64) -> Evaluation? {
            var search = BudgetedSearch(kind, space: adaptiveSpace(members: 3), budget: 150, seed: seed)
            run(&search) { -squaredDistance($0, [0.2, 0.5, 0.3, 1, 0.5]) }
            return search.best
        }
        #expect(end(1) == end(1))
        #expect((end(1) == end(2)) == (kind == .nelderMead), "Nelder–Mead draws nothing before it restarts")
    }

    /// Any utility within a stake leads to the same state: told the floor, the rival's utility or the truth, the search
    /// goes on alike.
    @Test(arguments: searches) func stakesAreWhatTheySay(kind: OptimizerKind) {
        var search = BudgetedSearch(kind, space: adaptiveSpace(members: 3), budget: 400, seed: 4)
        var spared = 0
        while true {
            let points = search.ask()
            if points.isEmpty { break }
            let truth = points.map { -squaredDistance($0, [0.2, 0.5, 0.3, 1, 0.5]) }
            let stakes = search.stakes
            var (low, high) = (truth, truth)
            for (i, stake) in stakes.enumerated() {
                guard let stake, truth[i] <= stake.rival.utility, truth[i] >= stake.floor else { continue }
                #expect(-squaredDistance(stake.rival.position, [0.2, 0.5, 0.3, 1, 0.5]) == stake.rival.utility)
                (low[i], high[i]) = (max(stake.floor, -1e6), stake.rival.utility)
                spared += 1
            }
            var (a, b) = (search, search)
            search.tell(truth)
            a.tell(low)
            b.tell(high)
            #expect(a.ask() == search.ask() && b.ask() == search.ask() && a.best == search.best)
        }
        #expect([.cmaES, .nelderMead].contains(kind) ? spared == 0 : spared > 30, "\(spared)")
    }

    @Test func autoSpendsWhereItPays() {
        let space = SearchSpace(members: 6, constraint: .affine)
        var search = BudgetedSearch(.auto, space: space, budget: 3_000, seed: 5)
        // A curved valley: what adapts its coordinate system wins.
        run(&search) { negativeRosenbrock(Array($0.prefix(5))) }
        let arms = search.method.arms
        #expect(arms.count == 7 && arms.reduce(0) { $0 + $1.evaluations } + 7 == 3_000)
        let winner = arms.filter { $0.rungs == 3 }
        #expect(winner.count == 1 && arms.filter { $0.rungs >= 2 }.count == 3)
        #expect((winner.first?.evaluations ?? 0) > 1_200 && winner.first?.name == "nelder-mead")
        #expect(arms.allSatisfy { $0.evaluations >= 130 })
        #expect(winner.first?.best?.utility == search.best?.utility)
    }

    // MARK: Standard functions, over weights that sum to 1.

    private func error(
        _ kind: OptimizerKind, _ space: SearchSpace, budget: Int, seed: UInt64 = 6, _ utility: ([Double]) -> Double
    ) -> Double {
        var search = BudgetedSearch(kind, space: space, budget: budget, seed: seed)
        run(&search, utility)
        return -(search.best?.utility ?? -.infinity)
    }

    @Test(arguments: [
        (OptimizerKind.pso, 5e-3), (.cmaES, 1e-12), (.nelderMead, 1e-7), (.de, 1e-6), (.auto, 1e-5), (.random, 0.05),
    ]) func sphere(kind: OptimizerKind, tolerance: Double) {
        let inside = [0.4, 0.1, 0.2, 0.05, 0.25]
        let outside = [0.9, 0.4, -0.1, 0.05, -0.3]
        for constraint in SearchSpace.Constraint.allCases {
            let space = SearchSpace(members: 5, constraint: constraint)
            let target = constraint == .affine ? [0.8, 0.3, 0.1, 0.05, -0.25] : inside
            if constraint == .affine && kind == .random { continue }
            #expect(error(kind, space, budget: 3_000) { -squaredDistance($0, target) } < tolerance, "\(constraint)")
        }
        // The optimum on an edge of the simplex, where projections pile up.
        let best = Simplex.project(outside)
        #expect(best.filter { $0 == 0 }.count == 3)
        let edge = error(kind, SearchSpace(members: 5), budget: 3_000) { -squaredDistance($0, outside) }
        #expect(edge - squaredDistance(best, outside) < max(tolerance * 10, 1e-9), "\(edge)")
    }

    @Test(arguments: [(OptimizerKind.cmaES, 1e-10), (.nelderMead, 1e-3), (.de, 0.5), (.auto, 1e-2)])
    func rosenbrock(kind: OptimizerKind, tolerance: Double) {
        let space = SearchSpace(members: 5, constraint: .affine)
        let found = error(kind, space, budget: 6_000) { negativeRosenbrock(Array($0.prefix(4))) }
        #expect(found < tolerance, "\(found)")
    }

    /// A Rastrigin function on the simplex with ripples a tenth of its width: who follows the slope alone is caught.
    @Test(arguments: [(OptimizerKind.pso, 0.3), (.cmaES, 0.1), (.de, 0.1), (.auto, 0.1), (.random, 0.6)])
    func rastrigin(kind: OptimizerKind, tolerance: Double) {
        let target = [0.45, 0.3, 0.15, 0.1]
        func utility(_ point: [Double]) -> Double {
            -zip(point, target).reduce(0) { sum, pair in
                let distance = 10 * (pair.0 - pair.1)
                return sum + 0.1 * distance * distance + 0.3 * (1 - cos(2 * Double.pi * distance))
            }
        }
        let errors = (UInt64(1)...5).map { error(kind, SearchSpace(members: 4), budget: 3_000, seed: $0, utility) }
            .sorted()
        #expect(errors[2] < tolerance, "\(errors)")
    }

    @Test(arguments: [(OptimizerKind.pso, 0.05), (.cmaES, 1e-8), (.nelderMead, 1e-5), (.de, 1e-4), (.auto, 1e-3)])
    func scalarsAreFound(kind: OptimizerKind, tolerance: Double) {
        let space = adaptiveSpace(members: 3)
        // Neutral weights alone are at −2; the logarithmic scale counts ratios.
        let found = error(kind, space, budget: 3_000) { point in
            let ratio = log(point[4] / 3)
            return -squaredDistance(Array(point.prefix(4)), [0.2, 0.5, 0.3, 1.2]) - ratio * ratio
        }
        #expect(found < tolerance, "\(found)")
    }
}
