internal import Foundation

/// What a member says comes next: a distribution over its own tokens.
struct NextToken: Sendable {
    /// One row.
    private let logits: ArraySlice<Float>
    private let mask: TokenMask
    /// log Σ e^logit over the rows that count.
    private let logSum: Double
    /// The probability the masked tokens had, in [0, 1].
    let maskedMass: Double

    /// - Parameter logits: one row, as long as the model's vocabulary.
    /// - Returns: nil when the row is faulty: NaN or +∞ somewhere, or no finite value among the rows that count.
    init?(logits: ArraySlice<Float>, mask: TokenMask) {
        let base = logits.startIndex
        var highest = -Float.infinity
        var highestMasked = -Float.infinity
        for (row, allowed) in mask.allowed.enumerated() {
            let value = logits[base + row]
            guard value < .infinity else { return nil }  // false for NaN too
            if allowed { highest = max(highest, value) } else { highestMasked = max(highestMasked, value) }
        }
        guard highest > -.infinity else { return nil }

        // Over a large vocabulary a Float running sum is off by 1e-4.
        var sum = 0.0
        var maskedSum = 0.0
        for (row, allowed) in mask.allowed.enumerated() {
            let value = logits[base + row]
            if allowed {
                sum += exp(Double(value - highest))
            } else if highestMasked > -.infinity {
                maskedSum += exp(Double(value - highestMasked))
            }
        }
        self.logits = logits
        self.mask = mask
        logSum = Double(highest) + log(sum)
        maskedMass =
            maskedSum > 0 ? 1 / (1 + exp(logSum - Double(highestMasked) - log(maskedSum))) : 0
    }

    /// log p(token); −∞ where it is masked or has no row.
    func logProbability(of row: Int) -> Double {
        guard row >= 0, row < mask.allowed.count, mask.allowed[row] else { return -.infinity }
        return Double(logits[logits.startIndex + row]) - logSum
    }

    /// By row: p(token), 0 where masked. Sums to 1.
    func probabilities() -> [Double] {
        let base = logits.startIndex
        return mask.allowed.enumerated().map { row, allowed in
            allowed ? exp(Double(logits[base + row]) - logSum) : 0
        }
    }
}

extension TokenMask {
    /// What a member without a start token says before any text: every token that stands for bytes is as likely as any
    /// other. It cannot be asked.
    var uniform: [Double] {
        zip(allowed, isEnd).map { $0 && !$1 ? 1 / Double(textCount) : 0 }
    }
}
