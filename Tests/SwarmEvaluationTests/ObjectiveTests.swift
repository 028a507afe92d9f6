import Foundation
import SwarmComposition
import SwarmEvaluation
import SwarmOptimizers
import Testing

@Suite struct ObjectiveTests {
    private let folder: TemporaryFolder
    private let data: [TaskData]
    private let tables: [TaskTable<SearchSplit>]

    init() throws {
        folder = try TemporaryFolder()
        data = try madeUpTasks(in: folder, weights: [3, 1, 2])
        tables = try data[..<2].map {
            TaskTable(
                examples: $0.search,
                traces: try TraceStore(runFolder: nil).traces(of: $0.search, by: madeUpSources(), control: RunControl())
            )
        }
    }

    private var particles: [[Double]] { (0..<6).map { RandomSearch(dimensions: 3, budget: 9, seed: 1).point($0) } }

    /// Right on example i where the first weight exceeds i / 24.
    private let answers = Answers {
        { question in
            let number = Int(String(decoding: question.prompt, as: UTF8.self).filter(\.isNumber)) ?? 0
            return Array((question.weights[0] > Double(number) / 24 ? "a\(number)" : "").utf8)
        }
    }

    @Test(arguments: Objective.Combination.allCases) func combinesByDefinition(how: Objective.Combination) throws {
        let answered = try AnsweredTask(examples: data[2].search, answers: answers)
        let objective = try Objective(tables: tables, answered: [answered], pool: PoolSettings(), combination: how)
        let scores = try objective.scores(of: particles)
        let text = try tables[0].outcomes(particles, pool: PoolSettings()).map(\.value)
        let choice = try tables[1].utilities(particles.map { Mixing(weights: $0) }, pool: PoolSettings())
        for index in particles.indices {
            let right = Double((0..<24).count { particles[index][0] > Double($0) / 24 }) / 24
            let expected =
                how == .mean
                ? (3 * -text[index] + choice[index] + 2 * right) / 6
                : 6 / (3 / pow(2, -text[index]) + 1 / choice[index] + 2 / right)
            #expect(abs(scores[index] - expected) < 1e-12)
        }
        #expect(Set(scores).count == 6)
    }

    @Test func harmonicIsNothingWhereOneTaskIs() throws {
        let nothing = try AnsweredTask(examples: data[2].search, answers: Answers { { _ in [] } })
        let objective = try Objective(
            tables: tables, answered: [nothing], pool: PoolSettings(), combination: .harmonic)
        #expect(try objective.scores(of: particles).allSatisfy { $0 == 0 })
    }

    @Test func harmonicRefusesNegativeScores() throws {
        var spec = data[2].task
        spec.kind = .command
        spec.metric = .score
        spec.grader.command = ["sh", "-c", "while read -r line; do echo -1; done"]
        let scored = try AnsweredTask(examples: try TaskData(reading: spec).search, answers: answers)
        #expect(
            try Objective(tables: [], answered: [scored], pool: PoolSettings()).scores(of: particles) == [
                -1, -1, -1, -1, -1, -1,
            ])
        let harmonic = try Objective(
            tables: [], answered: [scored], pool: PoolSettings(), combination: .harmonic)
        #expect { try harmonic.scores(of: particles) } throws: { "\($0)".contains("harmonic with a score of -1.0") }
    }

    @Test(arguments: Objective.Combination.allCases) func invalidParticlesAreMinusInfinity(
        how: Objective.Combination
    ) throws {
        let answered = try AnsweredTask(examples: data[2].search, answers: answers)
        let objective = try Objective(tables: tables, answered: [answered], pool: PoolSettings(), combination: how)
        let scores = try objective.scores(of: [[0, 0, 0], [.nan, 1, 0], [.infinity, 0, 0], [0.5, 0.5, 0]])
        #expect(scores[..<3].allSatisfy { $0 == -.infinity } && scores[3].isFinite)
    }

    @Test func searchesOnGeneratedAnswersAlone() throws {
        let data = [data[2]]
        let outcome = try SearchRunner(
            recipe: madeUpRecipe(data), sources: madeUpSources(), answers: answers, runFolder: nil
        ).run(data)
        #expect(outcome.utilities["swarm"] == 1 && outcome.weights["em"] == nil)
        #expect((outcome.weights["swarm"]?[0] ?? 0) > 23.0 / 24)
        var recipe = madeUpRecipe(data)
        recipe.swarm.optimizer = .em
        #expect(throws: EvaluationError.self) {
            try SearchRunner(recipe: recipe, sources: madeUpSources(), answers: answers, runFolder: nil).run(data)
        }
        #expect(throws: EvaluationError.self) {
            try SearchRunner(recipe: madeUpRecipe(data), sources: madeUpSources(), runFolder: nil).run(data)
        }
    }
}
