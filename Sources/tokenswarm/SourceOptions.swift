internal import ArgumentParser
internal import Foundation
internal import SwarmEvaluation

/// What to compose: a recipe, a run folder, or members named on the command line.
struct SourceOptions: ParsableArguments {
    @Argument(help: "A recipe (YAML), a run folder, or one model.", completion: .file())
    var source: String?

    @Option(
        help: ArgumentHelp(
            "A model: GGUF file or Hugging Face folder. Repeat for each member.", valueName: "[NAME=]PATH"))
    var member: [String] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Mixing weights in the members' order. Default: equal.", valueName: "w,…"))
    var weights: String?

    @OptionGroup var alignment: AlignmentOptions

    /// The recipe in force: the file's (for a run folder its best composition), overridden by the flags.
    func recipe() throws -> Recipe {
        // Not in `validate`, which comes before the parser finds flags that it does not know.
        if source == nil, member.isEmpty {
            throw Failure.usage("found nothing to compose, expected a recipe, a run folder, a model, or --member PATH")
        }
        if let source, !member.isEmpty {
            throw Failure.usage("found both \"\(source)\" and --member, expected one of them")
        }
        var recipe =
            try source.map { Self.isModel($0) ? try Self.inline([$0]) : try Self.read($0) } ?? Self.inline(member)
        if let weights { try Self.apply(weights, to: &recipe) }
        alignment.apply(to: &recipe)
        for member in recipe.members { try Failure.require(member.path, as: "member \(member.name)") }
        return recipe
    }

    /// The recipe in force and where its settings come from.
    func settings() throws -> SettingsInForce {
        try SettingsInForce(recipe(), source: source.flatMap { Self.isModel($0) ? nil : $0 })
    }

    /// Whether `path` is a model itself: a GGUF file or a Hugging Face folder.
    private static func isModel(_ path: String) -> Bool {
        path.lowercased().hasSuffix(".gguf")
            || FileManager.default.fileExists(atPath: path + "/config.json")
    }

    /// The recipe file itself, or in a run folder the best composition, else the recipe as resolved.
    static func read(_ path: String) throws -> Recipe {
        try Failure.require(path, as: "recipe or run folder")
        let isFolder = try? URL(fileURLWithPath: path).resourceValues(forKeys: [.isDirectoryKey]).isDirectory
        let folder = RunFolder(path: path)
        if isFolder == true, !folder.has("best.yaml"), !folder.has("recipe.yaml") {
            throw Failure.data(
                "\(path): found a folder without best.yaml and recipe.yaml, expected a run"
                    + (folder.has("config.json") ? "; a model is given as --member \(path)" : ""))
        }
        if isFolder != true, path.lowercased().hasSuffix(".gguf") {
            throw Failure.data(
                "\(path): found a model, expected a recipe or a run; a model is given as --member \(path)")
        }
        return try folder.bestRecipe()
    }

    /// A recipe of members given as `[NAME=]PATH`.
    static func inline(_ members: [String]) throws -> Recipe {
        var specs: [MemberSpec] = []
        for text in members {
            var name: String?
            var path = text
            if let cut = text.firstIndex(of: "="), !FileManager.default.fileExists(atPath: text) {
                name = String(text[..<cut])
                path = String(text[text.index(after: cut)...])
            }
            let base = name ?? Recipe.defaultMemberName(path)
            let unique = name == nil ? Self.unique(base, among: specs.map(\.name)) : base
            guard !unique.isEmpty, !specs.contains(where: { $0.name == unique }) else {
                throw Failure.usage("--member: found the name \"\(unique)\" twice or empty, expected unique names")
            }
            specs.append(MemberSpec(name: unique, path: path, weight: 1 / Double(members.count)))
        }
        return Recipe(name: "command line", members: specs)
    }

    /// `name`, or `name-2`, `name-3`, … when taken.
    private static func unique(_ name: String, among taken: [String]) -> String {
        guard taken.contains(name) else { return name }
        var number = 2
        while taken.contains("\(name)-\(number)") { number += 1 }
        return "\(name)-\(number)"
    }

    private static func apply(_ text: String, to recipe: inout Recipe) throws {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == recipe.members.count else {
            throw Failure.usage("--weights: found \(parts.count), expected \(recipe.members.count), one a member")
        }
        for (i, part) in parts.enumerated() {
            guard let value = Double(part.trimmingCharacters(in: .whitespaces)), value.isFinite else {
                throw Failure.usage("--weights: found \"\(part)\", expected a number")
            }
            recipe.members[i].weight = value
        }
        guard abs(recipe.weights.reduce(0, +)) > 1e-12 else {
            throw Failure.usage("--weights: found a sum of zero, expected weights that can be normalised to sum to 1")
        }
    }
}
