internal import Foundation
package import SwarmComposition
internal import SwarmOptimizers
package import SwarmVocabulary

/// Measures a searched composition and its controls on dev and test.
package struct CompareRunner: Sendable {
    /// What a comparison may cost.
    package struct Options: Sendable {
        /// Bootstrap resamples.
        package var resamples: Int
        /// Random weights that C-emerge's chance is the mean of, for tasks scored on traces.
        package var chanceDraws: Int
        /// The same for generated answers, where every draw is decoded (only on examples that the best member got wrong).
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
    /// How far the members' vocabularies agree; nil where that is not known.
    package let vocabulary: CoverageReport?
    package let runFolder: String?
    package let control: RunControl
    package let options: Options

    /// - Parameters:
    ///   - facts, sources: one a member of the recipe, in its order.
    ///   - runFolder: where traces are kept; nil keeps none.
    package init(
        recipe: Recipe, facts: [MemberFacts], sources: [TraceSource], answers: Answers,
        vocabulary: CoverageReport? = nil,
        runFolder: String?, control: RunControl = RunControl(), options: Options = Options()
    ) {
        self.recipe = recipe
        self.facts = facts
        self.sources = sources
        self.answers = answers
        self.vocabulary = vocabulary
        self.runFolder = runFolder
        self.control = control
        self.options = options
    }

    package init(
        recipe: Recipe, members: [RunMember], composition: Composition, runFolder: String?,
        control: RunControl = RunControl(), options: Options = Options()
    ) {
        self.init(
            recipe: recipe, facts: members.map(\.facts),
            sources: members.map { TraceSource($0, alignment: recipe.alignment, pool: recipe.pool) },
            answers: Answers(composition), vocabulary: composition.map.coverage, runFolder: runFolder, control: control,
            options: options)
    }

    /// Reads what is left to read, answers the short questions, and puts the report together.
    /// - Parameter outcome: of the search on the same recipe and data.
    package func run(_ data: [TaskData], outcome: SearchOutcome) throws -> Report {
        let start = ContinuousClock.now
        let systems = Systems(names: sources.map(\.name), outcome: outcome)
        let store = TraceStore(runFolder: runFolder)
        // The trail has all that the search tried.
        let temperatures = Set(systems.temperatures + recipe.search.temperaturesToRead(recipe.pool)).sorted()
        var traces = [[(dev: Trace, test: Trace)]](repeating: [], count: data.count)
        for source in sources {
            for (index, task) in data.enumerated() where !task.task.kind.isGenerated {
                traces[index].append(
                    (
                        try store.trace(of: task.search, by: source, temperatures: temperatures, control: control),
                        try store.trace(of: task.test, by: source, temperatures: temperatures, control: control)
                    ))
            }
        }
        var tasks: [TaskReport] = []
        var generated = 0
        let trail = evaluated(outcome.trail)
        var particles = trail.map(\.particle)
        for (index, task) in data.enumerated() {
            let graded: GradedTask
            if task.task.kind.isGenerated {
                graded = try gradeAnswers(
                    task, systems, sensitivity: try sensitivity(of: task, systems: systems, store: store))
                generated += graded.generated
            } else {
                let dev = TaskTable(examples: task.search, traces: traces[index].map(\.dev))
                let test = TaskTable(examples: task.test, traces: traces[index].map(\.test))
                graded = try gradeTables(
                    dev, test, systems, sensitivity: try sensitivity(of: task, systems: systems, store: store))
                let mixings = trail.map(\.mixing)
                let scores = zip(
                    try dev.outcomes(mixings, pool: recipe.pool, threads: control.pool),
                    try test.outcomes(mixings, pool: recipe.pool, threads: control.pool))
                for (place, (dev, test)) in scores.enumerated() {
                    particles[place].dev[task.task.name] = .some(dev.value.finite)
                    particles[place].test[task.task.name] = .some(test.value.finite)
                }
            }
            tasks.append(graded.report(systems, resamples: options.resamples, seed: recipe.seed))
        }
        let seconds = (ContinuousClock.now - start).seconds
        let passes = data.reduce(0) { sum, task in
            let answered = options.answerLimit ?? .max
            let limit = task.task.kind.isGenerated ? answered : .max
            let tests = 1 + task.task.templates.count
            return sum + min(limit, task.search.items.count) + tests * min(limit, task.test.items.count)
        }
        return report(
            outcome, tasks: tasks, particles: particles,
            cost: Report.Cost(
                memberPasses: sources.count * passes, evaluations: outcome.evaluations,
                seconds: outcome.readingSeconds + outcome.searchSeconds + seconds,
                readingSeconds: outcome.readingSeconds, searchSeconds: outcome.searchSeconds,
                comparisonSeconds: seconds, generatedAnswers: generated))
    }

    private func report(
        _ outcome: SearchOutcome, tasks: [TaskReport], particles: [EvaluatedParticle], cost: Report.Cost
    ) -> Report {
        let named = outcome.weights.mapValues { weights in
            Dictionary(zip(sources.map(\.name), weights), uniquingKeysWith: { first, _ in first })
        }
        return Report(
            name: recipe.name, seed: recipe.seed, members: facts, searchedTestSet: recipe.searchesTestSet,
            resamples: options.resamples, weights: named["swarm"] ?? [:],
            controlWeights: named.filter { $0.key != "swarm" },
            alignment: [
                "mode": recipe.alignment.mode.rawValue, "policy": recipe.alignment.policy.rawValue,
                "normalization": recipe.alignment.normalization.rawValue,
            ],
            pool: ["kind": recipe.pool.kind.rawValue, "constraint": recipe.pool.constraint.rawValue],
            search: Report.Search(
                optimizer: recipe.swarm.optimizer.rawValue, utilities: outcome.utilities.mapValues(\.finite),
                history: outcome.history.map(\.finite), emGap: outcome.maximumLikelihood.gap,
                stoppedAtKnee: outcome.stoppedAtKnee, racing: outcome.racing),
            cost: cost, tasks: tasks, vocabulary: vocabulary, particles: particles)
    }

    /// What a report keeps of a search at most: more than these are neither told apart on a plot nor cheap to score on test.
    private static let keptIterations = 100
    private static let keptParticles = 100

    private func evaluated(_ trail: [[Evaluation]]) -> [(particle: EvaluatedParticle, mixing: Mixing)] {
        let step = max(1, (trail.count + Self.keptIterations - 1) / Self.keptIterations)
        return trail.indices.filter { $0 % step == 0 || $0 == trail.count - 1 }.flatMap { iteration in
            trail[iteration].prefix(Self.keptParticles).enumerated().map { particle, evaluation in
                let mixing = recipe.search.mixing(
                    of: evaluation.position, members: sources.count, base: recipe.pool.dimensions)
                return (
                    EvaluatedParticle(
                        iteration: iteration, particle: particle, weights: mixing.weights,
                        utility: evaluation.utility.finite, dev: [:], test: [:]), mixing
                )
            }
        }
    }

    /// The test scores under each of the task's templates; nil where it has none.
    private func sensitivity(
        of data: TaskData, systems: Systems, store: TraceStore
    ) throws -> PromptSensitivity? {
        guard !data.task.templates.isEmpty else { return nil }
        var scores: [[Double]] = []
        let limit = options.answerLimit ?? .max
        for variant in try data.testVariants() {
            if data.task.kind.isGenerated {
                let count = min(limit, variant.items.count)
                let grades = try AnsweredTask(examples: variant, answers: answers).scores(
                    of: systems.mixings, examples: Array(0..<count), control: control,
                    phase: "answering: \(variant.task.name)")
                scores.append(grades.map { $0.reduce(0, +) / Double(max(1, $0.count)) })
            } else {
                let table = TaskTable(
                    examples: variant,
                    traces: try store.traces(
                        of: variant, by: sources, temperatures: systems.temperatures, control: control))
                scores.append(
                    try table.outcomes(systems.mixings, pool: recipe.pool, threads: control.pool).map(\.value))
            }
        }
        let count = data.task.kind.isGenerated ? min(limit, data.test.items.count) : data.test.items.count
        return PromptSensitivity(
            templates: data.task.templates, n: count,
            scores: Dictionary(
                uniqueKeysWithValues: systems.names.enumerated().map { place, name in (name, scores.map { $0[place] }) }
            ))
    }

    private func gradeTables(
        _ dev: TaskTable<SearchSplit>, _ test: TaskTable<TestSplit>, _ systems: Systems,
        sensitivity: PromptSensitivity?
    ) throws -> GradedTask {
        let task = dev.examples.task
        let testOutcomes = try test.outcomes(systems.mixings, pool: recipe.pool, threads: control.pool)
        var chance: [Double]?
        if task.kind == .choice {
            let random = RandomSearch(
                dimensions: sources.count, budget: options.chanceDraws, seed: recipe.seed ^ 0x5EED_0F2A)
            var sums = [Double](repeating: 0, count: test.examples.items.count)
            for draw in 0..<options.chanceDraws {
                let right = try test.outcomes([Mixing(weights: random.point(draw))], pool: recipe.pool)[0]
                    .numerators
                for index in sums.indices { sums[index] += right[index] }
            }
            chance = sums.map { $0 / Double(max(1, options.chanceDraws)) }
        }
        return GradedTask(
            task: task, dev: dev.examples.items, test: test.examples.items,
            devOutcomes: try dev.outcomes(systems.mixings, pool: recipe.pool, threads: control.pool),
            testOutcomes: testOutcomes,
            chance: chance, chanceDraws: options.chanceDraws, promptSensitivity: sensitivity, generated: 0)
    }

    private func gradeAnswers(
        _ data: TaskData, _ systems: Systems, sensitivity: PromptSensitivity?
    ) throws -> GradedTask {
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
            of: systems.mixings, examples: Array(dev.indices), control: control, phase: phase + " dev")
        let testGrades = try answeredTest.scores(
            of: systems.mixings, examples: Array(test.indices), control: control, phase: phase + " test")
        // Chance is asked only where it counts: what the best member got wrong, and with it what every member did.
        let isBinary = (testGrades + devGrades).allSatisfy { $0.allSatisfy { $0 == 0 || $0 == 1 } }
        let best = GradedTask.bestMember(outcomes(devGrades).prefix(sources.count).map(\.value), higherIsBetter: true)
        let open = isBinary ? test.indices.filter { testGrades[best][$0] == 0 } : []
        let random = RandomSearch(
            dimensions: sources.count, budget: options.answerChanceDraws, seed: recipe.seed ^ 0x5EED_0F2A)
        let draws = (0..<options.answerChanceDraws).map { Mixing(weights: random.point($0)) }
        let chanceGrades = try answeredTest.scores(
            of: open.isEmpty ? [] : draws, examples: open, control: control, phase: phase + " chance")
        var chance = [Double](repeating: 0, count: test.count)
        for (position, index) in open.enumerated() {
            chance[index] = chanceGrades.reduce(0) { $0 + $1[position] } / Double(max(1, draws.count))
        }
        return GradedTask(
            task: task, dev: dev, test: test, devOutcomes: outcomes(devGrades), testOutcomes: outcomes(testGrades),
            chance: isBinary ? chance : nil, chanceDraws: draws.count, promptSensitivity: sensitivity,
            generated: Set(systems.mixings).count * (dev.count + (1 + task.templates.count) * test.count)
                + draws.count * open.count)
    }
}

/// Everything that is compared: each member alone, then the controls, then the swarm.
struct Systems {
    let memberCount: Int
    /// `member:NAME` for each, `uniform`, `random`, `em`, `swarm`.
    let names: [String]
    /// Members alone have weights alone.
    let mixings: [Mixing]

    init(names members: [String], outcome: SearchOutcome) {
        memberCount = members.count
        let others = ["uniform", "random", "em", "swarm"].filter { outcome.weights[$0] != nil }
        names = members.map { "member:\($0)" } + others
        mixings =
            members.indices.map { Mixing(weights: Simplex.vertex($0, count: members.count)) }
            + others.map { outcome.mixing($0) }
    }

    /// What members must be read for.
    var temperatures: [Double] {
        Set(mixings.flatMap(\.dimensions.temperaturesToRead)).sorted()
    }
}
