internal import Foundation
package import SwarmOptimizers
internal import Yams

/// How the weights are searched: a recipe's section `swarm`.
package struct SearchSettings: Sendable, Equatable, Codable {
    /// How many points a search evaluates.
    package enum Budget: Sendable, Equatable, Codable {
        /// As many as `particles` × (`iterations` + 1), fewer where a swarm has stalled for `patience` iterations.
        case iterations
        /// Exactly so many; a swarm that stalls is scattered around its best point.
        case evaluations(Int)
        /// Up to the knee (`Knee`), at most ten times `particles` × (`iterations` + 1).
        case auto
    }

    package var optimizer: OptimizerKind = .pso
    /// Particles and iterations set every optimizer's budget. The constraint in force is the pool's.
    package var settings = SwarmSettings()
    package var budget = Budget.iterations
    /// `Knee.threshold` of a budget of `auto`.
    package var knee = 0.005
    /// `Race.level`, for tasks whose answers are generated; 0 looks at every example.
    package var race = 0.01

    package init() {}
}

extension SearchSettings {
    /// The keys of the section, which are the flags of `search` too, with dashes.
    static let keys = [
        "optimizer", "budget", "knee", "race", "update", "particles", "iterations", "inertia", "cognitive", "social",
        "repel",
        "step_length", "step_decay", "min_step_length", "patience", "restart", "restart_patience", "crossover",
        "velocity", "deterministic", "scatters",
    ]

    init(_ field: YAMLField) throws(RecipeError) {
        self.init()
        for (key, value) in try field.members(known: Self.keys) { try set(key, to: value) }
    }

    /// Sets what the command line says.
    /// - Parameters:
    ///   - key: one of a recipe's.
    ///   - text: as a recipe would have it; a list in brackets.
    /// - Throws: `RecipeError` where the text is no value of it, its field being the flag.
    package mutating func set(_ key: String, to text: String) throws(RecipeError) {
        precondition(Self.keys.contains(key), "\(key) is no setting of a search")
        let flag = "--" + key.replacingOccurrences(of: "_", with: "-")
        try set(key, to: YAMLField(file: "command line", path: flag, text: text))
    }

    private mutating func set(_ key: String, to value: YAMLField) throws(RecipeError) {
        switch key {
        case "optimizer": optimizer = try value.choice(OptimizerKind.self)
        case "budget": budget = try Budget(value)
        case "knee": knee = try value.number(0...1)
        case "race": race = try value.number(0...0.5)
        case "update": settings.update = try value.choice(SwarmSettings.Update.self)
        case "particles": settings.particles = try value.integer(1...100_000)
        case "iterations": settings.iterations = try value.integer(0...1_000_000)
        case "inertia": settings.inertia = try value.number(0...1e3)
        case "cognitive": settings.cognitive = try value.number(0...1e3)
        case "social": settings.social = try value.number(0...1e3)
        case "repel": settings.repulsion = try value.number(0...1e3)
        case "step_length": settings.stepLength = try value.number(0...1e3)
        case "step_decay": settings.stepDecay = try value.number(0...1)
        case "min_step_length": settings.minimumStepLength = try value.number(0...1e3)
        case "patience": settings.patience = try value.integer(1...1_000_000)
        case "restart": settings.restarts = try value.bool()
        case "restart_patience": settings.restartPatience = try value.integer(1...1_000_000)
        case "crossover": settings.crossover = try value.range(within: -10...10)
        case "velocity": settings.startingVelocity = try value.choice(SwarmSettings.StartingVelocity.self)
        case "deterministic": settings.deterministic = try value.bool()
        case "scatters": settings.scatters = try value.integer(0...1_000_000)
        default: preconditionFailure("\(key) is no setting of a search")
        }
    }

    /// Every setting, as `init(_:)` reads it.
    var yaml: [(String, Node)] {
        [
            ("optimizer", .string(optimizer.rawValue)), ("budget", budget.node), ("knee", .number(knee)),
            ("race", .number(race)), ("update", .string(settings.update.rawValue)),
            ("particles", .literal("\(settings.particles)")),
            ("iterations", .literal("\(settings.iterations)")), ("inertia", .number(settings.inertia)),
            ("cognitive", .number(settings.cognitive)), ("social", .number(settings.social)),
            ("repel", .number(settings.repulsion)), ("step_length", .number(settings.stepLength)),
            ("step_decay", .number(settings.stepDecay)), ("min_step_length", .number(settings.minimumStepLength)),
            ("patience", .literal("\(settings.patience)")), ("restart", .literal("\(settings.restarts)")),
            ("restart_patience", .literal("\(settings.restartPatience)")),
            (
                "crossover",
                Node([.number(settings.crossover.lowerBound), .number(settings.crossover.upperBound)])
            ),
            ("velocity", .string(settings.startingVelocity.rawValue)),
            ("deterministic", .literal("\(settings.deterministic)")), ("scatters", .literal("\(settings.scatters)")),
        ]
    }
}

extension SearchSettings.Budget {
    init(_ field: YAMLField) throws(RecipeError) {
        let text = try field.string()
        let range = 1...1_000_000_000
        switch text {
        case "auto": self = .auto
        case "iterations": self = .iterations
        default:
            guard let count = Int(text), range.contains(count) else {
                throw field.error(
                    "found \"\(text.prefix(60))\", expected auto, iterations, or a whole number from "
                        + "\(range.lowerBound) to \(range.upperBound)")
            }
            self = .evaluations(count)
        }
    }

    var node: Node {
        switch self {
        case .auto: .string("auto")
        case .iterations: .string("iterations")
        case .evaluations(let count): .literal("\(count)")
        }
    }
}
