internal import Foundation
internal import SwarmOptimizers

/// What a run folder holds, looked up without opening a member; a search may be running in it.
package struct RunSummary: Codable, Sendable, Equatable {
    /// The weights that a search or control ended with.
    package struct Outcome: Codable, Sendable, Equatable {
        /// `swarm`, `random`, `em`, `uniform`.
        package var name: String
        package var weights: [Double]
        /// On the dev splits; nil where there is none.
        package var utility: Double?
    }

    package var path: String
    package var name: String
    package var seed: UInt64
    package var optimizer: String
    package var members: [String]
    /// Whether the search has ended.
    package var isFinished: Bool
    /// Points of the search so far; the control's are not counted.
    package var evaluations: Int
    package var iterations: Int
    /// The best of them, while the search runs too; nil where none is valid.
    package var best: Double?
    package var outcomes: [Outcome]
    package var readingSeconds: Double?
    package var searchSeconds: Double?
    /// From `report.json`, where the run was compared: the swarm's metric on the test split, by task.
    package var test: [String: Double?]

    enum CodingKeys: String, CodingKey {
        case path, name, seed, optimizer, members, evaluations, iterations, best, outcomes, test
        case isFinished = "finished"
        case readingSeconds = "reading_seconds"
        case searchSeconds = "search_seconds"
    }

    /// - Throws: `RecipeError` or `EvaluationError.badStudy` where `path` is no run folder.
    package init(path: String) throws {
        let folder = RunFolder(path: path)
        let recipe = try Recipe(contentsOf: folder.file("recipe.yaml"))
        let study = try Study(reading: folder.file("study.sqlite"))
        let trail = try study.iterations(of: "swarm")
        self.path = path
        name = recipe.name
        seed = recipe.seed
        optimizer = recipe.swarm.optimizer.rawValue
        members = recipe.members.map(\.name)
        evaluations = trail.reduce(0) { $0 + $1.count }
        iterations = trail.count
        best = trail.joined().map(\.evaluation.utility).filter(\.isFinite).max()
        outcomes = try study.outcomes().map { name, weights, utility in
            Outcome(name: name, weights: weights, utility: utility.finite)
        }
        isFinished = outcomes.contains { $0.name == "swarm" }
        let seconds = try study.seconds()
        (readingSeconds, searchSeconds) = (seconds?.reading, seconds?.search)
        test = Self.testScores(folder.file("report.json"))
    }

    /// The part of a report that runs are compared by.
    private struct ReportScores: Decodable {
        struct Task: Decodable {
            struct Split: Decodable { var scores: [String: Double?] }
            var name: String
            var test: Split
        }
        var tasks: [Task]
    }

    private static func testScores(_ path: String) -> [String: Double?] {
        // A run that was not compared has none; neither has one whose report somebody wrote over.
        guard let data = FileManager.default.contents(atPath: path),
            let report = try? JSONDecoder().decode(ReportScores.self, from: data)
        else { return [:] }
        return Dictionary(
            report.tasks.map { ($0.name, $0.test.scores["swarm"] ?? nil) }, uniquingKeysWith: { first, _ in first })
    }

    /// The run folders in `folder`, and `folder` itself if it is one, by name.
    package static func folders(in folder: String) throws -> [String] {
        func isRun(_ path: String) -> Bool {
            let run = RunFolder(path: path)
            return run.has("recipe.yaml") && run.has("study.sqlite")
        }
        if isRun(folder) { return [folder] }
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            .map { folder.hasSuffix("/") ? folder + $0 : folder + "/" + $0 }.filter(isRun)
    }
}

/// Every evaluation of a run, for other programs.
package struct RunExport: Codable, Sendable, Equatable {
    package struct Row: Codable, Sendable, Equatable {
        /// `swarm` or the control `random`.
        package var optimizer: String
        package var iteration: Int
        package var particle: Int
        /// nil for a point that is no composition.
        package var utility: Double?
        /// Answers looked at before racing dropped the point; nil where all were.
        package var examples: Int?
        /// Weights, then searched dimensions.
        package var position: [Double]
    }

    /// Names of the coordinates: the members, then `dimension.1` ….
    package var coordinates: [String]
    package var rows: [Row]

    /// - Throws: `RecipeError` or `EvaluationError.badStudy` where `path` is no run folder.
    package init(path: String) throws {
        let folder = RunFolder(path: path)
        let recipe = try Recipe(contentsOf: folder.file("recipe.yaml"))
        let study = try Study(reading: folder.file("study.sqlite"))
        rows = []
        for optimizer in ["swarm", "random"] {
            for (iteration, points) in try study.iterations(of: optimizer).enumerated() {
                for (particle, point) in points.enumerated() {
                    rows.append(
                        Row(
                            optimizer: optimizer, iteration: iteration, particle: particle,
                            utility: point.evaluation.utility.finite, examples: point.examples,
                            position: point.evaluation.position))
                }
            }
        }
        coordinates = recipe.members.map(\.name)
        let more = (rows.first?.position.count ?? 0) - coordinates.count
        if more > 0 { coordinates += (1...more).map { "dimension.\($0)" } }
    }

    /// One row a line.
    package func csv() -> String {
        let header = ["optimizer", "iteration", "particle", "utility", "examples"] + coordinates
        return CSV.text(
            [header]
                + rows.map { row in
                    [
                        row.optimizer, "\(row.iteration)", "\(row.particle)", row.utility.map { "\($0)" } ?? "",
                        row.examples.map { "\($0)" } ?? "",
                    ] + row.position.map { "\($0)" }
                })
    }
}
