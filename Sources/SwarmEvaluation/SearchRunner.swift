internal import Foundation
package import SwarmComposition
internal import SwarmKernels
package import SwarmOptimizers

/// What a search found: the weights of the swarm and of every control that has weights of its own.
package struct SearchOutcome: Sendable {
    /// By control: `swarm`, `random`, `em`, `uniform`; one weight a member.
    package var weights: [String: [Double]]
    /// By control: what it has besides weights; none where that is nothing.
    package var dimensions: [String: PoolDimensions] = [:]
    /// The utility on the dev split of each of them.
    package var utilities: [String: Double]
    /// Best utility so far after each iteration of the search.
    package var history: [Double]
    /// What each iteration of the search evaluated.
    package var trail: [[Evaluation]] = []
    /// Points the search evaluated; random search evaluated as many.
    package var evaluations: Int
    /// Whether the search ended at its knee.
    package var stoppedAtKnee = false
    /// What racing spared the search; nil where no answers are searched on.
    package var racing: RacingCost?
    /// What became of each method that `auto` tried.
    package var arms: [SuccessiveHalving.Arm] = []
    /// How far EM's weights can be from the best, in nats an event, and whether that met its tolerance.
    package var maximumLikelihood: ExpectationMaximization.Result
    /// Examples read, summed over members.
    package var memberPasses: Int
    /// Wall-clock seconds of reading the examples and of the searches, by the call that finished them.
    package var readingSeconds: Double
    package var searchSeconds: Double

    /// The swarm's weights.
    package var best: [Double] { weights["swarm"] ?? [] }

    /// The composition of a control.
    package func mixing(_ name: String) -> Mixing {
        Mixing(weights: weights[name] ?? [], dimensions: dimensions[name] ?? PoolDimensions())
    }
}

