internal import Foundation
package import SwarmComposition
internal import SwarmFormats
internal import SwarmVocabulary

/// A folder that holds everything of one run:
///
///     recipe.yaml        the recipe as resolved
///     members.json       paths, sizes and SHA-256 of every member
///     vocabulary.tsmap   the shared vocabulary map
///     traces/            every member's reading of the examples
///     study.sqlite       every evaluation, and the state to resume from
///     best.yaml          the recipe with the weights that were found
///     report.{html,json,md}   the comparison
package struct RunFolder: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    /// Names one of the folder's files.
    package func file(_ name: String) -> String { path + "/" + name }

    package func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

    /// - Throws: `EvaluationError.badStudy` when there is no run to go on with.
    package func requireRun() throws(EvaluationError) {
        guard !has("recipe.yaml") else { return }
        let isThere = FileManager.default.fileExists(atPath: path)
        throw .badStudy(
            path: path, found: isThere ? "a folder without recipe.yaml" : "no such folder",
            expected: "the folder of a run to go on with; without --resume a new run begins")
    }

    /// Makes the folder and writes what is known before the search. Checks first, so that nothing is half written.
    /// - Parameters:
    ///   - resume: go on with the run that is there.
    ///   - replace: remove the run that is there.
    /// - Throws: `EvaluationError.badStudy` when the folder holds another run, or files that are no run, or no run at all
    ///   where one is to go on.
    package func begin(
        _ recipe: Recipe, composition: Composition, members: [RunMember], resume: Bool, replace: Bool
    ) throws {
        if resume { try requireRun() }
        let manager = FileManager.default
        let text = try Self.resolved(recipe, vocabulary: file("vocabulary.tsmap"))
        if manager.fileExists(atPath: path) {
            let content = try manager.contentsOfDirectory(atPath: path)
            if replace, has("recipe.yaml") {
                // Only what a run writes is removed, and only where a run is.
                for name in content where Self.names.contains(name) || name.hasPrefix("study.sqlite") {
                    // Readings are kept: each names what it is a reading of and is used only where it still fits.
                    if name != "traces" { try manager.removeItem(atPath: file(name)) }
                }
            } else if has("recipe.yaml") {
                guard resume else {
                    throw EvaluationError.badStudy(
                        path: path, found: "a run", expected: "a new folder, --resume to go on with it, or --force")
                }
                guard try Data(contentsOf: URL(fileURLWithPath: file("recipe.yaml"))) == Data(text.utf8) else {
                    throw EvaluationError.badStudy(
                        path: file("recipe.yaml"), found: "another recipe", expected: "the recipe of this run")
                }
            } else if content.contains(where: { !Self.namesOfNoRun.contains($0) }) {
                // Another run's traces save reading the examples again: they know what they are of. The rest is what a
                // run that was killed at once left, since recipe.yaml comes last.
                throw EvaluationError.badStudy(
                    path: path, found: "a folder with other files", expected: "a new or empty folder")
            }
        }
        try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
        try VocabularyMapFile.write(composition.map, to: file("vocabulary.tsmap"))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try AtomicFile.write(Array(try encoder.encode(members.map(\.facts))) + [0x0A], to: file("members.json"))
        try AtomicFile.write(Array(text.utf8), to: file("recipe.yaml"))
    }

    /// Writes the best composition: the recipe with the weights and dimensions that were found.
    package func finish(_ recipe: Recipe, outcome: SearchOutcome) throws {
        var best = recipe
        for (index, weight) in outcome.best.enumerated() where best.members.indices.contains(index) {
            best.members[index].weight = weight
        }
        best.pool.dimensions = outcome.mixing("swarm").dimensions
        try AtomicFile.write(
            Array(try Self.resolved(best, vocabulary: file("vocabulary.tsmap")).utf8), to: file("best.yaml"))
    }

    /// The best composition of the run, else the recipe as resolved. Where the path is a file, that recipe.
    /// - Throws: `RecipeError`.
    package func bestRecipe() throws(RecipeError) -> Recipe {
        for name in ["best.yaml", "recipe.yaml"] where has(name) { return try Recipe(contentsOf: file(name)) }
        return try Recipe(contentsOf: path)
    }

    private static let namesOfNoRun: Set<String> = ["traces", "vocabulary.tsmap", "members.json"]
    private static let names: Set<String> = [
        "recipe.yaml", "members.json", "vocabulary.tsmap", "traces", "study.sqlite", "best.yaml", "report.json",
        "report.md", "report.html",
    ]

    /// The recipe with every path absolute and every value in force.
    private static func resolved(_ recipe: Recipe, vocabulary: String) throws -> String {
        func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
        var recipe = recipe
        recipe.map = absolute(vocabulary)
        for index in recipe.members.indices { recipe.members[index].path = absolute(recipe.members[index].path) }
        for index in recipe.tasks.indices {
            recipe.tasks[index].dev = absolute(recipe.tasks[index].dev)
            recipe.tasks[index].test = absolute(recipe.tasks[index].test)
        }
        return try recipe.yaml()
    }
}
