import SwarmOptimizers
import Testing

@Suite struct RandomSearchTests {
    @Test(arguments: [0, 1, 19, 20, 137]) func spendsExactlyItsBudget(budget: Int) {
        var search = RandomSearch(dimensions: 3, budget: budget, seed: 1)
        var calls = 0
        run(&search) { point in
            calls += 1
            return point[0]
        }
        #expect(calls == budget && search.evaluations == budget)
    }

    @Test func drawsDoNotDependOnTheBatch() throws {
        var points: [[[Double]]] = []
        for batch in [1, 7, 100] {
            var search = RandomSearch(dimensions: 4, budget: 50, batchSize: batch, seed: 2)
            var seen: [[Double]] = []
            while true {
                search = try roundTrip(search)
                let asked = search.ask()
                if asked.isEmpty { break }
                seen += asked
                search.tell(asked.map { _ in .nan })
            }
            points.append(seen)
        }
        #expect(points[0] == points[1] && points[1] == points[2] && points[0].count == 50)
    }

    @Test func keepsTheFirstOfEqualBests() {
        var search = RandomSearch(dimensions: 2, budget: 30, seed: 3)
        run(&search) { _ in 1 }
        #expect(search.best?.position == search.point(0))
    }
}
