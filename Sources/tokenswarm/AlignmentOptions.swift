internal import ArgumentParser
internal import SwarmComposition
internal import SwarmEvaluation

/// How members with different vocabularies are aligned, where the command line overrides the recipe.
struct AlignmentOptions: ParsableArguments {
    @Option(
        help: """
            What distributions are mixed over: shared tokens (union), bytes, or bytes with one decision a word (hybrid). \
            Given texts are mixed over joint segments with union and hybrid, byte by byte with bytes.
            """)
    var alignment: AlignmentSettings.Mode?

    @Option(help: "With union, what a member says of a symbol its vocabulary lacks: zero, first or share.")
    var policy: AlignmentSettings.Policy?

    @Option(
        parsing: .unconditional,
        help: """
            With bytes and hybrid, leave out token paths lighter than this share, and report a bound on what that changes.
            """)
    var epsilon: Double?

    func validate() throws {
        if let epsilon, !(0...0.5).contains(epsilon) {
            throw ValidationError("--epsilon: found \(epsilon), expected 0 to 0.5")
        }
    }

    /// Puts what was given in the place of what the recipe says.
    func apply(to recipe: inout Recipe) {
        if let policy {
            // A policy is of shared symbols, so that naming one asks for them.
            recipe.alignment.policy = policy
            recipe.alignment.mode = .union
        }
        if let alignment { recipe.alignment.mode = alignment }
        if let epsilon { recipe.alignment.epsilon = epsilon }
    }
}

extension AlignmentSettings.Mode: ExpressibleByArgument {}
extension AlignmentSettings.Policy: ExpressibleByArgument {}
