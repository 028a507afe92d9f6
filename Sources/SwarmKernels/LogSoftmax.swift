internal import CKernels

/// log Σ exp x, the exponentials summed in double (a Float sum over 152k entries is off by 9e-5).
///
/// - Returns: −∞ where every x is −∞ or there is none; NaN where one is NaN.
package func logSumExp(_ row: ArraySlice<Float>) -> Double {
    unsafe row.withUnsafeBufferPointer {
        unsafe $0.baseAddress.map { unsafe ts_log_sum_exp($0, row.count) } ?? -.infinity
    }
}

/// x − log Σ exp x: the log-probabilities of a row of logits.
package func logSoftmax(_ row: ArraySlice<Float>) -> [Double] {
    let total = logSumExp(row)
    return row.map { Double($0) - total }
}

/// The instruction set the kernels use: `avx2`, `portable`.
package var instructionSet: String { unsafe String(cString: ts_isa()) }

/// Runs `body` with the kernels of `instructionSet` on this thread alone; nil where the processor lacks it. For tests.
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
