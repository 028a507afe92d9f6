internal import ArgumentParser
internal import Foundation
internal import SwarmComposition
internal import SwarmEvaluation

/// `tokenswarm compare`
struct Compare: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare the composition with every member alone and with every control, on dev and on test.",
        discussion: """
            Rows: every member, the member that was best on dev, uniform weights, random search at the same budget, the \
            convex optimum (EM), and the swarm. A run folder gets report.html (one page with the plots, needs nothing else), \
            report.md and report.json (lm-evaluation-harness's keys are in it too); a recipe is searched first.
            With another alignment than the run's, its weights are compared in that one and the report is only printed.
            """)

    @Argument(help: "A recipe (YAML) or a run folder.", completion: .file())
    var source: String

    @OptionGroup var alignment: AlignmentOptions
    @OptionGroup var compute: ComputeOptions
    @OptionGroup var config: ConfigFlags

    @Option(parsing: .unconditional, help: "Answer only the first N examples of each split of generated tasks.")
    var answerLimit: Int?

    @Flag(help: "Write the report as JSON.")
    var json = false

    func validate() throws {
        if let answerLimit, answerLimit < 1 {
            throw ValidationError("--answer-limit: found \(answerLimit), expected at least 1")
        }
    }

    func run() throws {
        let folder = RunFolder(path: source)
        let runFolder = folder.has("recipe.yaml") ? source : nil
        // What was searched, not what was found: the study in the folder is of the recipe.
        let searched =
            try runFolder == nil ? SourceOptions.read(source) : Recipe(contentsOf: folder.file("recipe.yaml"))
        var recipe = searched
        alignment.apply(to: &recipe)
        for member in recipe.members { try Failure.require(member.path, as: "member \(member.name)") }
        if config.printConfig {
            return try config.print(SettingsInForce(recipe, source: source), compute: compute)
        }
        // A run's study, traces and report are of the alignment it was searched in.
        let ownRecipe = runFolder == nil ? recipe : searched
        let reportFolder = recipe.alignment == searched.alignment ? runFolder : nil

        let bench = try Workbench(recipe, compute: compute)
        let report: Report
        do {
            let outcome = try SearchRunner(
                recipe: ownRecipe, members: bench.members,
                composition: ownRecipe.composition(of: bench.members.map(\.member)), runFolder: runFolder,
                control: bench.control
            ).run(bench.data, resume: true)
            var options = CompareRunner.Options()
            options.answerLimit = answerLimit
            report = try CompareRunner(
                recipe: recipe, members: bench.members, composition: bench.composition, runFolder: reportFolder,
                control: bench.control, options: options
            ).run(bench.data, outcome: outcome)
            if reportFolder != nil {
                try folder.finish(recipe, outcome: outcome)
                try report.write(to: folder.path)
            }
        } catch EvaluationError.interrupted {
            throw Failure.interrupted(
                runFolder == nil
                    ? "interrupted; nothing is kept without a run folder: search -o RUN first, then compare RUN"
                    : "interrupted; what was read is saved: run the same command again to go on")
        }
        if json {
            StandardOutput.write(try report.json())
        } else {
            StandardOutput.write(report.text())
        }
    }
}
