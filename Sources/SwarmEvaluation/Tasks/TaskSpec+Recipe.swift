internal import Foundation
internal import Yams

extension TaskSpec {
    /// A field and the folder that paths in it are relative to.
    private struct Located {
        var field: YAMLField
        var folder: URL
    }

    /// Keys that only tasks of some kinds have.
    private static let kindsOfKey: [String: [Kind]] = [
        "template": [.choice, .generate, .command, .http], "templates": [.choice, .generate, .command, .http],
        "target_delimiter": [.choice],
        "max_tokens": [.generate, .command, .http], "stop": [.generate, .command, .http],
        "extract": [.generate], "extract_match": [.generate], "ignore_case": [.generate],
        "ignore_punctuation": [.generate],
        "command": [.command], "working_directory": [.command], "url": [.http], "time_limit": [.command, .http],
        "retries": [.http], "batch_size": [.http],
    ]

    private static let knownKeys =
        ["name", "kind", "dev", "test", "weight", "metric", "include"] + kindsOfKey.keys.sorted()

    /// Reads an element of a recipe's `tasks`: a task, the path of a file that holds one, or `include` with that path
    /// and keys that replace the file's.
    /// - Parameter folder: of the recipe.
    init(_ element: YAMLField, folder: URL) throws(RecipeError) {
        var fields: [String: Located] = [:]
        var included: String?
        if element.isScalar {
            included = try element.string()
        } else {
            for (key, field) in try element.members(known: Self.knownKeys) {
                if key == "include" {
                    included = try field.string()
                } else {
                    fields[key] = Located(field: field, folder: folder)
                }
            }
        }
        if let included {
            let path = resolve(included, in: folder)
            let file = try YAMLField(contentsOf: path)
            let home = URL(fileURLWithPath: path).deletingLastPathComponent()
            let known = Self.knownKeys.filter { $0 != "include" }
            for (key, field) in try file.members(known: known) where fields[key] == nil {
                fields[key] = Located(field: field, folder: home)
            }
            if fields["name"] == nil {
                let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
                try self.init(element, fields, defaultName: name)
                return
            }
        }
        try self.init(element, fields, defaultName: nil)
    }

    private init(_ element: YAMLField, _ fields: [String: Located], defaultName: String?) throws(RecipeError) {
        func required(_ key: String) throws(RecipeError) -> Located {
            guard let value = fields[key] else { throw element.error("\"\(key)\" is missing") }
            return value
        }
        func path(_ key: String) throws(RecipeError) -> String {
            let value = try required(key)
            return resolve(try value.field.string(), in: value.folder)
        }
        let kind = try required("kind").field.choice(Kind.self)
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            guard let kinds = Self.kindsOfKey[key], !kinds.contains(kind) else { continue }
            throw value.field.error(
                "found it in a task of kind \(kind.rawValue), expected kind "
                    + kinds.map(\.rawValue).joined(separator: " or "))
        }
        self.init(
            name: try fields["name"]?.field.string() ?? defaultName ?? kind.rawValue, kind: kind,
            dev: try path("dev"), test: try path("test"),
            weight: try fields["weight"]?.field.number(0...1e6) ?? (kind.isGenerated ? 0 : 1))
        try readPrompt(fields.mapValues(\.field))
        try readAnswer(fields.mapValues(\.field))
        guard kind == .command || kind == .http else { return }
        if kind == .command {
            let command = try required("command")
            grader.command = command.field.isScalar ? [try command.field.string()] : try command.field.strings()
            guard grader.command.first?.isEmpty == false else {
                throw command.field.error("found no program, expected a program and its arguments")
            }
            grader.workingDirectory = command.folder.standardizedFileURL.path
            if let value = fields["working_directory"] {
                grader.workingDirectory = resolve(try value.field.string(), in: value.folder)
            }
        } else {
            grader.url = try required("url").field.string()
        }
        if let value = fields["time_limit"]?.field { grader.timeLimit = try value.number(1e-3...1e6) }
        if let value = fields["retries"]?.field { grader.retries = try value.integer(0...100) }
        if let value = fields["batch_size"]?.field { grader.batchSize = try value.integer(1...1_000_000) }
    }

    private mutating func readPrompt(_ fields: [String: YAMLField]) throws(RecipeError) {
        if let value = fields["metric"] {
            metric = try value.choice(Metric.self)
            guard kind.metrics.contains(metric) else {
                throw value.error(
                    "found \(metric.rawValue) for kind \(kind.rawValue), expected "
                        + kind.metrics.map(\.rawValue).joined(separator: " or "))
            }
        }
        if let value = fields["template"] { template = try value.string() }
        if let value = fields["templates"] {
            templates = try value.strings()
            guard templates.isEmpty || templates.count >= 5 else {
                throw value.error("found \(templates.count), expected at least 5 to tell a spread from")
            }
            if template == nil { template = templates.first }
        }
        if let value = fields["target_delimiter"] { targetDelimiter = try value.string() }
    }

    private mutating func readAnswer(_ fields: [String: YAMLField]) throws(RecipeError) {
        if let value = fields["max_tokens"] { maxTokens = try value.integer(1...65_536) }
        if let value = fields["stop"] { stop = try value.strings() }
        if let value = fields["extract"] { answer.extract = try value.string() }
        if let value = fields["extract_match"] { answer.takesLastMatch = try value.choice(Match.self) == .last }
        if let value = fields["ignore_case"] { answer.ignoresCase = try value.bool() }
        if let value = fields["ignore_punctuation"] { answer.ignoresPunctuation = try value.bool() }
        guard kind == .generate else { return }
        do {
            _ = try AnswerMetric(self)
        } catch {
            throw (fields["extract"] ?? fields["kind"])?.error("\(error)") ?? RecipeError(path: "", problem: "\(error)")
        }
    }

    private enum Match: String, CaseIterable {
        case first
        case last
    }

    /// This task as a recipe's `tasks` has it, every value in force written out.
    var node: Node {
        var members: [(String, Node)] = [
            ("name", .string(name)), ("kind", .string(kind.rawValue)), ("dev", .string(dev)), ("test", .string(test)),
            ("weight", .number(weight)), ("metric", .string(metric.rawValue)),
        ]
        if let template { members.append(("template", .string(template))) }
        if !templates.isEmpty { members.append(("templates", Node(templates.map(Node.string)))) }
        if kind == .choice { members.append(("target_delimiter", .string(targetDelimiter))) }
        if kind.isGenerated {
            members += [("max_tokens", .literal("\(maxTokens)")), ("stop", Node(stop.map(Node.string)))]
        }
        if kind == .generate {
            if let extract = answer.extract {
                members += [
                    ("extract", .string(extract)), ("extract_match", .string(answer.takesLastMatch ? "last" : "first")),
                ]
            }
            members += [
                ("ignore_case", .literal("\(answer.ignoresCase)")),
                ("ignore_punctuation", .literal("\(answer.ignoresPunctuation)")),
            ]
        }
        if kind == .command {
            members += [
                ("command", Node(grader.command.map(Node.string))),
                ("working_directory", .string(grader.workingDirectory)),
            ]
        }
        if kind == .http {
            members += [
                ("url", .string(grader.url)), ("retries", .literal("\(grader.retries)")),
                ("batch_size", .literal("\(grader.batchSize)")),
            ]
        }
        if kind == .command || kind == .http { members.append(("time_limit", .number(grader.timeLimit))) }
        return .map(members)
    }
}
