import SwarmEvaluation
import SwarmOptimizers
import Testing

@Suite struct StudyTests {
    @Test func keepsEvaluationsAndState() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/study.sqlite"
        var swarm = ParticleSwarm(space: SearchSpace(members: 3), seed: 1)
        do {
            let study = try Study(path: path, key: "k", resume: false)
            let points = swarm.ask()
            let utilities = points.indices.map { $0 == 2 ? -Double.infinity : Double($0) / 3 }
            swarm.tell(utilities)
            try study.record(
                optimizer: "swarm", iteration: 0,
                evaluations: zip(points, utilities).map {
                    MeasuredPoint(
                        evaluation: Evaluation(position: $0, utility: $1), examples: $1 == 1 ? 7 : nil,
                        contributions: $1 == 2 ? [0.1, .infinity] : nil)
                }, state: swarm)
            try study.record(outcome: "swarm", weights: [0.1, 0.2, 0.7], utility: 1)
        }
        let study = try Study(path: path, key: "k", resume: true)
        let checkpoint = try study.checkpoint(of: "swarm", as: ParticleSwarm.self)
        #expect(checkpoint?.state == swarm && checkpoint?.iteration == 0)
        #expect(try study.checkpoint(of: "random", as: RandomSearch.self) == nil)
        #expect(try study.weights(of: "swarm") == [0.1, 0.2, 0.7])
        let iterations = try study.iterations(of: "swarm")
        #expect(iterations.count == 1 && iterations[0].count == 20)
        let points = iterations[0]
        #expect(points[2].evaluation.utility == -.infinity && points[19].evaluation.utility == 19.0 / 3)
        #expect(points[1].evaluation.position == [0, 1, 0])
        #expect(points[3].examples == 7 && points[4].examples == nil)
        #expect(points[6].contributions == [0.1, .infinity] && points[3].contributions == nil)
    }

    @Test func keepsLooksUntilTheirIterationIsRecorded() throws {
        let folder = try TemporaryFolder()
        let study = try Study(path: folder.path + "/study.sqlite", key: "k", resume: false)
        try study.record(look: 3, of: "swarm", iteration: 1, values: [[0.1, 1 / 3], [.infinity, 0]])
        #expect(try study.look(3, of: "swarm", iteration: 1) == [[0.1, 1 / 3], [.infinity, 0]])
        #expect(try study.look(3, of: "swarm", iteration: 2) == nil && study.look(3, of: "random", iteration: 1) == nil)
        try study.record(optimizer: "swarm", iteration: 1, evaluations: [])
        #expect(try study.look(3, of: "swarm", iteration: 1) == nil)
    }

    /// Another process may look while the search writes.
    @Test func isReadableWhileItIsWritten() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/study.sqlite"
        let writer = try Study(path: path, key: "k", resume: false)
        let reader = try Study(reading: path)
        for iteration in 0..<3 {
            try writer.record(
                optimizer: "swarm", iteration: iteration,
                evaluations: [MeasuredPoint(evaluation: Evaluation(position: [1, 0], utility: Double(iteration)))])
            #expect(try reader.iterations(of: "swarm").count == iteration + 1)
        }
        #expect(throws: EvaluationError.self) {
            try reader.record(outcome: "swarm", weights: [1, 0], utility: 0)
        }
        #expect(throws: EvaluationError.self) { try Study(reading: folder.path + "/none.sqlite") }
    }

    @Test func refusesAnotherRunAndOtherFiles() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/study.sqlite"
        _ = try Study(path: path, key: "a", resume: false)
        #expect(throws: EvaluationError.self) { try Study(path: path, key: "b", resume: true) }
        _ = try Study(path: path, key: "b", resume: false)
        _ = try Study(path: path, key: "b", resume: true)
        let garbage = try folder.write(String(repeating: "not a database ", count: 100), to: "garbage.sqlite")
        #expect(throws: EvaluationError.self) { try Study(path: garbage, key: "a", resume: true) }
    }
}
