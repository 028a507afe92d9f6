package import SwarmFormats

/// What is wrong with a tokenizer file.
package struct TokenizerError: Error, Equatable, CustomStringConvertible {
    package var path: String
    /// The JSON path or metadata key, for example `model.merges[17]`.
    package var field: String?
    /// `found …, expected …`
    package var problem: String

    package init(path: String, field: String?, problem: String) {
        self.path = path
        self.field = field
        self.problem = problem
    }

    /// The same facts about a JSON file.
    package init(_ error: JSONError) {
        path = error.file + (error.line.map { ":\($0)" } ?? "")
        field = error.field.isEmpty ? nil : error.field
        problem = error.problem
    }

    package var description: String {
        "bad tokenizer, \(path)" + (field.map { " at \($0)" } ?? "") + ": \(problem)"
    }
}

extension TokenizerError {
    /// The same facts about a binary file.
    init(_ error: FormatError) {
        self.init(path: error.path, field: error.field, problem: "found \(error.found), expected \(error.expected)")
    }
}
