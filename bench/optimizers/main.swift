import Foundation
import SwarmOptimizers

// How near every optimizer comes to the convex optimum of the linear pool, at equal budgets of evaluations.
//
//     swift run -c release optimizer-bench [SEEDS] [BUDGET …]
//
// For M = 2 … 16 members and each seed: 400 events, each in the domain of one member, drawn with unequal frequencies, that
// member knowing it best; EM gives the optimum L*. The table has the gap (L* − L)/|L*| of the best point of each search,
// worst and mean over seeds, in units of 0.001. `pso` is the published swarm (20 particles, 50 moves at most, stops when it
// stalls); with a budget it is scattered instead of stopping. `constriction` is the swarm's other update.

struct Setting {
    var name: String
    var kind: OptimizerKind
    var update = SwarmSettings.Update.published
    /// nil where the swarm stops by itself.
    var budget: Int?
}

struct Mixture {
    /// Log-likelihoods [members][events].
    var rows: [[Double]]
    /// Probabilities [events][members].
    private var probabilities: [[Double]] = []

    init(members: Int, events: Int, seed: UInt64) {
        rows = [[Double]](repeating: [], count: members)
        var setup = CounterRandom(seed: seed, stream: .user, iteration: 0)
        let frequencies = setup.dirichlet(count: members)
        for event in 1...events {
            var random = CounterRandom(seed: seed, stream: .user, iteration: event)
            var place = random.uniform()
            var domain = 0
            while domain < members - 1, place >= frequencies[domain] {
                place -= frequencies[domain]
                domain += 1
            }
            for member in 0..<members {
                let nats = 0.3 + random.exponential() + (member == domain ? 0 : 1 + 2 * random.exponential())
                rows[member].append(-nats)
            }
        }
        probabilities = (0..<events).map { event in rows.map { exp($0[event]) } }
    }

    func meanLogLikelihood(_ weights: [Double]) -> Double {
        var sum = 0.0
        for event in probabilities {
            var probability = 0.0
            for member in event.indices { probability += weights[member] * event[member] }
            sum += probability > 0 ? log(probability) : -.infinity
        }
        return sum / Double(probabilities.count)
    }
}

func best(_ setting: Setting, members: Int, seed: UInt64, _ mixture: Mixture) -> (Double, Int) {
    var search = BudgetedSearch(
        setting.kind, space: SearchSpace(members: members), settings: SwarmSettings(update: setting.update),
        budget: setting.budget, seed: seed)
    while true {
        let points = search.ask()
        if points.isEmpty { return (search.best?.utility ?? -.infinity, search.evaluations) }
        search.tell(points.map(mixture.meanLogLikelihood))
    }
}

let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
let seeds = arguments.first ?? 20
let budgets = arguments.count > 1 ? Array(arguments.dropFirst()) : [1_020, 5_000]

var settings = [Setting(name: "pso", kind: .pso)]
for budget in budgets {
    settings.append(Setting(name: "pso \(budget)", kind: .pso, budget: budget))
    settings.append(Setting(name: "pso, constriction \(budget)", kind: .pso, update: .constriction, budget: budget))
    for kind in [OptimizerKind.cmaES, .nelderMead, .de, .auto, .random] {
        settings.append(Setting(name: "\(kind.rawValue) \(budget)", kind: kind, budget: budget))
    }
}
print("gap to EM in 0.001 of its log-likelihood: worst (mean) over \(seeds) seeds, and evaluations")
print((["M"] + settings.map(\.name)).joined(separator: "\t"))
for members in 2...16 {
    let mixtures = (0..<seeds).map { Mixture(members: members, events: 400, seed: UInt64(1_000 * members + $0)) }
    let optima = mixtures.map { mixture in
        mixture.meanLogLikelihood(ExpectationMaximization.fit(logLikelihoods: mixture.rows).weights)
    }
    var cells = ["\(members)"]
    for setting in settings {
        var gaps: [Double] = []
        var evaluations = 0
        for (seed, mixture) in mixtures.enumerated() {
            let (found, spent) = best(setting, members: members, seed: UInt64(seed), mixture)
            gaps.append(1_000 * (optima[seed] - found) / abs(optima[seed]))
            evaluations += spent
        }
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        cells.append(
            String(format: "%.3f (%.3f) %ld", gaps.max() ?? .nan, mean, evaluations / gaps.count))
    }
    print(cells.joined(separator: "\t"))
    fflush(nil)
}
