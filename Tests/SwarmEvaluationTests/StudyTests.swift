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
                evaluations: zip(points, utilities).map { Evaluation(position: $0, utility: $1) }, state: swarm)
            try study.record(outcome: "swarm", weights: [0.1, 0.2, 0.7], utility: 1)
        }
        let study = try Study(path: path, key: "k", resume: true)
        #expect(try study.state(of: "swarm", as: ParticleSwarm.self) == swarm)
        #expect(try study.state(of: "random", as: RandomSearch.self) == nil)
        #expect(try study.weights(of: "swarm") == [0.1, 0.2, 0.7])
        let rows = try study.evaluations(of: "swarm")
        #expect(rows.count == 20 && rows[2].evaluation.utility == -.infinity && rows[19].evaluation.utility == 19.0 / 3)
        #expect(rows[1].evaluation.position == [0, 1, 0])
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
