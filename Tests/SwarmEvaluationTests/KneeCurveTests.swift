import Foundation
#if canImport(FoundationXML)
import FoundationXML
#endif
import SwarmEvaluation
import SwarmOptimizers
import Testing

@Suite struct KneeCurveTests {
    private func trail(_ utilities: [[Double]]) -> [[Evaluation]] {
        utilities.enumerated().map { iteration, row in
            row.enumerated().map { particle, utility in
                let position = iteration == 0 && particle < 2 ? (particle == 0 ? [1.0, 0] : [0, 1]) : [0.5, 0.5]
                return Evaluation(position: position, utility: utility)
            }
        }
    }

    @Test func gainsByHand() throws {
        let curve = try KneeCurve(
            trail: trail([[1, 2, 0, -.infinity], [1, 5, 3, 2], [4, 0, 6, 2]]), members: 2, knee: Knee())
        #expect(curve.start == 2)
        #expect(curve.points.map(\.evaluations) == [4, 8, 12])
        #expect(curve.points.map(\.gain) == [0, 3, 4])
        #expect(curve.particles == [1, 2, 4] && curve.iterations == [0, 1, 2])
        // After iteration 1 the particles' gains are 0, 3, 1, 0; after 2 they are 2, 3, 4, 0.
        #expect(curve.gains[0] == [0, 1, 2.25])
        let pairs = [3.0, 1, 0, 3, 3, 1]
        #expect(abs(curve.gains[1][1] - pairs.reduce(0, +) / 6) < 1e-12)
        #expect(abs(curve.gains[1][2] - [3.0, 4, 2, 4, 3, 4].reduce(0, +) / 6) < 1e-12)
        #expect(curve.gains[2] == [0, 3, 4])
    }

    /// The mean over all choices of particles, against choosing them all.
    @Test func meansOverChoicesOfParticles() throws {
        var random = CounterRandom(seed: 1, stream: .user, iteration: 0)
        let rows = (0..<4).map { _ in (0..<7).map { _ in random.uniform() } }
        let curve = try KneeCurve(trail: trail(rows), members: 2, knee: Knee())
        let start = max(rows[0][0], rows[0][1])
        for (place, count) in curve.particles.enumerated() {
            var (sum, choices) = (0.0, 0)
            for mask in 0..<128 where mask.nonzeroBitCount == count {
                let chosen = (0..<7).filter { mask >> $0 & 1 == 1 }
                sum += chosen.reduce(start) { best, particle in rows.reduce(best) { max($0, $1[particle]) } } - start
                choices += 1
            }
            #expect(abs((curve.gains[place].last ?? .nan) - sum / Double(choices)) < 1e-12)
        }
    }

    @Test func findsTheKneeWhereTheSearchWouldStop() throws {
        let utilities = (0..<60).map { k in (0..<10).map { 1 - exp(-Double(k * 10 + $0) / 40) } }
        let knee = Knee(threshold: 0.02, minimumEvaluations: 50)
        let curve = try KneeCurve(trail: trail(utilities), members: 2, knee: knee)
        var seen: [Double] = []
        let stop = utilities.first { row in
            seen += row
            return knee.isReached(seen, members: 2)
        }
        #expect(stop != nil && curve.knee == seen.count && seen.count < 600)
    }

    @Test func writesTextNumbersAndADrawing() throws {
        let rows = (0..<20).map { k in (0..<5).map { Double(k) / 20 + Double($0) / 1000 } }
        let curve = try KneeCurve(trail: trail(rows), members: 2, knee: Knee(threshold: 0.9, minimumEvaluations: 20))
        let text = curve.text()
        #expect(text.contains("← knee") && text.contains("percent of that gain"))
        #expect(text.split(separator: "\n").last?.hasSuffix(" 100.0") == true)
        #expect(curve.csv().split(separator: "\n").count == 21)
        #expect(try JSONDecoder().decode(KneeCurve.self, from: Data(curve.json())) == curve)
        #expect(XMLParser(data: Data(curve.svg().utf8)).parse())
        #expect(curve.svg().contains("<polyline") && !curve.svg().contains("nan"))
        #expect(throws: EvaluationError.self) { try KneeCurve(trail: [], members: 2, knee: Knee()) }
    }
}
