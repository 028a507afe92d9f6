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

    /// Makes the folder and writes what is known before the search. Checks first, so that nothing is half written.
    /// - Parameters:
    ///   - resume: go on with the run that is there.
    ///   - replace: remove the run that is there.
    /// - Throws: `EvaluationError.badStudy` when the folder holds another run, or files that are no run.
    package func begin(
        _ recipe: Recipe, composition: Composition, members: [RunMember], resume: Bool, replace: Bool
    ) throws {
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
            } else if content.contains(where: { $0 != "traces" }) {
                // Another run's traces save reading the examples again: they know what they are of.
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
