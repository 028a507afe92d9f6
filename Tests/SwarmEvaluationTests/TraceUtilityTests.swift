import Foundation
import SwarmComposition
import SwarmEvaluation
import SwarmOptimizers
import Testing

@Suite struct TraceUtilityTests {
    private let folder: TemporaryFolder
    private let data: [TaskData]
    private let traces: [[Trace]]

    init() throws {
        folder = try TemporaryFolder()
        data = try madeUpTasks(in: folder)
        traces = try data.map {
            try TraceStore(runFolder: nil).traces(of: $0.search, by: madeUpSources(), control: RunControl())
        }
    }

    private var particles: [[Double]] {
        (0..<3).map { Simplex.vertex($0, count: 3) }
            + (0..<5).map { RandomSearch(dimensions: 3, budget: 9, seed: 1).point($0) }
    }

    /// log P by definition: products over tokens between the offsets where all three members have a boundary (the made-up
    /// members cut every 1, 2 and 3 bytes, so every 6 bytes and at the end).
    private func naive(_ scores: [TokenScores], _ weights: [Double], from start: Int, length: Int) -> Double {
        var sum = 0.0
        var bounds = Array(stride(from: 0, to: length, by: 6)).filter { $0 >= start }
        if bounds.last != length { bounds.append(length) }
        for (low, high) in zip(bounds, bounds.dropFirst()) {
            var mixture = 0.0
            for (score, weight) in zip(scores, weights) {
                var segment = 0.0
                for (end, value) in zip(score.ends, score.logProbabilities) where end > low && end <= high {
                    segment += value
                }
                mixture += weight * exp(segment)
            }
            sum += log(mixture)
        }
        return sum
    }

    @Test func textEqualsTheDefinition() throws {
        let table = TaskTable(examples: data[0].search, traces: traces[0])
        for (weights, outcome) in zip(particles, try table.outcomes(particles, pool: PoolSettings())) {
            var bits = 0.0
            var bytes = 0
            for (index, item) in data[0].search.items.enumerated() {
                let length = item.scoredTexts[0].count
                bits -= naive(traces[0].map { $0.scores[index][0] }, weights, from: 0, length: length) / log(2)
                bytes += length
            }
            #expect(abs(outcome.value - bits / Double(bytes)) < 1e-12)
        }
    }

    @Test func choiceEqualsTheDefinition() throws {
        let table = TaskTable(examples: data[1].search, traces: traces[1])
        for (weights, outcome) in zip(particles, try table.outcomes(particles, pool: PoolSettings())) {
            var right: [Double] = []
            for (index, item) in data[1].search.items.enumerated() {
                guard case .choice(let prompt, let choices, let answer) = item.content else { continue }
                // The last common boundary at or before the end of the prompt.
                let start = prompt.count / 6 * 6
                let values = choices.indices.map { choice in
                    naive(
                        traces[1].map { $0.scores[index][choice] }, weights, from: start,
                        length: prompt.count + choices[choice].count)
                }
                right.append(values.firstIndex(of: values.max() ?? 0) == answer ? 1 : 0)
            }
            #expect(outcome.numerators == right)
        }
    }

    @Test func combinesTasksByWeight() throws {
        let tables = [0, 1].map { TaskTable(examples: data[$0].search, traces: traces[$0]) }
        let pool = PoolSettings()
        let each = try tables.map { try $0.utilities(particles.map { Mixing(weights: $0) }, pool: pool) }
        let both = try TraceUtility(tables: tables, pool: pool).scores(of: particles)
        for index in particles.indices { #expect(abs(both[index] - (each[0][index] + each[1][index]) / 2) < 1e-15) }
        let text = try tables[0].outcomes(particles, pool: pool)
        #expect(each[0] == text.map { -$0.value })
        for (utility, outcome) in zip(each[1], try tables[1].outcomes(particles, pool: pool)) {
            #expect(utility > outcome.value && utility < outcome.value + 1e-6)
        }
    }

    @Test func invalidParticlesAreMinusInfinity() throws {
        let utility = try TraceUtility(
            tables: [0, 1].map { TaskTable(examples: data[$0].search, traces: traces[$0]) }, pool: PoolSettings())
        let scores = try utility.scores(of: [[0, 0, 0], [.nan, 1, 0], [.infinity, 0, 0], [1, 0, 0]])
        #expect(scores[..<3].allSatisfy { $0 == -.infinity } && scores[3].isFinite)
    }

    @Test func refusesWhatCannotBeSearchedOn() throws {
        let text = TaskTable(examples: data[0].search, traces: traces[0])
        let choice = TaskTable(examples: data[1].search, traces: traces[1])
        let logLinear = PoolSettings(kind: .logLinear)
        #expect(throws: EvaluationError.self) { try TraceUtility(tables: [], pool: PoolSettings()) }
        #expect(throws: CompositionError.logLinearNeedsDistributions) {
            try TraceUtility(tables: [text], pool: logLinear)
        }
        #expect(try TraceUtility(tables: [choice], pool: logLinear).scores(of: particles).allSatisfy(\.isFinite))
    }

    @Test func maximumLikelihoodIsAboveSwarmAboveBestMember() throws {
        let utility = try TraceUtility(
            tables: [TaskTable(examples: data[0].search, traces: traces[0])], pool: PoolSettings())
        let likely = utility.maximumLikelihood()
        var swarm = ParticleSwarm(space: SearchSpace(members: 3), seed: 1)
        while true {
            let points = swarm.ask()
            if points.isEmpty { break }
            swarm.tell(try utility.scores(of: points))
        }
        let em = try utility.scores(of: [likely.weights])[0]
        let best = try utility.scores(of: Array(particles[..<3])).max() ?? 0
        let found = swarm.best?.utility ?? -.infinity
        #expect(likely.converged)
        #expect(em >= found - 1e-7 && found >= best && em > best)
        #expect(found >= em * 1.01)
    }

    @Test func tiesGoToTheLowestIndexAndThenToLikelihood() throws {
        let source = TraceSource(name: "flat", digest: "") { _ in
            { item in
                item.scoredTexts.map { TokenScores(ends: [$0.count], logProbabilities: [-1], entropies: [1]) }
            }
        }
        let flat = try TraceStore(runFolder: nil).traces(of: data[1].search, by: [source], control: RunControl())
        let table = TaskTable(examples: data[1].search, traces: flat)
        let outcome = try table.outcomes([[1]], pool: PoolSettings())[0]
        #expect(outcome.numerators.enumerated().allSatisfy { ($1 == 1) == ($0 * 7 % 4 == 0) })
        let utility = try table.utilities([Mixing(weights: [1])], pool: PoolSettings())[0]
        #expect(utility == outcome.value + 1e-6 / (1 + 1))
    }
}
