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
/// them. A particle that went `restartPatience` iterations without a personal best is put back there with no velocity
/// before it moves on.
///
/// With one random factor for all coordinates the published update contracts quickly, and from three members on it can
/// stall short of the optimum. `SwarmSettings.scatters` (0 as published) lets a stalled swarm start again around its
/// best point instead of stopping.
package struct ParticleSwarm: Optimizer, Equatable {
    /// One particle between two iterations.
    struct Particle: Codable, Sendable, Equatable {
        /// Coordinates; weights are made of them by the constraint.
        var position: [Double]
        var velocity: [Double]
        /// The best coordinates so far.
        var best: Evaluation
        var iterationsSinceBest: Int
    }

    package let settings: SwarmSettings
    package let seed: UInt64
    /// Members, the length of a position.
    package let dimensions: Int
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

    /// The coordinate of a member's own corner under `softmax`: its weight there is above 0.999 for up to three
    /// members and the gradient has not vanished.
    static let softmaxCorner = 8.0

    /// A swarm at its start.
    /// - Precondition: `dimensions` ≥ 1.
    package init(dimensions: Int, settings: SwarmSettings = SwarmSettings(), seed: UInt64) {
        precondition(dimensions >= 1, "a swarm needs at least one member")
        self.settings = settings
        self.seed = seed
        self.dimensions = dimensions
        stepLength = settings.stepLength
        particles = Self.start(dimensions: dimensions, settings: settings, seed: seed)
    }

    package var best: Evaluation? {
        globalBest.map { Evaluation(position: weights(of: $0.position), utility: $0.utility) }
    }

    package mutating func ask() -> [[Double]] {
        isFinished ? [] : particles.map { weights(of: $0.position) }
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
        if dimensions == 1 || iteration >= settings.iterations || (stalled && scatters >= settings.scatters) {
            isFinished = true
            return
        }
        iteration += 1
        if stalled {
            scatter()
        } else {
            move()
        }
    }

    /// The weights that coordinates stand for.
    private func weights(of position: [Double]) -> [Double] {
        settings.constraint == .softmax ? Simplex.softmax(position) : position
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

    /// Draws every particle anew between g and a random point of the simplex, closer to g each time, and starts its
    /// memory and λ afresh; g and g_w stay.
    private mutating func scatter() {
        guard let g = globalBest?.position else { return }
        var reach = 0.5
        for _ in 0..<scatters { reach *= 0.7 }
        scatters += 1
        iterationsSinceBest = 0
        stepLength = settings.stepLength
        let positions = particles.indices.map { i in
            var random = CounterRandom(seed: seed, stream: .start, iteration: iteration + 1, particle: i)
            let target = random.dirichlet(count: dimensions)
            let t = reach * random.uniform()
            return g.indices.map { g[$0] + t * (Self.corner(settings) * target[$0] - g[$0]) }
        }
        particles = Self.particles(at: positions, seed: seed, iteration: iteration + 2)
    }

    private mutating func move() {
        guard let g = globalBest?.position, let worst = globalWorst?.position else { return }
        for i in particles.indices {
            if particles[i].iterationsSinceBest >= settings.restartPatience {
                particles[i].position = particles[i].best.position
                particles[i].velocity = [Double](repeating: 0, count: dimensions)
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
            for m in 0..<dimensions {
                let x = particle.position[m]
                let pull =
                    a * particle.velocity[m] + b * (particle.best.position[m] - x) + c * (g[m] - x)
                    - d * (worst[m] - x)
                let velocity = total > 0 ? pull / total : 0
                particles[i].velocity[m] = velocity
                particles[i].position[m] = x + stepLength * velocity
            }
            if settings.constraint == .simplex {
                particles[i].position = Simplex.project(particles[i].position)
            }
        }
        stepLength = max(settings.stepDecay * stepLength, settings.minimumStepLength)
    }

    private static func start(dimensions: Int, settings: SwarmSettings, seed: UInt64) -> [Particle] {
        let corner = corner(settings)
        let count = dimensions == 1 ? 1 : max(settings.particles, dimensions)
        let corners = (0..<dimensions).map { m in Simplex.vertex(m, count: dimensions).map { $0 * corner } }
        var positions = corners
        for i in dimensions..<max(count, dimensions) {
            var random = CounterRandom(seed: seed, stream: .start, iteration: 0, particle: i)
            let a = random.index(below: dimensions)
            let b = (a + 1 + random.index(below: dimensions - 1)) % dimensions
            let t = random.openUniform()
            positions.append(zip(corners[a], corners[b]).map { t * $0 + (1 - t) * $1 })
        }
        return Self.particles(at: positions, seed: seed, iteration: 1)
    }

    /// What a member's own corner is multiplied by in coordinates.
    private static func corner(_ settings: SwarmSettings) -> Double {
        settings.constraint == .softmax ? softmaxCorner : 1
    }

    /// Particles without memory; each heads for another one, drawn at random.
    private static func particles(at positions: [[Double]], seed: UInt64, iteration: Int) -> [Particle] {
        positions.indices.map { i in
            var velocity = [Double](repeating: 0, count: positions[i].count)
            if positions.count > 1 {
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
