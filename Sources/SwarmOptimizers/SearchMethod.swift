/// The optimizers by the names that recipes use.
package enum OptimizerKind: String, Sendable, Codable, CaseIterable {
    /// `ParticleSwarm`
    case pso
    /// `RandomSearch`
    case random
    /// `CovarianceMatrixAdaptation`
    case cmaES = "cma-es"
    /// `NelderMead`
    case nelderMead = "nelder-mead"
    /// `DifferentialEvolution`
    case de
    /// `ExpectationMaximization`, which fits the weights of a linear pool without a search.
    case em
    /// `SuccessiveHalving` over the others.
    case auto
}

/// Any of the optimizers, as one value that can be saved.
package indirect enum SearchMethod: Optimizer, Equatable {
    case pso(ParticleSwarm)
    case random(RandomSearch)
    case cmaES(CovarianceMatrixAdaptation)
    case nelderMead(NelderMead)
    case de(DifferentialEvolution)
    case auto(SuccessiveHalving)

    private var value: any Optimizer {
        switch self {
        case .pso(let value): value
        case .random(let value): value
        case .cmaES(let value): value
        case .nelderMead(let value): value
        case .de(let value): value
        case .auto(let value): value
        }
    }

    package func ask() -> [[Double]] { value.ask() }
    package var best: Evaluation? { value.best }
    package var evaluations: Int { value.evaluations }
    package var stakes: [Stake?] { value.stakes }

    package mutating func tell(_ utilities: [Double]) {
        switch self {
        case .pso(var value):
            value.tell(utilities)
            self = .pso(value)
        case .random(var value):
            value.tell(utilities)
            self = .random(value)
        case .cmaES(var value):
            value.tell(utilities)
            self = .cmaES(value)
        case .nelderMead(var value):
            value.tell(utilities)
            self = .nelderMead(value)
        case .de(var value):
            value.tell(utilities)
            self = .de(value)
        case .auto(var value):
            value.tell(utilities)
            self = .auto(value)
        }
    }

    /// What became of each method that was tried; empty except for `auto`.
    package var arms: [SuccessiveHalving.Arm] {
        if case .auto(let halving) = self { return halving.arms }
        return []
    }
}

/// An optimizer that evaluates an exact number of points.
///
/// Where the budget ends within a batch, only the batch's first points are evaluated; they count for `best`, and the
/// method is not told of them.
package struct BudgetedSearch: Optimizer, Equatable {
    package private(set) var method: SearchMethod
    /// Evaluations at most.
    package let budget: Int
    package private(set) var evaluations = 0
    package private(set) var best: Evaluation?

    package init(_ method: SearchMethod, budget: Int) {
        precondition(budget >= 0, "found a budget of \(budget)")
        self.method = method
        self.budget = budget
    }

    /// A search of the given kind.
    /// - Parameters:
    ///   - settings: a swarm's; its particles are also the population of `de`, and particles × (iterations + 1) is the
    ///     budget where none is given.
    ///   - budget: evaluations, exactly. A swarm that would stop before is scattered instead. nil: a swarm ends by its
    ///     own rules, every other method after particles × (iterations + 1).
    /// - Precondition: `kind` is not `em`, which is no search.
    package init(
        _ kind: OptimizerKind, space: SearchSpace, settings: SwarmSettings = SwarmSettings(), budget: Int? = nil,
        seed: UInt64
    ) {
        precondition(kind != .em, "em is no search")
        let particles = space.isSinglePoint ? 1 : max(settings.particles, space.members)
        let (product, overflow) = particles.multipliedReportingOverflow(by: settings.iterations + 1)
        let evaluations = budget ?? (overflow ? Int.max : product)
        let method: SearchMethod =
            switch kind {
            case .pso, .em:
                .pso(ParticleSwarm(space: space, settings: budget == nil ? settings : settings.endless, seed: seed))
            case .random: .random(RandomSearch(space: space, budget: evaluations, seed: seed))
            case .cmaES: .cmaES(CovarianceMatrixAdaptation(space: space, seed: seed))
            case .nelderMead: .nelderMead(NelderMead(space: space, seed: seed))
            case .de: .de(DifferentialEvolution(space: space, population: settings.particles, seed: seed))
            case .auto:
                .auto(SuccessiveHalving(space: space, settings: settings, budget: evaluations, seed: seed))
            }
        self.init(method, budget: evaluations)
    }

    package func ask() -> [[Double]] { Array(method.ask().prefix(budget - evaluations)) }

    package var stakes: [Stake?] { Array(method.stakes.prefix(budget - evaluations)) }

    package mutating func tell(_ utilities: [Double]) {
        let points = method.ask()
        let count = min(points.count, budget - evaluations)
        precondition(utilities.count == count, "found \(utilities.count) utilities, expected \(count)")
        for (point, utility) in zip(points, utilities) {
            let value = utility.isNaN ? -.infinity : utility
            if best.map({ value > $0.utility }) ?? true { best = Evaluation(position: point, utility: value) }
        }
        evaluations += count
        if count == points.count { method.tell(utilities) }
    }
}

extension SwarmSettings {
    /// The same swarm, scattered whenever it stalls and never out of iterations.
    var endless: SwarmSettings {
        var settings = self
        settings.iterations = .max
        settings.scatters = .max
        return settings
    }
}
