package import SwarmComposition

/// What to compose, on which tasks to search the weights, and how: the content of a recipe file.
///
/// A recipe is YAML. Paths in it are relative to the file's own folder. Keys that are not known are errors.
package struct Recipe: Sendable, Equatable {
    package var name: String
    /// Seeds the search, the controls and sampling.
    package var seed: UInt64
    package var members: [MemberSpec]
    /// A vocabulary map built before; nil builds one.
    package var map: String?
    package var alignment: AlignmentSettings
    package var pool: PoolSettings
    package var tasks: [TaskSpec]
    package var swarm: SearchSettings
    package var generate: GenerateSettings

    package init(
        name: String, seed: UInt64 = 0, members: [MemberSpec], map: String? = nil,
        alignment: AlignmentSettings = AlignmentSettings(), pool: PoolSettings = PoolSettings(),
        tasks: [TaskSpec] = [], swarm: SearchSettings = SearchSettings(),
        generate: GenerateSettings = GenerateSettings()
    ) {
        self.name = name
        self.seed = seed
        self.members = members
        self.map = map
        self.alignment = alignment
        self.pool = pool
        self.tasks = tasks
        self.swarm = swarm
        self.generate = generate
    }

    /// The members' weights in order.
    package var weights: [Double] { members.map(\.weight) }
}

/// A member of a recipe.
package struct MemberSpec: Sendable, Equatable, Codable {
    package var name: String
    /// A Hugging Face folder or a GGUF file.
    package var path: String
    package var weight: Double

    package init(name: String, path: String, weight: Double) {
        self.name = name
        self.path = path
        self.weight = weight
    }
}

/// How the weights are searched. Defaults and symbols are those of Model Swarms (Feng et al. 2024, arXiv 2410.11163).
package struct SearchSettings: Sendable, Equatable, Codable {
    package enum OptimizerKind: String, Sendable, Codable, CaseIterable {
        case pso
        case random
        case em
    }

    package var optimizer: OptimizerKind = .pso
    /// N, at least 1.
    package var particles = 20
    /// K, at most; at least 0.
    package var iterations = 50
    /// φ_v: how much of its velocity a particle keeps.
    package var inertia = 0.2
    /// φ_p: pull towards the particle's own best.
    package var cognitive = 0.3
    /// φ_g: pull towards the best of all.
    package var social = 0.4
    /// φ_w: push away from the worst of all.
    package var repel = 0.05
    /// λ: step length.
    package var stepLength = 0.8
    /// φ_λ: factor on the step length after each iteration.
    package var stepDecay = 0.95
    /// λ_min.
    package var minStepLength = 0.1
    /// c: iterations without a new best of all before the search stops.
    package var patience = 10
    /// c_r: iterations without a personal best before a particle restarts from it.
    package var restartPatience = 5

    package init() {}
}

/// How text is generated.
package struct GenerateSettings: Sendable, Equatable, Codable {
    /// Prompts the demo and `compare` show.
    package var prompts: [String] = []
    package var maxTokens = 64
    /// 0 is greedy.
    package var temperature = 0.0
    /// 0 keeps all.
    package var topK = 0
    package var topP = 1.0
    package var minP = 0.0
    package var repetitionPenalty = 1.0
    package var stop: [String] = []

    package init() {}
}
