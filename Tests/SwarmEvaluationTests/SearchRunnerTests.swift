import SwarmEvaluation
import SwarmKernels
import SwarmOptimizers
import Testing

@Suite struct SearchRunnerTests {
    private func search(
        _ recipe: Recipe, _ data: [TaskData], folder: String?, resume: Bool = false, threads: Int = 1,
        isCancelled: @escaping @Sendable () -> Bool = { false },
        progress: @escaping @Sendable (RunControl.Progress) -> Void = { _ in }
    ) throws -> SearchOutcome {
        try SearchRunner(
            recipe: recipe, sources: madeUpSources(), runFolder: folder,
            control: RunControl(
                pool: ThreadPool(threadCount: threads), progress: progress, isCancelled: isCancelled)
        ).run(data, resume: resume)
    }

    @Test func findsWeightsAndControls() throws {
        let folder = try TemporaryFolder()
        let data = try madeUpTasks(in: folder)
        let outcome = try search(madeUpRecipe(data), data, folder: folder.path)
        #expect(Set(outcome.weights.keys) == ["swarm", "random", "em", "uniform"])
        #expect(outcome.evaluations == 20 * 9 && outcome.history.count == 9)
        #expect(outcome.memberPasses == 3 * 48)
        #expect(outcome.history == outcome.history.sorted())
        #expect(outcome.utilities["swarm"] == outcome.history.last)
        #expect((outcome.utilities["swarm"] ?? 0) >= outcome.history[0])
        let study = try Study(path: folder.path + "/study.sqlite", key: "", resume: false)
        #expect(try study.weights(of: "swarm") == nil, "starting again must empty the study")
    }

    @Test func doesNotDependOnThreads() throws {
        let folder = try TemporaryFolder()
        let data = try madeUpTasks(in: folder)
        let one = try search(madeUpRecipe(data), data, folder: nil)
        let four = try search(madeUpRecipe(data), data, folder: nil, threads: 4)
        #expect(one.weights == four.weights && one.utilities == four.utilities && one.history == four.history)
    }

    @Test func resumesBitForBit() throws {
        let tasks = try TemporaryFolder()
        let data = try madeUpTasks(in: tasks)
        let recipe = madeUpRecipe(data)
        let straight = try search(recipe, data, folder: try TemporaryFolder().path)
        try resumes(recipe, data, straight: straight, stops: [1, 4, 9, 12])
    }

    /// Interrupted at several places, by every optimizer: the same to the bit.
    @Test(arguments: OptimizerKind.allCases) func everyOptimizerResumesBitForBit(kind: OptimizerKind) throws {
        let tasks = try TemporaryFolder()
        let data = try madeUpTasks(in: tasks)
        var recipe = madeUpRecipe(data)
        recipe.swarm.optimizer = kind
        recipe.swarm.budget = .evaluations(130)
        let straight = try search(recipe, data, folder: nil)
        #expect(straight.evaluations == 130)
        try resumes(recipe, data, straight: straight, stops: kind == .em ? [3] : [2, 5, 11])
    }

    private func resumes(_ recipe: Recipe, _ data: [TaskData], straight: SearchOutcome, stops: [Int]) throws {
        for stop in stops {
            let run = try TemporaryFolder()
            let iterations = CallCounter()
            #expect(throws: EvaluationError.interrupted) {
                try search(
                    recipe, data, folder: run.path, isCancelled: { iterations.value >= stop },
                    progress: { if $0.phase.hasPrefix("searching") { iterations.add() } })
            }
            let resumed = try search(recipe, data, folder: run.path, resume: true)
            #expect(resumed.weights == straight.weights && resumed.history == straight.history)
            #expect(resumed.evaluations == straight.evaluations && resumed.trail == straight.trail)
            #expect(resumed.utilities == straight.utilities && resumed.stoppedAtKnee == straight.stoppedAtKnee)
            #expect(resumed.racing == straight.racing && resumed.arms == straight.arms)
            // A finished search only tells what it found.
            let again = try search(recipe, data, folder: run.path, resume: true)
            #expect(again.weights == straight.weights && again.history == straight.history)
            #expect(again.readingSeconds == resumed.readingSeconds && again.searchSeconds == resumed.searchSeconds)
        }
    }

    @Test(arguments: [OptimizerKind.random, .em, .cmaES, .nelderMead, .de, .auto]) func otherOptimizers(
        kind: OptimizerKind
    ) throws {
        let folder = try TemporaryFolder()
        let data = try madeUpTasks(in: folder)
        var recipe = madeUpRecipe(data)
        recipe.swarm.optimizer = kind
        let outcome = try search(recipe, data, folder: nil)
        #expect(outcome.evaluations == 180)
        #expect((outcome.weights["swarm"] == outcome.weights["em"]) == (kind == .em))
        #expect(outcome.weights["swarm"] != outcome.weights["random"])
        #expect(outcome.arms.isEmpty == (kind != .auto) && outcome.racing == nil)
    }

    @Test func budgets() throws {
        let folder = try TemporaryFolder()
        let data = try madeUpTasks(in: folder)
        var recipe = madeUpRecipe(data)
        recipe.swarm.settings.patience = 2
        for budget in [1, 77, 500] {
            recipe.swarm.budget = .evaluations(budget)
            let outcome = try search(recipe, data, folder: nil)
            #expect(outcome.evaluations == budget && !outcome.stoppedAtKnee)
        }
        recipe.swarm.settings.iterations = 100
        recipe.swarm.budget = .auto
        recipe.swarm.knee = 0.05
        let straight = try search(recipe, data, folder: nil)
        #expect(straight.stoppedAtKnee && (100..<20_000).contains(straight.evaluations), "\(straight.evaluations)")
        try resumes(recipe, data, straight: straight, stops: [4])
    }

    @Test func nothingToSearchOn() throws {
        let folder = try TemporaryFolder()
        let data = try madeUpTasks(in: folder, weights: [0, 0, 1])
        #expect(throws: EvaluationError.self) { try search(madeUpRecipe(data), data, folder: nil) }
    }
}
