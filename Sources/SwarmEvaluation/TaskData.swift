internal import Foundation
internal import SwarmFormats
internal import SwarmKernels

/// One example of a task. Texts are UTF-8.
package struct Example: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        case text([UInt8])
        /// `answer` is an index of `choices`.
        case choice(prompt: [UInt8], choices: [[UInt8]], answer: Int)
        /// Any of `answers` is right.
        case generate(prompt: [UInt8], answers: [[UInt8]])
    }

    package var id: String
    package var domain: String?
    package var content: Content

    package init(id: String, domain: String? = nil, content: Content) {
        self.id = id
        self.domain = domain
        self.content = content
    }

    /// The texts that members score: the text itself, or one a choice.
    package var scoredTexts: [[UInt8]] {
        switch content {
        case .text(let text): [text]
        case .choice(let prompt, let choices, _): choices.map { prompt + $0 }
        case .generate: []
        }
    }
}

/// One split of a task, read and checked.
package struct Examples<S: Split>: Sendable {
    package let task: TaskSpec
    package let items: [Example]
    /// SHA-256 of the file, lower-case hexadecimal.
    package let digest: String

    package init(task: TaskSpec, items: [Example], digest: String) {
        self.task = task
        self.items = items
        self.digest = digest
    }
}

/// Both splits of a task.
package struct TaskData: Sendable {
    package let task: TaskSpec
    package let search: Examples<SearchSplit>
    package let test: Examples<TestSplit>

    package init(task: TaskSpec, search: Examples<SearchSplit>, test: Examples<TestSplit>) {
        self.task = task
        self.search = search
        self.test = test
    }

    /// Reads both files of `task` (JSON Lines, one example a line; see `TaskSpec.Kind`).
    /// - Throws: `FileError`, `JSONError`, or `EvaluationError.badTask` for an empty split, a missing, unknown or wrong
    ///   field, an id used twice, or an example of the test split that is also in the dev split.
    package init(reading task: TaskSpec) throws {
        self.task = task
        search = try Self.read(task, path: task.dev)
        test = try Self.read(task, path: task.test)
        let seen = Set(search.items.map(Self.fingerprint))
        if let shared = test.items.first(where: { seen.contains(Self.fingerprint($0)) }) {
            throw EvaluationError.badTask(
                path: task.test, line: nil, field: "example \(shared.id)", found: "the same content in \(task.dev)",
                expected: "test examples that are not searched on")
        }
    }

    private static func read<S: Split>(_ task: TaskSpec, path: String) throws -> Examples<S> {
        let file = try MappedFile(path: path)
        let bytes = try file.bytes(in: 0..<file.count)
        return Examples(task: task, items: try examples(bytes, kind: task.kind, path: path), digest: SHA256.hex(bytes))
    }

    /// Parses the lines of one split.
    package static func examples(_ bytes: [UInt8], kind: TaskSpec.Kind, path: String) throws -> [Example] {
        var items: [Example] = []
        var lineOfID: [String: Int] = [:]
        for (line, value) in try JSON.lines(bytes, file: path) {
            let item = try ExampleLine(value: value, path: path, line: line).example(kind)
            if let earlier = lineOfID.updateValue(line, forKey: item.id) {
                throw EvaluationError.badTask(
                    path: path, line: line, field: "id", found: "\"\(item.id)\", already on line \(earlier)",
                    expected: "a new id")
            }
            items.append(item)
        }
        guard !items.isEmpty else {
            throw EvaluationError.badTask(
                path: path, line: nil, field: "examples", found: "none", expected: "at least 1 line")
        }
        return items
    }

    /// What makes two examples the same whatever their ids.
    private static func fingerprint(_ item: Example) -> String {
        var hash = SHA256()
        func add(_ bytes: [UInt8], to hash: inout SHA256) {
            hash.update(withLength(bytes))
        }
        switch item.content {
        case .text(let text): add(text, to: &hash)
        case .choice(let prompt, let choices, _):
            add(prompt, to: &hash)
            for choice in choices.sorted(by: { $0.lexicographicallyPrecedes($1) }) { add(choice, to: &hash) }
        case .generate(let prompt, _): add(prompt, to: &hash)
        }
        return hash.finalize().hexadecimal
    }

    private static func withLength(_ bytes: [UInt8]) -> [UInt8] {
        Array("\(bytes.count):".utf8) + bytes
    }
}

/// One line of a task file.
private struct ExampleLine {
    let value: JSON
    let path: String
    let line: Int

    func example(_ kind: TaskSpec.Kind) throws(EvaluationError) -> Example {
        guard value.object != nil else { throw error("line", value, "a JSON object") }
        // Other fields are the reader's own business: data sets carry sources, levels and the like.
        let id =
            if let id = value["id"], !id.isNull { try identifier(id) } else { "line \(line)" }
        let domain = value["domain"].flatMap { $0.isNull ? nil : $0 }
        if let domain, domain.string == nil { throw error("domain", domain, "a string") }
        return Example(id: id, domain: domain?.string, content: try content(kind))
    }

    private func identifier(_ value: JSON) throws(EvaluationError) -> String {
        if let number = value.int { return "\(number)" }
        guard let text = value.string, !text.isEmpty else { throw error("id", value, "a string that is not empty") }
        return text
    }

    private func content(_ kind: TaskSpec.Kind) throws(EvaluationError) -> Example.Content {
        switch kind {
        case .text:
            return .text(try text("text"))
        case .choice:
            let choices = try texts("choices", atLeast: 2)
            guard let answer = value["answer"]?.int, choices.indices.contains(answer) else {
                throw error("answer", value["answer"], "an index from 0 to \(choices.count - 1)")
            }
            if let twice = choices.indices.first(where: { choices[..<$0].contains(choices[$0]) }) {
                throw error("choices[\(twice)]", .string(choices[twice]), "choices that differ")
            }
            return .choice(prompt: try text("prompt", allowEmpty: true), choices: choices, answer: answer)
        case .generate:
            let prompt = try text("prompt", allowEmpty: true)
            switch (value["answer"], value["answers"]) {
            case (.some, nil): return .generate(prompt: prompt, answers: [try text("answer")])
            case (nil, .some): return .generate(prompt: prompt, answers: try texts("answers", atLeast: 1))
            case (nil, nil): throw error("answer", nil, "an answer or answers")
            case (.some, .some): throw error("answers", value["answers"], "either answer or answers")
            }
        }
    }

    private func text(_ key: String, allowEmpty: Bool = false) throws(EvaluationError) -> [UInt8] {
        guard let bytes = value[key]?.bytes, allowEmpty || !bytes.isEmpty else {
            throw error(key, value[key], allowEmpty ? "a string" : "a string that is not empty")
        }
        return bytes
    }

    private func texts(_ key: String, atLeast count: Int) throws(EvaluationError) -> [[UInt8]] {
        guard let array = value[key]?.array, array.count >= count else {
            throw error(key, value[key], "an array of at least \(count) strings")
        }
        var result: [[UInt8]] = []
        for (index, element) in array.enumerated() {
            guard let bytes = element.bytes, !bytes.isEmpty else {
                throw error("\(key)[\(index)]", element, "a string that is not empty")
            }
            result.append(bytes)
        }
        return result
    }

    private func error(_ field: String, _ found: JSON?, _ expected: String) -> EvaluationError {
        .badTask(path: path, line: line, field: field, found: found?.summary ?? "nothing", expected: expected)
    }
}
