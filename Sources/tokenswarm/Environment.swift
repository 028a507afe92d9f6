internal import Foundation

/// Settings from environment variables: `TOKENSWARM_` and the flag's name in capitals.
enum Environment {
    static let names = [
        "TOKENSWARM_THREADS", "TOKENSWARM_ISA", "TOKENSWARM_MAX_TOKENS", "TOKENSWARM_TEMPERATURE", "TOKENSWARM_TOP_K",
        "TOKENSWARM_TOP_P", "TOKENSWARM_MIN_P", "TOKENSWARM_REPETITION_PENALTY", "TOKENSWARM_SEED",
    ]

    /// For `--help`.
    static let help =
        "Environment variables stand for flags that are not given: " + names.joined(separator: ", ")
        + ". TOKENSWARM_ISA forces one set of kernels (amx, avx512, avx2, portable); the best that the processor has otherwise."

    /// The value of `name` as a number in `range`.
    /// - Throws: `Failure.usage` where it is set to something else.
    static func value<Value: LosslessStringConvertible & Comparable>(
        _ name: String, in range: ClosedRange<Value>
    ) throws -> Value? {
        guard let text = ProcessInfo.processInfo.environment[name], !text.isEmpty else { return nil }
        guard let value = Value(text), range.contains(value) else {
            throw Failure.usage("\(name): found \"\(text)\", expected \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}
