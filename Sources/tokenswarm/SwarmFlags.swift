internal import ArgumentParser
internal import SwarmEvaluation

/// How `search` searches: every key of a recipe's section `swarm`. Values are read as a recipe's are, so that ranges and
/// messages are the same.
struct SwarmFlags: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: "pso, random, cma-es, nelder-mead, de, em, or auto: a bandit over the others and their settings.")
    var optimizer: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Points to evaluate: exactly N, or auto for up to the knee. Default: particles × (iterations + 1).",
            valueName: "N|auto"))
    var budget: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "--budget auto stops when as many points again should gain less than this share of what was gained.",
            valueName: "share"))
    var knee: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Generated answers: drop a particle when its chance to beat its own best is below this; 0 never.",
            valueName: "level"))
    var race: String?

    @Option(
        parsing: .unconditional,
        help: "How the swarm moves: published (Model Swarms), or constriction, which gets nearer with many members.")
    var update: String?

    @Option(parsing: .unconditional, help: "Particles, N.")
    var particles: String?

    @Option(parsing: .unconditional, help: "Iterations at most, K.")
    var iterations: String?

    @Option(parsing: .unconditional, help: "φ_v, the pull of the last velocity.")
    var inertia: String?

    @Option(parsing: .unconditional, help: "φ_p, the pull of a particle's own best point.")
    var cognitive: String?

    @Option(parsing: .unconditional, help: "φ_g, the pull of the best point of all.")
    var social: String?

    @Option(parsing: .unconditional, help: "φ_w, the push away from the worst point of all; 0 switches it off.")
    var repel: String?

    @Option(parsing: .unconditional, help: "λ at the first move.")
    var stepLength: String?

    @Option(parsing: .unconditional, help: "φ_λ, what λ is multiplied by after each move.")
    var stepDecay: String?

    @Option(parsing: .unconditional, help: "λ_min.")
    var minStepLength: String?

    @Option(parsing: .unconditional, help: "Stop (or scatter) after so many iterations without a new best point.")
    var patience: String?

    @Flag(inversion: .prefixedNo, help: "Put particles back to their own best when they find nothing better.")
    var restart: Bool?

    @Option(parsing: .unconditional, help: "Put them back after so many iterations.")
    var restartPatience: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Range of t for the first particles t·a + (1−t)·b.", valueName: "low,high"))
    var crossover: String?

    @Option(parsing: .unconditional, help: "First velocities: random, zero, or best (towards the best member).")
    var velocity: String?

    @Flag(inversion: .prefixedNo, help: "All random factors of the update are 1.")
    var deterministic: Bool?

    @Option(
        parsing: .unconditional,
        help: "Scatter a stalled swarm around its best point so many times instead of stopping.")
    var scatters: String?

    /// Overrides what the recipe says.
    /// - Throws: `Failure.usage` naming the flag, what was found and what was expected.
    func apply(to settings: inout SearchSettings) throws {
        let given: [(String, String?)] = [
            ("optimizer", optimizer), ("budget", budget), ("knee", knee), ("race", race), ("update", update),
            ("particles", particles),
            ("iterations", iterations), ("inertia", inertia), ("cognitive", cognitive), ("social", social),
            ("repel", repel), ("step_length", stepLength), ("step_decay", stepDecay),
            ("min_step_length", minStepLength), ("patience", patience), ("restart", restart.map { "\($0)" }),
            ("restart_patience", restartPatience), ("crossover", crossover.map { "[\($0)]" }), ("velocity", velocity),
            ("deterministic", deterministic.map { "\($0)" }), ("scatters", scatters),
        ]
        for (key, text) in given {
            guard let text else { continue }
            do {
                try settings.set(key, to: text)
            } catch {
                throw Failure.usage("\(error.field ?? key): \(error.problem)")
            }
        }
    }
}
