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
        particles: Int = 20, iterations: Int = 50, inertia: Double = 0.2, cognitive: Double = 0.3,
        social: Double = 0.4, repulsion: Double = 0.05, stepLength: Double = 0.8, stepDecay: Double = 0.95,
        minimumStepLength: Double = 0.1, patience: Int = 10, restartPatience: Int = 5,
        restarts: Bool = true, crossover: ClosedRange<Double> = 0...1, startingVelocity: StartingVelocity = .random,
        deterministic: Bool = false, scatters: Int = 0
    ) {
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
