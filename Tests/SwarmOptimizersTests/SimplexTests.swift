import SwarmOptimizers
import Testing

@Suite struct SimplexTests {
    @Test func pointsOfTheSimplexStay() {
        for point in [[1.0, 0, 0], [0.25, 0.25, 0.5], [0.5, 0.5, 0]] {
            #expect(Simplex.project(point) == point)
        }
    }

    @Test func projectionSatisfiesItsVariationalInequality() {
        // w is the nearest point iff (x − w)·(v − w) ≤ 0 for every vertex v.
        for i in 0..<500 {
            var random = CounterRandom(seed: 5, stream: .user, iteration: i)
            let x = (0..<(1 + i % 7)).map { _ in 3 * random.normal() }
            let w = Simplex.project(x)
            #expect(w.allSatisfy { $0 >= 0 })
            #expect(abs(w.reduce(0, +) - 1) < 1e-12)
            for m in w.indices {
                let vertex = Simplex.vertex(m, count: w.count)
                let product = w.indices.reduce(0) { $0 + (x[$1] - w[$1]) * (vertex[$1] - w[$1]) }
                #expect(product < 1e-12)
            }
        }
    }

    @Test func softmaxOfLargeCoordinates() {
        #expect(Simplex.softmax([1000, 1000]) == [0.5, 0.5])
        #expect(abs(Simplex.softmax([0, 1, 2]).reduce(0, +) - 1) < 1e-15)
    }
}
