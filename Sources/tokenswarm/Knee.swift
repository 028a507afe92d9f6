internal import ArgumentParser
internal import Foundation
internal import SwarmEvaluation
internal import SwarmFormats
internal import SwarmOptimizers

/// `tokenswarm knee`
struct KneeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "knee",
        abstract: "Draw what a search gained against evaluations, particles and iterations.",
        discussion: """
            The knee is where as many evaluations again are expected to add less than a share of the gain so far: where \
            `search --budget auto` stops. -o writes a drawing (.svg) or the numbers (.json, .csv).
            """)

    @Argument(help: "A run folder; a search may be running in it.", completion: .directory)
    var folder: String

    @Option(name: .shortAndLong, help: "A file to write instead: .svg, .json or .csv.", completion: .file())
    var output: String?

    @Option(
        help: "The share of the gain that the knee is told by. Default: the run's (0.005 if its recipe says nothing).")
    var threshold: Double?

    func validate() throws {
        if let threshold, !(0...1).contains(threshold) {
            throw ValidationError("--threshold: found \(threshold), expected 0 to 1")
        }
    }

    func run() throws {
        let run = RunFolder(path: folder)
        try Failure.require(run.file("recipe.yaml"), as: "recipe of the run")
        try Failure.require(run.file("study.sqlite"), as: "study of the run")
        let recipe = try Recipe(contentsOf: run.file("recipe.yaml"))
        let study = try Study(reading: run.file("study.sqlite"))
        let trail = try study.iterations(of: "swarm").map { $0.map(\.evaluation) }
        let curve = try KneeCurve(
            trail: trail, members: recipe.members.count, knee: Knee(threshold: threshold ?? recipe.swarm.knee))
        guard let output else { return StandardOutput.write(curve.text()) }
        switch URL(fileURLWithPath: output).pathExtension {
        case "svg": try AtomicFile.write(Array(curve.svg().utf8), to: output)
        case "json": try AtomicFile.write(try curve.json(), to: output)
        case "csv": try AtomicFile.write(Array(curve.csv().utf8), to: output)
        default: throw Failure.usage("--output: found \"\(output)\", expected a name that ends in .svg, .json or .csv")
        }
    }
}
