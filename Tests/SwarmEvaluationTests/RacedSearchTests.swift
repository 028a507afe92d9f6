import Foundation
import SwarmEvaluation
import SwarmKernels
import SwarmOptimizers
import Testing

/// Searches on generated answers: every answer counts, so points are raced and looks are saved.
@Suite struct RacedSearchTests {
    /// Answers right where the weights are near a hidden point, by how hard the question is.
    private func answers(_ calls: CallCounter) -> Answers {
        Answers {
            { question in
                calls.add()
                let digits = question.prompt.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
                let index = Int(String(decoding: digits, as: UTF8.self)) ?? 0
                var random = CounterRandom(seed: 3, stream: .user, iteration: index)
                let distance = zip(question.weights, [0.5, 0.3, 0.2]).reduce(0) {
                    $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
                }
                return Array((random.uniform() < 0.8 - distance ? "a\(index)" : "no").utf8)
            }
        }
    }

    private func recipe(_ data: [TaskData], _ kind: OptimizerKind, race: Double) -> Recipe {
        var recipe = madeUpRecipe(data)
        recipe.swarm.optimizer = kind
        recipe.swarm.budget = .evaluations(160)
        recipe.swarm.race = race
        return recipe
    }

    private func search(
        _ recipe: Recipe, _ data: [TaskData], folder: String?, calls: CallCounter = CallCounter(), resume: Bool = false,
        stopAfter limit: Int = .max
    ) throws -> SearchOutcome {
        try SearchRunner(
            recipe: recipe, sources: madeUpSources(), answers: answers(calls), runFolder: folder,
            control: RunControl(pool: ThreadPool(threadCount: 1), isCancelled: { calls.value >= limit })
        ).run(data, resume: resume)
    }

    @Test(arguments: [OptimizerKind.pso, .de]) func sameWinnerForFewerAnswers(kind: OptimizerKind) throws {
        let folder = try TemporaryFolder()
        let data = try madeUpTasks(in: folder, dev: 120, weights: [0.2, 0, 1])
        let (whole, raced) = (CallCounter(), CallCounter())
        let all = try search(recipe(data, kind, race: 0), data, folder: nil, calls: whole)
        let some = try search(recipe(data, kind, race: 0.01), data, folder: nil, calls: raced)
        #expect(some.best == all.best && some.history == all.history && some.evaluations == 160)
        let cost = try #require(some.racing)
        // The swarm's particles stay near their own bests, where little can be told apart.
        #expect(cost.dropped > 5 && cost.saved > (kind == .pso ? 0.01 : 0.1), "\(cost)")
        #expect(all.racing?.dropped == 0 && all.racing?.saved == 0)
        #expect(raced.value < whole.value)
    }

    /// Stopped within an iteration, between two looks: what was answered is not asked again.
    @Test(arguments: [OptimizerKind.pso, .cmaES]) func resumesWithinAnIteration(kind: OptimizerKind) throws {
        let tasks = try TemporaryFolder()
        let data = try madeUpTasks(in: tasks, dev: 60, weights: [0, 0, 1])
        let recipe = recipe(data, kind, race: 0.01)
        let calls = CallCounter()
        let straight = try search(recipe, data, folder: nil, calls: calls)
        for stop in [1, 200, 1_500] {
            let run = try TemporaryFolder()
            let (before, after) = (CallCounter(), CallCounter())
            #expect(throws: EvaluationError.interrupted) {
                try search(recipe, data, folder: run.path, calls: before, stopAfter: stop)
            }
            let resumed = try search(recipe, data, folder: run.path, calls: after, resume: true)
            #expect(resumed.weights == straight.weights && resumed.trail == straight.trail)
            #expect(resumed.racing == straight.racing && resumed.utilities == straight.utilities)
            #expect(before.value >= stop && before.value + after.value == calls.value)
        }
    }

    @Test func harmonicMeansAreNotRaced() throws {
        let folder = try TemporaryFolder()
        let data = try madeUpTasks(in: folder, dev: 24, weights: [0.2, 0, 1])
        var recipe = recipe(data, .pso, race: 0.01)
        recipe.combine = .harmonic
        #expect(try search(recipe, data, folder: nil).racing == nil)
    }
}
