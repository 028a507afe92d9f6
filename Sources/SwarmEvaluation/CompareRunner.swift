internal import Foundation
package import SwarmComposition
internal import SwarmOptimizers

/// Measures a searched composition and its controls on dev and test.
package struct CompareRunner: Sendable {
    /// What a comparison may cost.
    package struct Options: Sendable {
        /// Bootstrap resamples.
        package var resamples: Int
        /// Random weights that C-emerge's chance is the mean of, for tasks scored on traces.
        package var chanceDraws: Int
        /// The same for generated answers, where every draw is decoded (only on examples that every member got wrong).
        package var answerChanceDraws: Int
        /// `generate`: the first examples of each split that are answered; nil answers all.
        package var answerLimit: Int?

        package init(
            resamples: Int = 10_000, chanceDraws: Int = 400, answerChanceDraws: Int = 3, answerLimit: Int? = nil
        ) {
            self.resamples = resamples
            self.chanceDraws = chanceDraws
            self.answerChanceDraws = answerChanceDraws
            self.answerLimit = answerLimit
        }
    }

    package let recipe: Recipe
    package let facts: [MemberFacts]
    package let sources: [TraceSource]
    package let answers: Answers
    package let runFolder: String?
    package let control: RunControl
    package let options: Options

    /// - Parameters:
    ///   - facts, sources: one a member of the recipe, in its order.
    ///   - runFolder: where traces are kept; nil keeps none.
    package init(
        recipe: Recipe, facts: [MemberFacts], sources: [TraceSource], answers: Answers, runFolder: String?,
        control: RunControl = RunControl(), options: Options = Options()
    ) {
        self.recipe = recipe
        self.facts = facts
        self.sources = sources
        self.answers = answers
        self.runFolder = runFolder
        self.control = control
        self.options = options
    }

    package init(
        recipe: Recipe, members: [RunMember], composition: Composition, runFolder: String?,
        control: RunControl = RunControl(), options: Options = Options()
    ) {
        self.init(
            recipe: recipe, facts: members.map(\.facts), sources: members.map { TraceSource($0) },
            answers: Answers(composition), runFolder: runFolder, control: control, options: options)
    }

    /// Reads what is left to read, answers the short questions, and puts the report together.
    /// - Parameter outcome: of the search on the same recipe and data.
    package func run(_ data: [TaskData], outcome: SearchOutcome) throws -> Report {
        let start = ContinuousClock.now
        let systems = Systems(names: sources.map(\.name), weights: outcome.weights)
        let store = TraceStore(runFolder: runFolder)
        var traces = [[(dev: Trace, test: Trace)]](repeating: [], count: data.count)
        for source in sources {
            for (index, task) in data.enumerated() where !task.task.kind.isGenerated {
                traces[index].append(
                    (
                        try store.trace(of: task.search, by: source, control: control),
                        try store.trace(of: task.test, by: source, control: control)
                    ))
            }
        }
        var tasks: [TaskReport] = []
        var generated = 0
        for (index, task) in data.enumerated() {
            let graded: GradedTask
            if task.task.kind.isGenerated {
                graded = try gradeAnswers(task, systems)
                generated += graded.generated
            } else {
                graded = try gradeTables(
                    TaskTable(examples: task.search, traces: traces[index].map(\.dev)),
                    TaskTable(examples: task.test, traces: traces[index].map(\.test)), systems)
            }
            tasks.append(graded.report(systems, resamples: options.resamples, seed: recipe.seed))
        }
        let seconds = (ContinuousClock.now - start).seconds
        let passes = data.reduce(0) { sum, task in
            let answered = options.answerLimit ?? .max
            let limit = task.task.kind.isGenerated ? answered : .max
            return sum + min(limit, task.search.items.count) + min(limit, task.test.items.count)
        }
        return report(
            outcome, tasks: tasks,
            cost: Report.Cost(
                memberPasses: sources.count * passes, evaluations: outcome.evaluations,
                seconds: outcome.readingSeconds + outcome.searchSeconds + seconds,
                readingSeconds: outcome.readingSeconds, searchSeconds: outcome.searchSeconds,
                comparisonSeconds: seconds, generatedAnswers: generated))
    }

    private func report(_ outcome: SearchOutcome, tasks: [TaskReport], cost: Report.Cost) -> Report {
        let named = outcome.weights.mapValues { weights in
            Dictionary(zip(sources.map(\.name), weights), uniquingKeysWith: { first, _ in first })
        }
        return Report(
            name: recipe.name, seed: recipe.seed, members: facts, weights: named["swarm"] ?? [:],
            controlWeights: named.filter { $0.key != "swarm" },
            alignment: [
                "mode": recipe.alignment.mode.rawValue, "policy": recipe.alignment.policy.rawValue,
                "normalization": recipe.alignment.normalization.rawValue,
            ],
            pool: ["kind": recipe.pool.kind.rawValue, "constraint": recipe.pool.constraint.rawValue],
            search: Report.Search(
                optimizer: recipe.swarm.optimizer.rawValue, utilities: outcome.utilities.mapValues(\.finite),
                history: outcome.history.map(\.finite), emGap: outcome.maximumLikelihood.gap),
            cost: cost, tasks: tasks)
    }

    private func gradeTables(
        _ dev: TaskTable<SearchSplit>, _ test: TaskTable<TestSplit>, _ systems: Systems
    ) throws -> GradedTask {
        let task = dev.examples.task
        let testOutcomes = try test.outcomes(systems.weights, pool: recipe.pool)
        var chance: [Double]?
        if task.kind == .choice {
            let random = RandomSearch(
                dimensions: sources.count, budget: options.chanceDraws, seed: recipe.seed ^ 0x5EED_0F2A)
            var sums = [Double](repeating: 0, count: test.examples.items.count)
            for draw in 0..<options.chanceDraws {
                let right = try test.outcomes([random.point(draw)], pool: recipe.pool)[0].numerators
                for index in sums.indices { sums[index] += right[index] }
            }
            chance = sums.map { $0 / Double(max(1, options.chanceDraws)) }
        }
        return GradedTask(
            task: task, dev: dev.examples.items, test: test.examples.items,
            devOutcomes: try dev.outcomes(systems.weights, pool: recipe.pool), testOutcomes: testOutcomes,
            chance: chance, chanceDraws: options.chanceDraws, generated: 0)
    }

    private func gradeAnswers(_ data: TaskData, _ systems: Systems) throws -> GradedTask {
        let task = data.task
        let dev = Array(data.search.items.prefix(options.answerLimit ?? .max))
        let test = Array(data.test.items.prefix(options.answerLimit ?? .max))
        func outcomes(_ grades: [[Double]]) -> [Outcomes] {
            grades.map { Outcomes(numerators: $0, denominators: [Double](repeating: 1, count: $0.count)) }
        }
        let answeredDev = try AnsweredTask(examples: data.search, answers: answers)
        let answeredTest = try AnsweredTask(examples: data.test, answers: answers)
        let phase = "answering: \(task.name)"
        let devGrades = try answeredDev.scores(
            of: systems.weights, examples: Array(dev.indices), control: control, phase: phase + " dev")
        let testGrades = try answeredTest.scores(
            of: systems.weights, examples: Array(test.indices), control: control, phase: phase + " test")
        // Chance is asked only where it counts.
        let isBinary = (testGrades + devGrades).allSatisfy { $0.allSatisfy { $0 == 0 || $0 == 1 } }
        let open =
            isBinary
            ? test.indices.filter { index in testGrades[..<sources.count].allSatisfy { $0[index] == 0 } } : []
        let random = RandomSearch(
            dimensions: sources.count, budget: options.answerChanceDraws, seed: recipe.seed ^ 0x5EED_0F2A)
        let draws = (0..<options.answerChanceDraws).map(random.point)
        let chanceGrades = try answeredTest.scores(
            of: open.isEmpty ? [] : draws, examples: open, control: control, phase: phase + " chance")
        var chance = [Double](repeating: 0, count: test.count)
        for (position, index) in open.enumerated() {
            chance[index] = chanceGrades.reduce(0) { $0 + $1[position] } / Double(max(1, draws.count))
        }
        return GradedTask(
            task: task, dev: dev, test: test, devOutcomes: outcomes(devGrades), testOutcomes: outcomes(testGrades),
            chance: isBinary ? chance : nil, chanceDraws: draws.count,
            generated: Set(systems.weights).count * (dev.count + test.count) + draws.count * open.count)
    }
}

/// Everything that is compared: each member alone, then the controls, then the swarm.
struct Systems {
    let memberCount: Int
    /// `member:NAME` for each, `uniform`, `random`, `em`, `swarm`.
    let names: [String]
    let weights: [[Double]]

    init(names members: [String], weights: [String: [Double]]) {
        memberCount = members.count
        let others = ["uniform", "random", "em", "swarm"].filter { weights[$0] != nil }
        names = members.map { "member:\($0)" } + others
        self.weights =
            members.indices.map { Simplex.vertex($0, count: members.count) } + others.map { weights[$0] ?? [] }
    }
}
