internal import ArgumentParser
internal import Foundation
internal import SwarmComposition
internal import SwarmOptimizers
internal import SwarmEvaluation

/// `tokenswarm search`
struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Search the mixing weights of a recipe on its dev splits.",
        discussion: """
            Every member reads the dev examples once; particles are then scored by arithmetic on what was read. The run \
            folder gets the recipe as resolved, digests of every member, every evaluation, and the best composition, \
            ready for `generate` and `compare`. Interrupted, it goes on with --resume to the same result.

            With `search: {temperature: true, uncertainty: true, recency: true}` in the recipe, or a range [from, to] for \
            true, the search also varies every member's temperature, by how much a member's own uncertainty takes from its \
            weight, and how far weights follow what each member was right about so far. best.yaml has what was found under \
            `pool:`; generate, score and compare honour it.
            """)

    @Argument(help: "A recipe (YAML).", completion: .file(extensions: ["yaml", "yml"]))
    var recipe: String

    @Option(name: .shortAndLong, help: "The run folder to make.", completion: .directory)
    var output = ""

    @Flag(help: "Go on with the run in the folder.")
    var resume = false

    @Flag(help: "Replace the run in the folder; what members have read is kept where it still fits.")
    var force = false

    @Option(parsing: .unconditional, help: "Seed of the search. Same seed, same weights.")
    var seed: UInt64?

    @OptionGroup(title: "Optimizer") var swarm: SwarmFlags

    @Option(help: "Where weights may go: simplex, affine (sum 1, negatives allowed) or softmax.")
    var constraint: PoolSettings.Constraint?

    @OptionGroup var alignment: AlignmentOptions

    @Option(help: "How several tasks become one utility: mean or harmonic (bits per byte b count as 2^-b).")
    var combine: Objective.Combination?

    @Flag(
        name: .customLong("i-know-this-is-the-test-set"),
        help: "Search although dev examples are test examples. The report then says that its scores are no evidence.")
    var acceptsTestSet = false

    @OptionGroup var compute: ComputeOptions
    @OptionGroup var config: ConfigFlags

    @Flag(help: "Write the weights and their utilities as JSON.")
    var json = false

    func validate() throws {
        if output.isEmpty, !config.printConfig {
            throw ValidationError("Missing expected argument '--output <output>'")
        }
        if resume, force { throw ValidationError("--resume and --force exclude each other") }
    }

    private struct Output: Encodable {
        var weights: [String: Double]
        var utilities: [String: FiniteOrNull]
        var evaluations: Int
        var stoppedAtKnee: Bool
        var racing: RacingCost?
        var memberPasses: Int
        var readingSeconds: Double
        var searchSeconds: Double
    }

    func run() throws {
        var recipe = try SourceOptions.read(recipe)
        if let seed { recipe.seed = seed }
        try swarm.apply(to: &recipe.swarm)
        if let constraint { recipe.pool.constraint = constraint }
        if let combine { recipe.combine = combine }
        if acceptsTestSet { recipe.searchesTestSet = true }
        alignment.apply(to: &recipe)
        for member in recipe.members { try Failure.require(member.path, as: "member \(member.name)") }
        if config.printConfig {
            return try config.print(SettingsInForce(recipe, source: self.recipe), compute: compute)
        }

        let folder = RunFolder(path: output)
        // Before members are opened, which may take a while.
        if resume { try folder.requireRun() }
        let bench = try Workbench(recipe, compute: compute)
        try folder.begin(
            recipe, composition: bench.composition, members: bench.members, resume: resume, replace: force)
        let runner = SearchRunner(
            recipe: recipe, members: bench.members, composition: bench.composition, runFolder: output,
            control: bench.control)
        let outcome: SearchOutcome
        do {
            outcome = try runner.run(bench.data, resume: resume)
        } catch EvaluationError.interrupted {
            throw Failure.interrupted(
                "interrupted; what was read and evaluated is saved: go on with\n  "
                    + Self.resuming(CommandLine.arguments))
        }
        try folder.finish(recipe, outcome: outcome)
        try report(outcome, recipe: recipe)
    }

    /// The command line that goes on with what `arguments` began.
    static func resuming(_ arguments: [String]) -> String {
        let plain = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-_./=:,+@%"))
        let kept = arguments.dropFirst().filter { $0 != "--force" && $0 != "--resume" }
        return (["tokenswarm"] + kept + ["--resume"]).map { word in
            let isPlain = !word.isEmpty && word.unicodeScalars.allSatisfy { plain.contains($0) }
            return isPlain ? word : "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
        }.joined(separator: " ")
    }

    private func report(_ outcome: SearchOutcome, recipe: Recipe) throws {
        if json {
            try StandardOutput.write(
                json: Output(
                    weights: Dictionary(uniqueKeysWithValues: zip(recipe.members.map(\.name), outcome.best)),
                    utilities: outcome.utilities.mapValues { FiniteOrNull($0) }, evaluations: outcome.evaluations,
                    stoppedAtKnee: outcome.stoppedAtKnee, racing: outcome.racing, memberPasses: outcome.memberPasses,
                    readingSeconds: outcome.readingSeconds,
                    searchSeconds: outcome.searchSeconds),
                snakeCase: true)
            return
        }
        let systems = ["uniform", "random", "em", "swarm"].filter { outcome.weights[$0] != nil }
        var table = TextTable(["weights"] + systems)
        for (index, member) in recipe.members.enumerated() {
            table.add([member.name] + systems.map { String(format: "%.4f", outcome.weights[$0]?[index] ?? .nan) })
        }
        table.add(["utility on dev"] + systems.map { String(format: "%.5f", outcome.utilities[$0] ?? .nan) })
        StandardOutput.write(table.text)
        StandardError.write(
            String(
                format: "%d member passes in %.1f s, %d evaluations (and as many at random) in %.2f s\n",
                outcome.memberPasses, outcome.readingSeconds, outcome.evaluations, outcome.searchSeconds))
        if outcome.stoppedAtKnee { StandardError.write("stopped at the knee; tokenswarm knee \(output) shows it\n") }
        if let racing = outcome.racing { StandardError.write(racing.sentence + "\n") }
        for arm in outcome.arms {
            StandardError.write(
                String(format: "%@: %d evaluations, best %.6g\n", arm.name, arm.evaluations, arm.best?.utility ?? .nan))
        }
    }
}

extension PoolSettings.Constraint: ExpressibleByArgument {}
extension Objective.Combination: ExpressibleByArgument {}
