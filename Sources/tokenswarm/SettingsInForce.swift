internal import Foundation
internal import SwarmEvaluation
internal import SwarmModels

/// A recipe with every layer of settings applied, and where each comes from.
///
/// A flag comes before an environment variable, that before the recipe, that before the generation_config.json of a
/// member that is generated from alone, and that before the default.
struct SettingsInForce {
    /// One place that settings come from.
    enum Origin {
        case flag(String)
        case environment(String)
        case recipe(String)
        case generationConfig(String)
        case standard

        var text: String {
            switch self {
            case .flag(let name): "flag \(name)"
            case .environment(let name): "environment \(name)"
            case .recipe(let path): "recipe \(path)"
            case .generationConfig(let path): "generation_config \(path)"
            case .standard: "default"
            }
        }
    }

    private(set) var recipe: Recipe
    /// By `section.key`.
    private var origins: [String: Origin] = [:]

    /// - Parameters:
    ///   - recipe: with the flags of `SourceOptions` applied.
    ///   - source: the recipe file or run folder; nil for members named on the command line.
    init(_ recipe: Recipe, source: String?) throws {
        self.recipe = recipe
        if let source {
            let file = RunFolder(path: source).recipeFile
            for key in try Recipe.settingsWritten(in: file) { origins[key] = .recipe(file) }
        } else {
            origins["members"] = .flag("--member")
        }
    }

    /// Sets `path` to `value` unless a layer above has said something: layers are put on from the lowest.
    mutating func set<Value>(
        _ key: String, _ path: WritableKeyPath<Recipe, Value>, to value: Value?, from origin: Origin
    ) {
        guard let value else { return }
        recipe[keyPath: path] = value
        origins[key] = origin
    }

    /// What a member that is generated from alone is made to be sampled with, where the recipe says nothing.
    mutating func apply(_ config: GenerationConfig) {
        func put<Value>(_ key: String, _ path: WritableKeyPath<Recipe, Value>, _ value: Value?) {
            if origins[key] == nil { set(key, path, to: value, from: .generationConfig(config.path)) }
        }
        put("generate.max_tokens", \.generate.maxTokens, config.maxNewTokens)
        put("generate.temperature", \.generate.temperature, config.temperature)
        put("generate.top_k", \.generate.topK, config.topK)
        put("generate.top_p", \.generate.topP, config.topP)
        put("generate.min_p", \.generate.minP, config.minP)
        put("generate.repetition_penalty", \.generate.repetitionPenalty, config.repetitionPenalty)
    }

    /// The one member of non-zero weight; nil where several are mixed.
    var onlyMember: MemberSpec? {
        let active = recipe.members.filter { $0.weight != 0 }
        return active.count == 1 ? active[0] : nil
    }

    /// The settings as YAML that is a recipe itself, with what each comes from behind it.
    /// - Parameters:
    ///   - arguments: of the command line: a flag named after a key set it.
    ///   - more: settings of the command that no recipe has.
    func report(arguments: [String], more: [(name: String, value: String, origin: Origin)]) throws -> String {
        let flags = Set(arguments.prefix { $0 != "--" }.map { String($0.prefix { $0 != "=" }) })
        var lines: [(text: String, origin: String)] = []
        var section = ""
        for setting in try recipe.settings() {
            let parts = setting.key.split(separator: ".", maxSplits: 1).map(String.init)
            let flag = "--" + (parts.last ?? "").replacingOccurrences(of: "_", with: "-")
            var origin = flags.contains(flag) ? Origin.flag(flag) : origins[setting.key] ?? .standard
            if setting.key == "members", flags.contains("--weights") { origin = .flag("--weights") }
            let head = setting.isElement ? setting.key : parts.count > 1 ? parts[0] : ""
            if head != section, !head.isEmpty { lines.append((head + ":", "")) }
            section = head
            let key = setting.isElement ? "- " : (parts.last ?? "") + ": "
            lines.append(((head.isEmpty ? "" : "  ") + key + setting.value, origin.text))
        }
        for (name, value, origin) in more { lines.append(("# \(name): \(value)", origin.text)) }
        let width = min(40, lines.map(\.text.count).max() ?? 0)
        return lines.map { text, origin in
            origin.isEmpty
                ? text + "\n"
                : text + String(repeating: " ", count: max(0, width - text.count)) + "  # \(origin)\n"
        }.joined()
    }
}
