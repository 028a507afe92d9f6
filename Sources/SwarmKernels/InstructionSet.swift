internal import CKernels
internal import Foundation

/// The set of kernels in use: `amx`, `avx512`, `avx2` or `portable`.
package var instructionSet: String { unsafe String(cString: ts_isa()) }

/// TOKENSWARM_ISA names a set of kernels that cannot be used here.
package struct InstructionSetError: Error, Equatable, CustomStringConvertible {
    package enum Reason: Equatable, Sendable {
        /// There is none of that name.
        case unknown
        /// The processor, or the operating system, lacks what it needs.
        case lacking
        /// It gave other results than it should on this processor.
        case wrong
    }

    package let found: String
    package let reason: Reason
    /// The names that can be used, the fastest first.
    package let expected: [String]

    package var description: String {
        let why =
            switch reason {
            case .unknown: "which is no set of kernels"
            case .lacking: "which this processor lacks"
            case .wrong: "whose results are wrong on this processor"
            }
        return "TOKENSWARM_ISA: found \"\(found)\", \(why); expected one of \(expected.joined(separator: ", "))"
    }
}

/// Throws where the environment's TOKENSWARM_ISA, if it is set, names kernels that cannot be used.
/// - Parameter found: what it says; nil or empty where it is not set.
/// - Throws: `InstructionSetError`.
package func checkInstructionSet(
    _ found: String? = ProcessInfo.processInfo.environment["TOKENSWARM_ISA"]
) throws {
    guard let found, !found.isEmpty else { return }
    let reason: InstructionSetError.Reason
    switch unsafe ts_state_of_set(found) {
    case TS_SET_USABLE: return
    case TS_SET_LACKING: reason = .lacking
    case TS_SET_WRONG: reason = .wrong
    default: reason = .unknown
    }
    let usable = instructionSetNames.filter { unsafe ts_state_of_set($0) == TS_SET_USABLE }
    throw InstructionSetError(found: found, reason: reason, expected: usable)
}

/// The sets of kernels there are, the fastest first.
private var instructionSetNames: [String] {
    var names: [String] = []
    while let name = unsafe ts_set_name(names.count) { names.append(unsafe String(cString: name)) }
    return names
}

/// The faster sets than the one in use that the processor has but that gave wrong results on it and so are not used.
package var instructionSetsGivenUp: [String] {
    instructionSetNames.prefix { $0 != instructionSet }.filter { unsafe ts_state_of_set($0) == TS_SET_WRONG }
}

/// Runs `body` with the kernels of `instructionSet` on this thread alone; nil where they cannot be used. For tests.
package func withInstructionSet<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result? {
    guard unsafe ts_override_isa(name) == 1 else { return nil }
    defer { ts_override_isa(nil) }
    return try body()
}

/// Runs `body` with quantised weights multiplied by activations as they are, not quantised, on this thread alone: what
/// TOKENSWARM_ACTIVATIONS=float does for the process. Slower; for tests against exact references.
package func withFloatActivations<Result>(_ body: () throws -> Result) rethrows -> Result {
    ts_override_activations(1)
    defer { ts_override_activations(0) }
    return try body()
}
