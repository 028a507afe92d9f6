internal import Foundation
internal import SwarmFormats
internal import SwarmKernels

/// One example of a task. Texts are UTF-8.
package struct Example: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        case text([UInt8])
        /// `answer` is an index of `choices`.
        case choice(prompt: [UInt8], choices: [[UInt8]], answer: Int)
        /// Any of `answers` is right; empty where a program or server says what is.
        case generate(prompt: [UInt8], answers: [[UInt8]])
    }

    package var id: String
    package var domain: String?
    package var content: Content
    /// `command`, `http`: the line of the task file, JSON; else empty.
    package var document: [UInt8]
    /// The line of the task file, from 1; 0 where there is no file.
    package var line: Int

    package init(id: String, domain: String? = nil, content: Content, document: [UInt8] = [], line: Int = 0) {
        self.id = id
        self.domain = domain
        self.content = content
        self.document = document
        self.line = line
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
    /// SHA-256 of the file, and of what makes prompts of its lines where something does; lower-case hexadecimal.
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
    /// - Parameter acceptsTestSet: whether dev examples may be test examples.
    /// - Throws: `FileError`, `JSONError`, `TemplateError`, or `EvaluationError.badTask` for an empty split, a missing,
    ///   unknown or wrong field, an id used twice, or an example of the test split that is also in the dev split.
    package init(reading task: TaskSpec, acceptsTestSet: Bool = false) throws {
        self.task = task
        search = try Self.read(task, path: task.dev)
        test = try Self.read(task, path: task.test)
        if !acceptsTestSet { try Self.checkDisjoint([self]) }
    }

    /// Reads every task; no test example of one may be a dev example of any.
    /// - Parameter acceptsTestSet: leaves that unchecked.
    /// - Throws: as `init(reading:)`.
    package static func read(_ tasks: [TaskSpec], acceptsTestSet: Bool = false) throws -> [TaskData] {
        let data = try tasks.map { try TaskData(reading: $0, acceptsTestSet: acceptsTestSet) }
        if !acceptsTestSet { try checkDisjoint(data) }
        return data
    }

    private static func checkDisjoint(_ data: [TaskData]) throws(EvaluationError) {
        let advice = "; searching on test examples needs --i-know-this-is-the-test-set"
        for task in data.map(\.task) where namesTestSplit(task.dev) {
            throw .badTask(
                path: task.dev, line: nil, field: "dev of task \(task.name)", found: "a file that is called test",
                expected: "examples that are not the test set\(advice)")
        }
        var seen: [String: (path: String, line: Int)] = [:]
        for task in data {
            for item in task.search.items {
                let content = fingerprint(item)
                if seen[content] == nil { seen[content] = (task.task.dev, item.line) }
            }
        }
        for task in data {
            let copies = task.test.items.compactMap { item in seen[fingerprint(item)].map { (item, $0) } }
            guard let (first, dev) = copies.first else { continue }
            throw .badTask(
                path: task.task.test, line: first.line, field: "example \(first.id)",
                found: "the same content as \(dev.path):\(dev.line)\(others(copies.dropFirst().map(\.0.line)))",
                expected: "test examples that are not searched on\(advice)")
        }
    }

    /// The lines of further copies, a few of them by number.
    private static func others(_ lines: [Int]) -> String {
        guard !lines.isEmpty else { return "" }
        let shown = lines.prefix(8).map(String.init).joined(separator: ", ")
        let rest = lines.count > 8 ? " and \(lines.count - 8) more" : ""
        return ", and copies on line\(lines.count == 1 ? "" : "s") \(shown)\(rest)"
    }

    /// Whether the file's name has the word `test` and none for a split to search on.
    private static func namesTestSplit(_ path: String) -> Bool {
        let name = URL(fileURLWithPath: path).lastPathComponent.lowercased()
        let words = Set(name.split { !$0.isLetter })
        return words.contains("test") && words.isDisjoint(with: ["dev", "train", "valid", "validation", "val"])
    }

    private static func read<S: Split>(_ task: TaskSpec, path: String) throws -> Examples<S> {
        let file = try MappedFile(path: path)
        let bytes = try file.bytes(in: 0..<file.count)
        var digest = SHA256.hex(bytes)
        if task.template != nil || !task.targetDelimiter.isEmpty {
            let template = task.template ?? ""
            digest = SHA256.hex("\(digest)\n\(template.utf8.count)\n\(template)\(task.targetDelimiter)".utf8)
        }
        return Examples(task: task, items: try examples(bytes, task: task, path: path), digest: digest)
    }

    /// The test examples with another prompt for each of the task's `templates`.
    /// - Throws: as `init(reading:)`.
    func testVariants() throws -> [Examples<TestSplit>] {
        try task.templates.enumerated().map { index, template in
            var variant = task
            variant.template = template
            variant.name = "\(task.name) template \(index + 1)"
            return try Self.read(variant, path: task.test)
        }
    }

    /// Parses the lines of one split of a task of `kind` without a template.
    package static func examples(_ bytes: [UInt8], kind: TaskSpec.Kind, path: String) throws -> [Example] {
        try examples(bytes, task: TaskSpec(name: kind.rawValue, kind: kind, dev: path, test: path), path: path)
    }

    /// Parses the lines of one split.
    package static func examples(_ bytes: [UInt8], task: TaskSpec, path: String) throws -> [Example] {
        let template = try task.template.map { try PromptTemplate($0, task: task.name) }
        // Graders are given the line as it stands.
        let keepsLines = task.kind == .command || task.kind == .http
        let lines = keepsLines ? bytes.split(separator: 0x0A, omittingEmptySubsequences: false) : []
        var items: [Example] = []
        var lineOfID: [String: Int] = [:]
        for (line, value) in try JSON.lines(bytes, file: path) {
            let reader = ExampleLine(value: value, path: path, line: line, task: task, template: template)
            var item = try reader.example()
            if keepsLines { item.document = Array(lines[line - 1]) }
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

    /// What makes two examples the same whatever their ids: their words. White space does not tell them apart, so that
    /// a copy with another line break or a blank at the end is still a copy.
    private static func fingerprint(_ item: Example) -> String {
        var hash = SHA256()
        func add(_ bytes: [UInt8], to hash: inout SHA256) {
            let words = bytes.split { $0 == 0x20 || (0x09...0x0D).contains($0) }
            hash.update(withLength(Array(words.joined(separator: [0x20]))))
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
    let task: TaskSpec
    let template: PromptTemplate?

    func example() throws -> Example {
        guard value.object != nil else { throw error("line", value, "a JSON object") }
        // Other fields are the reader's own business: data sets carry sources, levels and the like.
        let id =
            if let id = value["id"], !id.isNull { try identifier(id) } else { "line \(line)" }
        let domain = value["domain"].flatMap { $0.isNull ? nil : $0 }
        if let domain, domain.string == nil { throw error("domain", domain, "a string") }
        return Example(id: id, domain: domain?.string, content: try content(), line: line)
    }

    private func identifier(_ value: JSON) throws(EvaluationError) -> String {
        if let number = value.int { return "\(number)" }
        guard let text = value.string, !text.isEmpty else { throw error("id", value, "a string that is not empty") }
        return text
    }

    private func content() throws -> Example.Content {
        switch task.kind {
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
            let delimiter = Array(task.targetDelimiter.utf8)
            return .choice(prompt: try prompt(), choices: choices.map { delimiter + $0 }, answer: answer)
        case .generate:
            return .generate(prompt: try prompt(), answers: try answers())
        case .command, .http:
            return .generate(prompt: try prompt(), answers: [])
        }
    }

    private func prompt() throws -> [UInt8] {
        guard let template else { return try text("prompt", allowEmpty: true) }
        do {
            return try template.prompt(for: value)
        } catch {
            throw EvaluationError.badTask(
                path: path, line: line, field: "prompt", found: "\(error)", expected: "fields that the template can use"
            )
        }
    }

    private func answers() throws(EvaluationError) -> [[UInt8]] {
        let answers: [[UInt8]]
        switch (value["answer"], value["answers"]) {
        case (.some, nil): answers = [try text("answer")]
        case (nil, .some): answers = try texts("answers", atLeast: 1)
        case (nil, nil): throw error("answer", nil, "an answer or answers")
        case (.some, .some): throw error("answers", value["answers"], "either answer or answers")
        }
        if task.metric == .numeric,
            let odd = answers.first(where: { AnswerMetric.number(String(decoding: $0, as: UTF8.self)) == nil })
        {
            throw error("answer", .string(odd), "a number, as the metric is numeric")
        }
        return answers
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
