internal import Foundation
internal import SwarmComposition
internal import SwarmOptimizers

extension Recipe {
    /// Reads the recipe at `path`; paths in it come back resolved against its folder.
    /// - Throws: `RecipeError` naming file, line, field, what was found and what was expected.
    package init(contentsOf path: String) throws(RecipeError) {
        try self.init(yaml: YAMLField.text(ofFile: path), path: path)
    }

    /// Parses `yaml`, the content of the recipe file `path`.
    package init(yaml: String, path: String) throws(RecipeError) {
        let document = try YAMLField(file: path, text: yaml)
        let fields = try document.members(known: [
            "name", "seed", "members", "map", "alignment", "pool", "tasks", "combine", "search", "swarm", "generate",
            "i_know_this_is_the_test_set",
        ])
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()

        guard let memberList = fields["members"] else {
            throw document.error("\"members\" is missing, expected a list")
        }
        let specs = try Self.members(memberList, folder: folder)
        self.init(
            name: try fields["name"]?.string() ?? URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent,
            seed: UInt64(try fields["seed"]?.integer(0...Int.max) ?? 0),
            members: specs,
            map: try fields["map"].map { (field) throws(RecipeError) in resolve(try field.string(), in: folder) })
        if let field = fields["alignment"] { alignment = try AlignmentSettings(field) }
        if let field = fields["pool"] { pool = try PoolSettings(field, members: specs.map(\.name)) }
        if let field = fields["swarm"] { swarm = try SearchSettings(field) }
        if let field = fields["generate"] { generate = try GenerateSettings(field) }
        if let field = fields["tasks"] {
            for element in try field.elements() {
                let task = try TaskSpec(element, folder: folder)
                guard !tasks.contains(where: { $0.name == task.name }) else {
                    throw element.error("found a second task named \"\(task.name)\", expected unique names")
                }
                tasks.append(task)
            }
        }
        if let field = fields["combine"] { combine = try field.choice(Objective.Combination.self) }
        if let field = fields["i_know_this_is_the_test_set"] { searchesTestSet = try field.bool() }
        if pool.constraint != .affine, pool.kind == .linear, let i = weights.firstIndex(where: { $0 < 0 }) {
            throw memberList.error("members[\(i)].weight is \(weights[i]), expected at least 0 for a linear pool")
        }
        if let field = fields["search"] {
            search = try SearchedDimensions(field)
            guard pool.kind == .linear || (search.temperature == nil && search.recencyShare == nil) else {
                throw field.error("found temperature or recency with a log-linear pool, expected a linear one")
            }
            guard pool.constraint != .affine || (search.uncertainty == nil && search.recencyShare == nil) else {
                throw field.error(
                    "found uncertainty or recency with the constraint affine, expected weights of at least 0")
            }
        }
    }

    private static func members(_ list: YAMLField, folder: URL) throws(RecipeError) -> [MemberSpec] {
        let elements = try list.elements()
        guard (1...64).contains(elements.count) else {
            throw list.error("found \(elements.count) members, expected 1 to 64")
        }
        var specs: [MemberSpec] = []
        var anyWeight = false
        for element in elements {
            let fields = try element.members(known: ["name", "path", "weight"])
            guard let pathField = fields["path"] else { throw element.error("\"path\" is missing") }
            let path = resolve(try pathField.string(), in: folder)
            let name = try fields["name"]?.string() ?? defaultMemberName(path)
            guard !name.isEmpty, !specs.contains(where: { $0.name == name }) else {
                throw element.error("found the member name \"\(name)\" twice or empty, expected unique names")
            }
            if fields["weight"] != nil { anyWeight = true }
            let weight = try fields["weight"]?.number(-1e6...1e6)
            specs.append(MemberSpec(name: name, path: path, weight: weight ?? (1 / Double(elements.count))))
        }
        if anyWeight, abs(specs.reduce(0) { $0 + $1.weight }) < 1e-12 {
            throw list.error("found weights that sum to zero, expected a sum that can be normalised to 1")
        }
        return specs
    }

    /// A member's name where none is given: its file or folder without the extension.
    package static func defaultMemberName(_ path: String) -> String {
        URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    }
}

/// `path` as it stands if absolute, else below `folder`.
func resolve(_ path: String, in folder: URL) -> String {
    path.hasPrefix("/") ? path : folder.appendingPathComponent(path).standardizedFileURL.path
}

extension AlignmentSettings {
    init(_ field: YAMLField) throws(RecipeError) {
        self = .standard
        let fields = try field.members(known: ["mode", "policy", "normalization", "epsilon"])
        // A policy is of shared symbols, so that naming one asks for them.
        if fields["policy"] != nil { mode = .union }
        if let value = fields["mode"] { mode = try value.choice(Mode.self) }
        if let value = fields["policy"] { policy = try value.choice(Policy.self) }
        if let value = fields["normalization"] { normalization = try value.choice(Normalization.self) }
        if let value = fields["epsilon"] { epsilon = try value.number(0...0.5) }
    }
}

extension PoolSettings {
    init(_ field: YAMLField, members: [String]) throws(RecipeError) {
        self.init()
        let fields = try field.members(known: [
            "kind", "constraint", "epsilon", "temperature", "uncertainty", "recency",
        ])
        if let value = fields["kind"] { kind = try value.choice(Kind.self) }
        if let value = fields["constraint"] { constraint = try value.choice(Constraint.self) }
        if let value = fields["epsilon"] { epsilon = try value.number(1e-300...0.5) }
        dimensions = try PoolDimensions(fields, members: members)
        do {
            try dimensions.check(members: members.count, pool: self)
        } catch {
            throw field.error("\(error)")
        }
    }
}

extension GenerateSettings {
    init(_ field: YAMLField) throws(RecipeError) {
        self.init()
        let fields = try field.members(known: [
            "prompts", "max_tokens", "temperature", "top_k", "top_p", "min_p", "repetition_penalty", "stop",
        ])
        if let value = fields["prompts"] { prompts = try value.strings() }
        if let value = fields["max_tokens"] { maxTokens = try value.integer(1...1_000_000) }
        if let value = fields["temperature"] { temperature = try value.number(0...1e3) }
        if let value = fields["top_k"] { topK = try value.integer(0...Int(Int32.max)) }
        if let value = fields["top_p"] { topP = try value.number(0...1) }
        if let value = fields["min_p"] { minP = try value.number(0...1) }
        if let value = fields["repetition_penalty"] { repetitionPenalty = try value.number(1e-3...1e3) }
        if let value = fields["stop"] { stop = try value.strings() }
    }
}
