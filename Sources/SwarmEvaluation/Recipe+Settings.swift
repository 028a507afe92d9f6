internal import Foundation
internal import Yams

/// One setting as it stands in a recipe.
package struct RecipeSetting: Sendable, Equatable {
    /// `section.key`, or the key alone at the top level; of a list, the list's.
    package let key: String
    /// As YAML, on one line.
    package let value: String
    /// Whether it is an element of the list `key`.
    package let isElement: Bool
}

extension Recipe {
    /// Every setting in force, in the order a recipe has them.
    package func settings() throws -> [RecipeSetting] {
        guard case .mapping(let root)? = try Yams.compose(yaml: yaml()) else { return [] }
        var settings: [RecipeSetting] = []
        func add(_ key: String, _ value: Node) throws {
            if case .sequence(let list) = value, list.contains(where: { $0.mapping != nil }) {
                for element in list {
                    settings.append(RecipeSetting(key: key, value: try Self.line(element), isElement: true))
                }
            } else {
                settings.append(RecipeSetting(key: key, value: try Self.line(value), isElement: false))
            }
        }
        for (key, value) in root {
            let name = key.string ?? ""
            if case .mapping(let section) = value {
                for (inner, value) in section { try add("\(name).\(inner.string ?? "")", value) }
            } else {
                try add(name, value)
            }
        }
        return settings
    }

    /// The settings that the recipe at `path` itself says, as `section.key`; all others have their defaults.
    /// - Throws: `RecipeError`.
    package static func settingsWritten(in path: String) throws(RecipeError) -> Set<String> {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw RecipeError(path: path, problem: "cannot be read")
        }
        let document = try YAMLField(file: path, text: String(decoding: data, as: UTF8.self))
        guard case .mapping(let root) = document.node else { return [] }
        var keys: Set<String> = []
        for (key, value) in root {
            guard let name = key.string else { continue }
            guard case .mapping(let section) = value else {
                keys.insert(name)
                continue
            }
            for inner in section.keys { if let inner = inner.string { keys.insert("\(name).\(inner)") } }
        }
        return keys
    }

    private static func line(_ node: Node) throws -> String {
        try Yams.serialize(node: flowing(node), width: -1, allowUnicode: true)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// `node` with everything in brackets, so that it takes one line.
    private static func flowing(_ node: Node) -> Node {
        switch node {
        case .mapping(let mapping):
            Node(mapping.map { (flowing($0.key), flowing($0.value)) }, .implicit, .flow)
        case .sequence(let sequence): Node(sequence.map { flowing($0) }, .implicit, .flow)
        case .scalar, .alias: node
        }
    }
}

extension RunFolder {
    /// The file that `bestRecipe` reads.
    package var recipeFile: String {
        ["best.yaml", "recipe.yaml"].first { has($0) }.map { file($0) } ?? path
    }
}
