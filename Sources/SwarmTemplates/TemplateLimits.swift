/// What a template may cost. Beyond a limit rendering ends with an error; nothing traps and memory stays bounded.
package struct TemplateLimits: Sendable {
    /// Bytes of template source.
    package var sourceBytes = 1 << 20
    /// Statements and expressions evaluated, and scalars and elements that values made on the way consist of.
    package var steps = 20_000_000
    /// Unicode scalars of output.
    package var outputScalars = 1 << 24
    /// Levels of nested syntax, calls and values, each.
    package var depth = 200
    /// Whether a name or member that is not there is written as nothing, as chat templates expect, or is an error.
    package var undefinedIsEmpty = true

    package init() {}
}

/// Counts what rendering costs against the limits.
final class TemplateBudget {
    /// Of any one range, as the reference's sandbox has it.
    static let longestRange = 100_000
    let limits: TemplateLimits
    private var steps = 0
    private var depth = 0

    init(_ limits: TemplateLimits) { self.limits = limits }

    /// Takes `count` steps.
    func spend(_ count: Int = 1) throws(Problem) {
        let (sum, overflow) = steps.addingReportingOverflow(count)
        guard !overflow, sum <= limits.steps else { throw Problem("found more than \(limits.steps) steps of work") }
        steps = sum
    }

    /// Goes a level deeper.
    func enter() throws(Problem) {
        guard depth < limits.depth else { throw Problem("found more than \(limits.depth) nested levels") }
        depth += 1
    }

    func leave() { depth -= 1 }
}
