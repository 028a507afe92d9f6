/// Particle swarm optimisation over members' weights with the update of Model Swarms (Feng et al. 2024):
///
///     v_i ← (1/C)[ r_v φ_v v_i + r_p φ_p (p_i − x_i) + r_g φ_g (g − x_i) − r_w φ_w (g_w − x_i) ]
///     C   = r_v φ_v + r_p φ_p + r_g φ_g + r_w φ_w
///     x_i ← x_i + λ v_i;   λ ← max(φ_λ λ, λ_min)
///
/// with r ~ U(0,1), one scalar each per particle and iteration; p_i the particle's own best point, g and g_w the best
/// and the worst point of all history. Improvements are strict and updates synchronous: all particles of an iteration
/// see the same g.
///
/// Iteration 0 evaluates the one-hot vectors, that is the members themselves, then children t·a + (1−t)·b of two of
/// them; a child's scalars are drawn at random, half of them neutral, since the update only ever combines positions. A
/// particle that went `restartPatience` iterations without a personal best is put back there with no velocity
/// before it moves on.
///
/// With one random factor for all coordinates the published update contracts quickly, and from three members on it can
/// stall short of the optimum. `SwarmSettings.scatters` (0 as published) lets a stalled swarm start again around its
/// best point instead of stopping, and `SwarmSettings.update` has another update.
package struct ParticleSwarm: Optimizer, Equatable {
    /// One particle between two iterations.
    struct Particle: Codable, Sendable, Equatable {
        /// Coordinates of the search space.
        var position: [Double]
        var velocity: [Double]
        /// The best coordinates so far.
        var best: Evaluation
        var iterationsSinceBest: Int
    }

    package let settings: SwarmSettings
    package let seed: UInt64
    package let space: SearchSpace
    /// Iterations told so far; the one `ask` gives points for.
    package private(set) var iteration = 0
    /// Points told so far.
    package private(set) var evaluations = 0
    /// Iterations since the best point last changed.
    package private(set) var iterationsSinceBest = 0
    package private(set) var isFinished = false
    /// How often the stalled swarm was scattered.
    package private(set) var scatters = 0
    /// λ for the next move.
    package private(set) var stepLength: Double
    private(set) var particles: [Particle]
    /// In coordinates.
    private var globalBest: Evaluation?
    private var globalWorst: Evaluation?

    /// A swarm at its start.
    package init(space: SearchSpace, settings: SwarmSettings = SwarmSettings(), seed: UInt64) {
        self.settings = settings
        self.seed = seed
        self.space = space
        stepLength = settings.stepLength
        particles = Self.start(space: space, settings: settings, seed: seed)
    }

    package var best: Evaluation? {
        globalBest.map { Evaluation(position: space.point(inside: $0.position), utility: $0.utility) }
    }

    package func ask() -> [[Double]] {
        isFinished ? [] : particles.map { space.point(inside: $0.position) }
    }

    /// What is no personal best and not the worst of all moves nothing.
    package var stakes: [Stake?] {
        if isFinished { return [] }
        return particles.map { particle in
            guard iteration > 0, particle.best.utility > -.infinity, let globalWorst else { return nil }
            let rival = Evaluation(
                position: space.point(inside: particle.best.position), utility: particle.best.utility)
            let hasWorst = settings.update == .published && settings.repulsion > 0
            return Stake(rival: rival, floor: hasWorst ? globalWorst.utility : -.infinity)
        }
    }

    /// - Precondition: one utility for each point `ask` gave.
    package mutating func tell(_ utilities: [Double]) {
        precondition(!isFinished, "the search has ended")
        precondition(
            utilities.count == particles.count, "found \(utilities.count) utilities, expected \(particles.count)")
        let improved = record(utilities.map { $0.isNaN ? -.infinity : $0 })
        evaluations += utilities.count
        if iteration > 0 { iterationsSinceBest = improved ? 0 : iterationsSinceBest + 1 }
        let stalled = iterationsSinceBest >= settings.patience
        if space.isSinglePoint || iteration >= settings.iterations || (stalled && scatters >= settings.scatters) {
            isFinished = true
            return
        }
        if iteration == 0, settings.startingVelocity == .best, let g = globalBest?.position {
            for i in particles.indices { particles[i].velocity = zip(g, particles[i].position).map { $0 - $1 } }
        }
        iteration += 1
        if stalled {
            scatter()
        } else {
            switch settings.update {
            case .published: move()
            case .constriction: moveConstricted()
            }
        }
    }

    /// Updates personal bests, g and g_w. Returns whether g changed.
    private mutating func record(_ utilities: [Double]) -> Bool {
        var improved = false
        for (i, utility) in utilities.enumerated() {
            let evaluation = Evaluation(position: particles[i].position, utility: utility)
            if utility > particles[i].best.utility {
                particles[i].best = evaluation
                particles[i].iterationsSinceBest = 0
            } else {
                particles[i].iterationsSinceBest += iteration > 0 ? 1 : 0
            }
            if globalBest.map({ utility > $0.utility }) ?? true {
                globalBest = evaluation
                improved = true
            }
            if globalWorst.map({ utility < $0.utility }) ?? true { globalWorst = evaluation }
        }
        return improved
    }

    /// Draws every particle anew between g and a random point of the space, closer to g each time and
    /// wide again after twelve times, and starts its memory and λ afresh; g and g_w stay.
    private mutating func scatter() {
        guard let g = globalBest?.position else { return }
        var reach = 0.5
        for _ in 0..<scatters % 12 { reach *= 0.7 }
        scatters += 1
        iterationsSinceBest = 0
        stepLength = settings.stepLength
        let positions = particles.indices.map { i in
            var random = CounterRandom(seed: seed, stream: .start, iteration: iteration + 1, particle: i)
            let drawn = space.randomPoint(&random)
            // The same point of the simplex in coordinates: a mixture of corners.
            let corners = space.constraint == .softmax ? SearchSpace.softmaxCorner : 1
            let target =
                drawn.prefix(space.members).map { corners * $0 }
                + space.coordinates(of: drawn)
                .dropFirst(space.members)
            let t = reach * random.uniform()
            return space.project(g.indices.map { g[$0] + t * (target[$0] - g[$0]) })
        }
        particles = Self.particles(at: positions, settings: settings, seed: seed, iteration: iteration + 2)
    }

    private mutating func move() {
        guard let g = globalBest?.position, let worst = globalWorst?.position else { return }
        for i in particles.indices {
            if settings.restarts, particles[i].iterationsSinceBest >= settings.restartPatience {
                particles[i].position = particles[i].best.position
                particles[i].velocity = [Double](repeating: 0, count: space.count)
                particles[i].iterationsSinceBest = 0
            }
            var random = CounterRandom(seed: seed, stream: .move, iteration: iteration, particle: i)
            // Always four draws, so that settings do not shift each other's numbers.
            let r = [random.uniform(), random.uniform(), random.uniform(), random.uniform()]
                .map { settings.deterministic ? 1 : $0 }
            let (a, b, c, d) = (
                r[0] * settings.inertia, r[1] * settings.cognitive, r[2] * settings.social, r[3] * settings.repulsion
            )
            let total = a + b + c + d
            let particle = particles[i]
            for m in 0..<space.count {
                let x = particle.position[m]
                let pull =
                    a * particle.velocity[m] + b * (particle.best.position[m] - x) + c * (g[m] - x)
                    - d * (worst[m] - x)
                let velocity = total > 0 ? pull / total : 0
                particles[i].velocity[m] = velocity
                particles[i].position[m] = x + stepLength * velocity
            }
            particles[i].position = space.project(particles[i].position)
        }
        stepLength = max(settings.stepDecay * stepLength, settings.minimumStepLength)
    }

    /// `SwarmSettings.Update.constriction`.
    private mutating func moveConstricted() {
        guard let g = globalBest?.position else { return }
        let (constriction, pull) = (0.7298, 2.05)
        for i in particles.indices {
            var random = CounterRandom(seed: seed, stream: .move, iteration: iteration, particle: i)
            let best = particles[i].best.position
            var velocity = particles[i].velocity
            let position = particles[i].position
            for m in 0..<space.count {
                let x = position[m]
                velocity[m] =
                    constriction
                    * (velocity[m] + pull * random.uniform() * (best[m] - x) + pull * random.uniform() * (g[m] - x))
            }
            if space.constraint == .affine {
                // Factors of their own for every coordinate would not keep the sum of the weights.
                let mean = velocity[..<space.members].reduce(0, +) / Double(space.members)
                for m in 0..<space.members { velocity[m] -= mean }
            }
            particles[i].velocity = velocity
            particles[i].position = space.project(zip(position, velocity).map { $0 + $1 })
        }
    }

    private static func start(space: SearchSpace, settings: SwarmSettings, seed: UInt64) -> [Particle] {
        let corners = (0..<space.members).map { space.cornerCoordinates($0) }
        var positions = corners
        let count = space.isSinglePoint ? 1 : max(settings.particles, space.members)
        for i in corners.count..<max(count, corners.count) {
            var random = CounterRandom(seed: seed, stream: .start, iteration: 0, particle: i)
            var child = corners[0]
            if corners.count > 1 {
                let a = random.index(below: corners.count)
                let b = (a + 1 + random.index(below: corners.count - 1)) % corners.count
                let range = settings.crossover
                let t = range.lowerBound + random.openUniform() * (range.upperBound - range.lowerBound)
                child = zip(corners[a], corners[b]).map { t * $0 + (1 - t) * $1 }
            }
            for (index, scalar) in space.scalars.enumerated() {
                let (isNeutral, coordinate) = (random.uniform() < 0.5, random.uniform())
                child[space.members + index] = isNeutral ? scalar.coordinate(of: scalar.neutral) : coordinate
            }
            positions.append(space.project(child))
        }
        return Self.particles(at: positions, settings: settings, seed: seed, iteration: 1)
    }

    /// Particles without memory; each heads for another one, drawn at random.
    private static func particles(
        at positions: [[Double]], settings: SwarmSettings, seed: UInt64, iteration: Int
    ) -> [Particle] {
        positions.indices.map { i in
            var velocity = [Double](repeating: 0, count: positions[i].count)
            if positions.count > 1, settings.startingVelocity == .random {
                var random = CounterRandom(seed: seed, stream: .scatter, iteration: iteration, particle: i)
                let j = (i + 1 + random.index(below: positions.count - 1)) % positions.count
                velocity = zip(positions[j], positions[i]).map { $0 - $1 }
            }
            return Particle(
                position: positions[i], velocity: velocity,
                best: Evaluation(position: positions[i], utility: -.infinity), iterationsSinceBest: 0)
        }
    }
}
