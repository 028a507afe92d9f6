internal import Foundation

/// Differential evolution in the form of JADE (Zhang and Sanderson 2009): current-to-pbest/1 with an archive, binomial
/// crossover, and factors that adapt to what succeeded:
///
///     u_i = x_i + F_i (x_pbest − x_i) + F_i (x_r1 − x̃_r2)
///     F_i ~ Cauchy(μ_F, 0.1) in (0, 1],  CR_i ~ N(μ_CR, 0.1) in [0, 1]
///     μ_F ← 0.9 μ_F + 0.1 Σ F²/Σ F,   μ_CR ← 0.9 μ_CR + 0.1 mean(CR)   over the successes of a generation
///
/// A coordinate is a member, so crossover takes a member's weight from the one or the other parent; the trial is then
/// projected (under `affine` onto Σw = 1). Iteration 0 evaluates the members alone and random points. A trial replaces
/// its target only where it is strictly better. A population whose coordinates have all come together within 10⁻⁹, or
/// that had no success in 20 generations, is drawn anew. It never ends by itself, except where there is nothing to
/// search.
package struct DifferentialEvolution: Optimizer, Equatable {
    package let space: SearchSpace
    package let seed: UInt64
    /// Population size.
    package let population: Int
    package private(set) var evaluations = 0
    package private(set) var best: Evaluation?
    package private(set) var restarts = 0
    private var generation = 0
    private var sinceSuccess = 0
    /// In coordinates; utilities −∞ before they are told.
    private var targets: [Evaluation]
    private var isFresh = true
    private var archive: [[Double]] = []
    private var meanFactor = 0.5
    private var meanCrossover = 0.5

    /// The share of the population that counts as best.
    private static let bestShare = 0.1

    /// - Parameter population: at least the number of members and 4.
    package init(space: SearchSpace, population: Int = 20, seed: UInt64) {
        self.space = space
        self.seed = seed
        self.population = space.isSinglePoint ? 1 : max(4, population, space.members)
        targets = []
        targets = Self.draw(space, count: self.population, seed: seed, restart: 0)
    }

    private static func draw(_ space: SearchSpace, count: Int, seed: UInt64, restart: Int) -> [Evaluation] {
        (0..<count).map { i in
            var position: [Double]
            if restart == 0 && i < space.members {
                position = space.cornerCoordinates(i)
            } else {
                var random = CounterRandom(seed: seed, stream: .start, iteration: restart, particle: i)
                position = space.coordinates(of: space.randomPoint(&random))
            }
            return Evaluation(position: space.project(position), utility: -.infinity)
        }
    }

    package func ask() -> [[Double]] {
        if space.isSinglePoint && evaluations > 0 { return [] }
        return trials().map { space.point(inside: $0.position) }
    }

    /// Strictly better trials replace their target; any other utility leaves everything as it is.
    package var stakes: [Stake?] {
        if space.isSinglePoint && evaluations > 0 { return [] }
        return targets.map { target in
            isFresh
                ? nil
                : Stake(rival: Evaluation(position: space.point(inside: target.position), utility: target.utility))
        }
    }

    private struct Trial {
        var position: [Double]
        var factor: Double
        var crossover: Double
    }

    private func trials() -> [Trial] {
        if isFresh { return targets.map { Trial(position: $0.position, factor: 0, crossover: 0) } }
        let ranked = targets.indices.sorted { (-targets[$0].utility, $0) < (-targets[$1].utility, $1) }
        let elite = max(2, Int((Self.bestShare * Double(population)).rounded()))
        return targets.indices.map { i in
            var random = CounterRandom(seed: seed, stream: .differential, iteration: generation, particle: i)
            let crossover = min(max(meanCrossover + 0.1 * random.normal(), 0), 1)
            var factor = 0.0
            while factor <= 0 { factor = meanFactor + 0.1 * tan(Double.pi * (random.openUniform() - 0.5)) }
            factor = min(factor, 1)
            let x = targets[i].position
            let pBest = targets[ranked[random.index(below: elite)]].position
            let first = (i + 1 + random.index(below: population - 1)) % population
            let pool = population - 2 + archive.count
            var second = random.index(below: pool)
            if second < population - 2 {
                // The population without i and `first`.
                for taken in [min(i, first), max(i, first)] where second >= taken { second += 1 }
            } else {
                second += 2
            }
            let r1 = targets[first].position
            let r2 = second < population ? targets[second].position : archive[second - population]
            let always = random.index(below: x.count)
            var trial = x
            for d in x.indices where random.uniform() < crossover || d == always {
                trial[d] = x[d] + factor * (pBest[d] - x[d]) + factor * (r1[d] - r2[d])
            }
            if space.constraint == .affine {
                let excess = (trial.prefix(space.members).reduce(0, +) - 1) / Double(space.members)
                for m in 0..<space.members { trial[m] -= excess }
            }
            return Trial(position: space.project(trial), factor: factor, crossover: crossover)
        }
    }

    package mutating func tell(_ utilities: [Double]) {
        let trials = trials()
        precondition(utilities.count == trials.count, "found \(utilities.count) utilities, expected \(trials.count)")
        evaluations += utilities.count
        var factors: [Double] = []
        var crossovers: [Double] = []
        var displaced: [[Double]] = []
        for (i, told) in utilities.enumerated() {
            let utility = told.isNaN ? -.infinity : told
            if best.map({ utility > $0.utility }) ?? true {
                best = Evaluation(position: space.point(inside: trials[i].position), utility: utility)
            }
            if isFresh {
                targets[i].utility = utility
            } else if utility > targets[i].utility {
                displaced.append(targets[i].position)
                factors.append(trials[i].factor)
                crossovers.append(trials[i].crossover)
                targets[i] = Evaluation(position: trials[i].position, utility: utility)
            }
        }
        generation += 1
        if isFresh {
            isFresh = false
            return
        }
        learn(factors, crossovers, displaced)
        if sinceSuccess >= 20 || isCollapsed { restart() }
    }

    private mutating func learn(_ factors: [Double], _ crossovers: [Double], _ displaced: [[Double]]) {
        guard !factors.isEmpty else {
            sinceSuccess += 1
            return
        }
        sinceSuccess = 0
        archive += displaced
        var drop = 0
        while archive.count > population {
            var random = CounterRandom(
                seed: seed, stream: .differential, iteration: generation, particle: population + drop)
            archive.remove(at: random.index(below: archive.count))
            drop += 1
        }
        let squares = factors.reduce(0) { $0 + $1 * $1 }
        meanFactor = 0.9 * meanFactor + 0.1 * squares / factors.reduce(0, +)
        meanCrossover = 0.9 * meanCrossover + 0.1 * crossovers.reduce(0, +) / Double(crossovers.count)
    }

    private var isCollapsed: Bool {
        targets.allSatisfy { target in
            zip(target.position, targets[0].position).allSatisfy { abs($0 - $1) < 1e-9 }
        }
    }

    private mutating func restart() {
        restarts += 1
        targets = Self.draw(space, count: population, seed: seed, restart: restarts)
        (isFresh, archive, meanFactor, meanCrossover, sinceSuccess) = (true, [], 0.5, 0.5, 0)
    }
}
