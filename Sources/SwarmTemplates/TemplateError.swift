/// What is wrong with a chat template, or with what it was given.
package struct TemplateError: Error, Equatable, CustomStringConvertible {
    /// The template's name, for people.
    package var template: String
    /// Counted from 1; nil where no line is at fault.
    package var line: Int?
    package var problem: String

    package init(template: String, line: Int?, problem: String) {
        self.template = template
        self.line = line
        self.problem = problem
    }

    package var description: String { "\(template)\(line.map { ", line \($0)" } ?? ""): \(problem)" }
}

/// A problem whose line is not known yet: the interpreter adds it.
struct Problem: Error {
    let text: String

    init(_ text: String) { self.text = text }
}
