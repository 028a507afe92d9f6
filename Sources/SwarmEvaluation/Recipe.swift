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
    /// How the tasks' utilities become one.
    package var combine = Objective.Combination.mean
    /// Whether dev examples may be test examples: the scores on test are then no evidence.
    package var searchesTestSet = false
    /// What is searched besides weights.
    package var search = SearchedDimensions()
    package var swarm: SearchSettings
    package var generate: GenerateSettings

    package init(
        name: String, seed: UInt64 = 0, members: [MemberSpec], map: String? = nil,
        alignment: AlignmentSettings = .standard, pool: PoolSettings = PoolSettings(),
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

extension AlignmentSettings {
    /// What recipes have unless they say otherwise: of the three modes, the one whose answers are right most often.
    package static let standard = AlignmentSettings(mode: .hybrid)
}
