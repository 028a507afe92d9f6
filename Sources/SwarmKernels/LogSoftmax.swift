internal import CKernels
internal import Foundation

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

/// Sums over one row that tell its distribution's entropy and what a temperature makes of it.
package struct RowSums: Sendable {
    /// max x, and log Σ e^{x − max}.
    private let highest: Float
    private let logSum: Double
    /// The entropy of softmax x, in nats; exact to about 1e-6.
    package let entropy: Double
    private let row: [Float]

    /// - Parameter row: numbers below +∞; −∞ takes no part.
    /// - Returns: nil where no number is finite.
    package init?(_ row: [Float]) {
        let highest = maximum(row)
        guard highest > -.infinity else { return nil }
        var first = 0.0
        let sum = unsafe row.withUnsafeBufferPointer { row in
            unsafe row.baseAddress.map { unsafe ts_power_sum($0, row.count, highest, 1, &first) } ?? 0
        }
        self.row = row
        self.highest = highest
        logSum = log(sum)
        entropy = max(0, logSum - first / sum)
    }

    /// log Σ p^power, where p = softmax x: what normalises the distribution at temperature 1/power. 0 at 1; exact to
    /// about 1e-6.
    package func logPartition(power: Double) -> Double {
        guard power != 1 else { return 0 }
        let sum = unsafe row.withUnsafeBufferPointer { row in
            unsafe row.baseAddress.map { unsafe ts_power_sum($0, row.count, highest, Float(power), nil) } ?? 0
        }
        return log(sum) - power * logSum
    }
}
