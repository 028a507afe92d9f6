/// What a template may cost. Beyond a limit rendering ends with an error; nothing traps and memory stays bounded.
package struct TemplateLimits: Sendable {
    /// Bytes of template source.
    package var sourceBytes = 1 << 20
    /// Steps of work: one for a scalar or element that is made, read or compared, several for what takes longer.
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
    /// Steps that a statement or expression takes.
    static let evaluation = 8
    /// Steps that a round of a loop takes beside its statements.
    static let iteration = 24
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

    /// What it costs to find `part` in `text`: in the worst case each place is compared.
    func spend(searching text: Scalars, for part: Scalars) throws(Problem) {
        let (product, overflow) = text.count.multipliedReportingOverflow(by: part.count)
        try spend(overflow ? Int.max : text.count + product / 64)
    }

    /// Goes a level deeper.
    func enter() throws(Problem) {
        guard depth < limits.depth else { throw Problem("found more than \(limits.depth) nested levels") }
        depth += 1
    }

    func leave() { depth -= 1 }
}