/// Searches the weights of a recipe on its dev splits and runs the controls.
package struct SearchRunner: Sendable {
    package let recipe: Recipe
    package let sources: [TraceSource]
    /// Writes the answers of tasks whose answers are generated; nil where no such task is searched on.
    package let answers: Answers?
    /// Where traces and `study.sqlite` are kept; nil keeps nothing.
    package let runFolder: String?
    package let control: RunControl

    /// - Parameter sources: one a member of the recipe, in its order.
    package init(
        recipe: Recipe, sources: [TraceSource], answers: Answers? = nil, runFolder: String?,
        control: RunControl = RunControl()
    ) {
        self.recipe = recipe
        self.sources = sources
        self.answers = answers
        self.runFolder = runFolder
        self.control = control
    }

    package init(
        recipe: Recipe, members: [RunMember], composition: Composition, runFolder: String?,
        control: RunControl = RunControl()
    ) {
        self.init(
            recipe: recipe, sources: members.map { TraceSource($0, alignment: recipe.alignment, pool: recipe.pool) },
            answers: Answers(composition),
            runFolder: runFolder, control: control)
    }

    /// Reads the dev examples with every member, then searches.
    /// - Parameters:
    ///   - data: the tasks of the recipe, in its order.
    ///   - resume: go on from the study in the run folder.
    /// - Throws: `EvaluationError`, `CompositionError`, `FileError`, or what a member throws. After
    ///   `EvaluationError.interrupted` a call with `resume` goes on.
    package func run(_ data: [TaskData], resume: Bool = false) throws -> SearchOutcome {
        if let runFolder {
            try FileManager.default.createDirectory(atPath: runFolder, withIntermediateDirectories: true)
        }
        let start = ContinuousClock.now
        let searched = data.filter { !$0.task.kind.isGenerated && $0.task.weight > 0 }
        let store = TraceStore(runFolder: runFolder)
        // One member after another over all tasks: they need not fit in memory together.
        let temperatures = recipe.search.temperaturesToRead(recipe.pool)
        let traces = try sources.map { source in
            try searched.map {
                try store.trace(of: $0.search, by: source, temperatures: temperatures, control: control)
            }
        }
        let tables = searched.indices.map { task in
            TaskTable(examples: searched[task].search, traces: traces.map { $0[task] })
        }
        let utility = try objective(tables, data)
        let read = ContinuousClock.now

        let study = try runFolder.map { try Study(path: $0 + "/study.sqlite", key: key(data), resume: resume) }
        var outcome = try search(utility, study: study)
        outcome.memberPasses = sources.count * searched.reduce(0) { $0 + $1.search.items.count }
        outcome.readingSeconds = (read - start).seconds
        outcome.searchSeconds = (ContinuousClock.now - read).seconds
        if let study {
            // A finished search that is asked again costs what it cost, not what looking it up costs.
            if let cost = try study.seconds() {
                (outcome.readingSeconds, outcome.searchSeconds) = cost
            } else {
                try study.record(readingSeconds: outcome.readingSeconds, searchSeconds: outcome.searchSeconds)
            }
        }
        return outcome
    }

    private func objective(_ tables: [TaskTable<SearchSplit>], _ data: [TaskData]) throws -> Objective {
        let answered = try data.filter { $0.task.kind.isGenerated && $0.task.weight > 0 }.map { task in
            guard let answers else {
                throw EvaluationError.badSetting(
                    name: "tasks", found: "\(task.task.name), whose answers are generated",
                    expected: "a composition that can write them")
            }
            return try AnsweredTask(examples: task.search, answers: answers)
        }
        // Ctrl-C finishes the look at hand: between looks the search asks for itself.
        var patient = control
        patient.isCancelled = { false }
        return try Objective(
            tables: tables, answered: answered, pool: recipe.pool, combination: recipe.combine, control: patient,
            mixing: { [self] in mixing($0) })
    }

    private func search(_ utility: Objective, study: Study?) throws -> SearchOutcome {
        let count = sources.count
        let settings = recipe.swarm
        let fitted = utility.maximumLikelihood()
        // Generated answers have no likelihood to maximise: no control of that name then.
        let likely = fitted ?? ExpectationMaximization.fit(logLikelihoods: sources.map { _ in [] })
        var weights = ["uniform": Simplex.uniform(count: count)]
        weights["em"] = fitted?.weights
        var trail = SearchDriver.Trail()
        var arms: [SuccessiveHalving.Arm] = []
        var evaluations = budget
        if settings.optimizer == .em {
            guard fitted != nil else {
                throw EvaluationError.badSetting(
                    name: "optimizer", found: "em on generated answers",
                    expected: "a text or choice task of weight above 0")
            }
            weights["swarm"] = likely.weights
        } else {
            let made = search(settings)
            // A bandit is not judged before it has chosen.
            let knee = Knee(
                threshold: settings.knee, minimumEvaluations: settings.optimizer == .auto ? product : 100)
            let search: BudgetedSearch
            (search, trail) = try drive(
                made, named: "swarm", utility, study: study, total: made.budget,
                knee: settings.budget == .auto ? knee : nil)
            weights["swarm"] = search.best?.position
            arms = search.method.arms
            evaluations = search.evaluations
        }
        // Another seed than the search's own, so that `optimizer: random` is not compared with itself.
        let random = RandomSearch(space: space, budget: evaluations, seed: recipe.seed ^ 0x5EED_0F2A)
        weights["random"] =
            try drive(random, named: "random", utility, study: study, total: evaluations, knee: nil)
            .optimizer.best?.position

        let names = weights.keys.sorted()
        // EM's weights are the optimum of weights alone.
        let mixings = names.map { $0 == "em" ? Mixing(weights: weights[$0] ?? []) : mixing(weights[$0] ?? []) }
        let values = try utility.scores(of: mixings)
        for (index, name) in names.enumerated() {
            weights[name] = mixings[index].weights
            try study?.record(outcome: name, weights: mixings[index].weights, utility: values[index])
        }
        let dimensions = zip(names, mixings.map(\.dimensions)).filter { !$0.1.isNeutral }
        return SearchOutcome(
            weights: weights, dimensions: Dictionary(uniqueKeysWithValues: dimensions),
            utilities: Dictionary(uniqueKeysWithValues: zip(names, values)), history: trail.history,
            trail: trail.iterations, evaluations: evaluations, stoppedAtKnee: trail.stoppedAtKnee,
            racing: utility.isRaced && settings.optimizer != .em ? trail.racing : nil, arms: arms,
            maximumLikelihood: likely, memberPasses: 0, readingSeconds: 0, searchSeconds: 0)
    }

    private func drive<O: Optimizer>(
        _ made: O, named name: String, _ utility: Objective, study: Study?, total: Int, knee: Knee?
    ) throws -> (optimizer: O, trail: SearchDriver.Trail) {
        let race = Race(level: recipe.swarm.race, seed: recipe.seed)
        return try SearchDriver(
            name: name, study: study, control: control, members: sources.count, total: total, knee: knee
        ).run(
            made, evaluator: PointEvaluator(utility, race: race, study: study, name: name, control: control))
    }

    /// Particles × (iterations + 1).
    private var product: Int {
        let settings = recipe.swarm.settings
        return (space.isSinglePoint ? 1 : max(settings.particles, sources.count)) * (settings.iterations + 1)
    }

    /// What the search may evaluate at most.
    private var budget: Int {
        switch recipe.swarm.budget {
        case .iterations: product
        case .evaluations(let count): count
        case .auto: 10 * product
        }
    }

    private func search(_ settings: SearchSettings) -> BudgetedSearch {
        if settings.optimizer == .auto, settings.budget == .auto {
            // The bandit chooses within the usual budget; who is chosen goes on to the knee.
            let bandit = SuccessiveHalving(
                space: space, settings: settings.settings, budget: product, seed: recipe.seed)
            return BudgetedSearch(.auto(bandit), budget: budget)
        }
        return BudgetedSearch(
            settings.optimizer, space: space, settings: settings.settings,
            budget: settings.budget == .iterations ? nil : budget, seed: recipe.seed)
    }

    /// What is searched: weights under the pool's constraint, and the dimensions that the recipe asks for.
    private var space: SearchSpace {
        let constraint: SearchSpace.Constraint =
            switch recipe.pool.constraint {
            case .simplex: .simplex
            case .affine: .affine
            case .softmax: .softmax
            }
        return SearchSpace(
            members: sources.count, constraint: constraint,
            scalars: recipe.search.scalars(members: sources.map(\.name)))
    }

    /// What a point of the space stands for.
    private func mixing(_ point: [Double]) -> Mixing {
        recipe.search.mixing(of: point, members: sources.count, base: recipe.pool.dimensions)
    }

    /// Names everything that decides the result.
    private func key(_ data: [TaskData]) -> String {
        let settings = recipe.swarm
        let lines =
            ["\(recipe.seed)", "\(recipe.pool)", "\(recipe.search)", "\(settings)"]
            + sources.map { "\($0.name) \($0.digest)" }
            + data.map { "\($0.task.meaning) \($0.search.digest)" } + ["\(recipe.combine)"]
        return SHA256.hex(lines.joined(separator: "\n").utf8)
    }
}

extension Duration {
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
