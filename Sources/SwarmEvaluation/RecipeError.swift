/// What is wrong with a recipe file.
package struct RecipeError: Error, Equatable, CustomStringConvertible {
    package var path: String
    /// Line in the file, from 1; nil where it is not known.
    package var line: Int?
    /// For example `members[1].weight`; nil for the file as a whole.
    package var field: String?
    /// `found …, expected …`
    package var problem: String

    package init(path: String, line: Int? = nil, field: String? = nil, problem: String) {
        self.path = path
        self.line = line
        self.field = field
        self.problem = problem
    }

    package var description: String {
        let place = path + (line.map { ":\($0)" } ?? "")
        return (field.map { "\($0), \(place)" } ?? place) + ": \(problem)"
    }
}
