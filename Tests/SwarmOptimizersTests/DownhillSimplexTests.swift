import Testing

import SwarmOptimizers

@Suite struct DownhillSimplexTests {
    private struct Run: Decodable {
        let simplex: [[Double]]
        let points: [[Double]]
        let values: [Double]
    }

    /// Every point that scipy evaluates, in its order.
    @Test func takesTheStepsOfTheReference() throws {
        for run in try golden("nelder_mead.json", as: [Run].self) {
            var simplex = DownhillSimplex(simplex: run.simplex)
            var evaluated: [[Double]] = []
            while evaluated.count < run.points.count {
                let points = simplex.ask()
                evaluated += points
                simplex.tell(points, points.map(negativeRosenbrock))
            }
            for (index, (point, expected)) in zip(evaluated, run.points).enumerated() {
                #expect(isClose(point, expected, 1e-9), "evaluation \(index)")
            }
        }
    }
}
