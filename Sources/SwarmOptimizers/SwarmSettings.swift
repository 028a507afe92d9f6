/// The settings of a particle swarm. The defaults are Model Swarms' (Feng et al. 2024, arXiv 2410.11163).
package struct SwarmSettings: Codable, Sendable, Equatable {
    /// What a particle's first velocity is.
    package enum StartingVelocity: String, Codable, Sendable, CaseIterable {
        /// Towards another particle, drawn at random: x_j − x_i.
        case random
        case zero
        /// Towards the best particle of iteration 0: g − x_i.
        case best
    }

    /// How particles move.
    package enum Update: String, Codable, Sendable, CaseIterable {
        /// Model Swarms' update, with every option here.
        case published
        /// Clerc and Kennedy's constriction (IEEE Transactions on Evolutionary Computation 6(1), 2002), with random factors
        /// of their own for every coordinate:
        ///
        ///     v_i ← χ [ v_i + c r_1 ∘ (p_i − x_i) + c r_2 ∘ (g − x_i) ],   x_i ← x_i + v_i
        ///
        /// Under the affine constraint v loses its mean over the weights. χ = 0.7298 and c = 2.05 follow from each other,
        /// so that the pulls, the step length, putting particles back and `deterministic` do not apply. Finds the optimum
        /// of many members where the published update stalls.
        case constriction
    }

    package var update: Update
    /// N. A swarm starts with one particle a member, so it never has fewer than there are members.
    package var particles: Int
    /// K, the moves at most.
    package var iterations: Int
    /// φ_v, the pull of the last velocity.
    package var inertia: Double
    /// φ_p, the pull of the particle's own best point.
    package var cognitive: Double
    /// φ_g, the pull of the swarm's best point.
    package var social: Double
    /// φ_w, the push away from the swarm's worst point; 0 switches it off.
    package var repulsion: Double
    /// λ at the first move.
    package var stepLength: Double
    /// φ_λ, what λ is multiplied by after each move.
    package var stepDecay: Double
    /// λ_min.
    package var minimumStepLength: Double
    /// c: the search stops after this many iterations without a new best point.
    package var patience: Int
    /// c_r: a particle goes back to its own best point after this many iterations without a new one.
    package var restartPatience: Int
    /// Whether particles go back at all.
    package var restarts: Bool
    /// The range of t for the children t·a + (1 − t)·b that fill the swarm: 0 … 1 in the paper; 0 … 2, half of them
    /// outside their parents, in the authors' program.
    package var crossover: ClosedRange<Double>
    package var startingVelocity: StartingVelocity
    /// All random factors r are 1: the update without chance (starts stay random).
    package var deterministic: Bool
    /// How often a stalled swarm is scattered around its best point instead of stopping. 0 is the published search.
    package var scatters: Int

    package init(
        update: Update = .published, particles: Int = 20, iterations: Int = 50, inertia: Double = 0.2,
        cognitive: Double = 0.3,
        social: Double = 0.4, repulsion: Double = 0.05, stepLength: Double = 0.8, stepDecay: Double = 0.95,
        minimumStepLength: Double = 0.1, patience: Int = 10, restartPatience: Int = 5,
        restarts: Bool = true, crossover: ClosedRange<Double> = 0...1, startingVelocity: StartingVelocity = .random,
        deterministic: Bool = false, scatters: Int = 0
    ) {
        self.update = update
        self.particles = particles
        self.iterations = iterations
        self.inertia = inertia
        self.cognitive = cognitive
        self.social = social
        self.repulsion = repulsion
        self.stepLength = stepLength
        self.stepDecay = stepDecay
        self.minimumStepLength = minimumStepLength
        self.patience = patience
        self.restartPatience = restartPatience
        self.restarts = restarts
        self.crossover = crossover
        self.startingVelocity = startingVelocity
        self.deterministic = deterministic
        self.scatters = scatters
    }
}
