/// What can go wrong with tasks, traces, searches and comparisons.
package enum EvaluationError: Error, Equatable, CustomStringConvertible {
    /// A task file holds what cannot be used; `line` counts from 1, nil for the file as a whole.
    case badTask(path: String, line: Int?, field: String, found: String, expected: String)
    /// A trace file that is damaged or of another format.
    case badTrace(path: String, field: String, found: String, expected: String)
    /// The run folder's study cannot be used.
    case badStudy(path: String, found: String, expected: String)
    /// Settings that do not fit together.
    case badSetting(name: String, found: String, expected: String)
    /// A member's reading of an example is not one.
    case badScores(member: String, example: String, problem: String)
    /// A program or server that scores answers failed, or said what is no score.
    case badGrader(grader: String, field: String, found: String, expected: String)
    /// The caller asked to stop; what was finished is saved.
    case interrupted

    package var description: String {
        switch self {
        case .badTask(let path, let line, let field, let found, let expected):
            "\(field), \(path)\(line.map { ":\($0)" } ?? ""): found \(found), expected \(expected)"
        case .badTrace(let path, let field, let found, let expected):
            "\(field), \(path): found \(found), expected \(expected)"
        case .badStudy(let path, let found, let expected):
            "study, \(path): found \(found), expected \(expected)"
        case .badSetting(let name, let found, let expected):
            "\(name), settings: found \(found), expected \(expected)"
        case .badScores(let member, let example, let problem):
            "scores, member \(member), example \(example): \(problem)"
        case .badGrader(let grader, let field, let found, let expected):
            "\(field), \(grader): found \(found), expected \(expected)"
        case .interrupted:
            "interrupted"
        }
    }
}
