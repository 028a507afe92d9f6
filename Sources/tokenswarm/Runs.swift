internal import ArgumentParser
internal import Foundation
internal import SwarmEvaluation
internal import SwarmFormats

/// `tokenswarm runs`
struct Runs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, show, compare and export runs, finished or running.",
        subcommands: [List.self, Show.self, Compare.self, Export.self])

    /// `tokenswarm runs list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the runs in a folder.")

        @Argument(help: "A folder of run folders.", completion: .directory)
        var folder = "runs"

        @Flag(help: "Write JSON.")
        var json = false

        func run() throws {
            try Failure.require(folder, as: "folder of runs")
            let runs = try RunSummary.folders(in: folder).map { try RunSummary(path: $0) }
            if json { return try StandardOutput.write(json: runs) }
            var table = TextTable(["run", "recipe", "optimizer", "seed", "state", "evaluations", "best on dev"])
            for run in runs {
                table.add([
                    run.path, run.name, run.optimizer, "\(run.seed)", Runs.state(run), "\(run.evaluations)",
                    Runs.number(run.best),
                ])
            }
            StandardOutput.write(table.text)
        }
    }

    /// `tokenswarm runs show`
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a run's weights and utilities and what they cost.")

        @Argument(help: "A run folder.", completion: .directory)
        var folder: String

        @Flag(help: "Write JSON.")
        var json = false

        func run() throws {
            let run = try Runs.summary(folder)
            if json { return try StandardOutput.write(json: run) }
            var lines = [
                "\(run.name): \(run.optimizer), seed \(run.seed), \(Runs.state(run)) after \(run.evaluations) evaluations"
                    + " in \(run.iterations) iterations, best on dev \(Runs.number(run.best))"
            ]
            if let reading = run.readingSeconds, let search = run.searchSeconds {
                lines.append(String(format: "reading %.1f s, search %.2f s", reading, search))
            }
            for (task, score) in run.test.sorted(by: { $0.key < $1.key }) {
                lines.append("test \(task): \(Runs.number(score))")
            }
            StandardOutput.write(lines.joined(separator: "\n") + "\n")
            guard !run.outcomes.isEmpty else { return }
            var table = TextTable(["weights"] + run.outcomes.map(\.name))
            for (index, member) in run.members.enumerated() {
                table.add(
                    [member]
                        + run.outcomes.map { outcome in
                            outcome.weights.indices.contains(index)
                                ? String(format: "%.4f", outcome.weights[index]) : "–"
                        })
            }
            table.add(["utility on dev"] + run.outcomes.map { Runs.number($0.utility) })
            StandardOutput.write(table.text)
        }
    }

    /// `tokenswarm runs compare`
    struct Compare: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put several runs side by side: utilities on dev, scores on test, weights.")

        @Argument(help: "Run folders.", completion: .directory)
        var runs: [String]

        @Flag(help: "Write JSON.")
        var json = false

        func run() throws {
            let runs = try runs.map(Runs.summary)
            if json { return try StandardOutput.write(json: runs) }
            var table = TextTable([""] + runs.map { URL(fileURLWithPath: $0.path).lastPathComponent })
            table.add(["optimizer"] + runs.map(\.optimizer))
            table.add(["seed"] + runs.map { "\($0.seed)" })
            table.add(["state"] + runs.map(Runs.state))
            table.add(["evaluations"] + runs.map { "\($0.evaluations)" })
            table.add(["best on dev"] + runs.map { Runs.number($0.best) })
            for name in ["random", "em", "uniform"] {
                let utilities = runs.map { run in run.outcomes.first { $0.name == name }?.utility }
                if utilities.contains(where: { $0 != nil }) {
                    table.add(["\(name) on dev"] + utilities.map(Runs.number))
                }
            }
            for task in Set(runs.flatMap(\.test.keys)).sorted() {
                table.add(["\(task) on test"] + runs.map { Runs.number($0.test[task] ?? nil) })
            }
            var members: [String] = []
            for member in runs.flatMap(\.members) where !members.contains(member) { members.append(member) }
            for member in members {
                table.add(["weight of \(member)"] + runs.map { Runs.number(Runs.weight(of: member, in: $0)) })
            }
            StandardOutput.write(table.text)
        }
    }

    /// `tokenswarm runs export`
    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Write every evaluation of a run as CSV or JSON.")

        enum Format: String, CaseIterable, ExpressibleByArgument {
            case csv
            case json
        }

        @Argument(help: "A run folder.", completion: .directory)
        var folder: String

        @Option(name: .shortAndLong, help: "The file to write. Default: stdout.", completion: .file())
        var output: String?

        @Option(help: "csv or json. Default: what --output ends in, else csv.")
        var format: Format?

        func run() throws {
            try Runs.require(folder)
            let export = try RunExport(path: folder)
            let ending = output.map { URL(fileURLWithPath: $0).pathExtension } ?? ""
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let bytes =
                switch format ?? Format(rawValue: ending) ?? .csv {
                case .csv: Array(export.csv().utf8)
                case .json: Array(try encoder.encode(export)) + [0x0A]
                }
            if let output { try AtomicFile.write(bytes, to: output) } else { StandardOutput.write(bytes) }
        }
    }

    private static func require(_ path: String) throws {
        for (file, role) in [("recipe.yaml", "recipe"), ("study.sqlite", "study")] {
            try Failure.require(RunFolder(path: path).file(file), as: "\(role) of the run")
        }
    }

    private static func summary(_ path: String) throws -> RunSummary {
        try require(path)
        return try RunSummary(path: path)
    }

    private static func state(_ run: RunSummary) -> String { run.isFinished ? "finished" : "unfinished" }

    private static func number(_ value: Double?) -> String { value.map { String(format: "%.5f", $0) } ?? "–" }

    private static func weight(of member: String, in run: RunSummary) -> Double? {
        guard let index = run.members.firstIndex(of: member),
            let own = run.outcomes.first(where: { $0.name == "swarm" }),
            own.weights.indices.contains(index)
        else { return nil }
        return own.weights[index]
    }
}
