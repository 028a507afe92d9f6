internal import Foundation
internal import SwarmKernels
internal import SwarmTokenizers

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

    /// What it says of each of `targets`, for `temperatures`.
    func scores(of targets: [TokenID], temperatures: [Double]) -> [TokenScore] {
        guard let sums = sums() else { return targets.map { _ in .unknown(temperatures: temperatures.count) } }
        let partitions = temperatures.map { sums.logPartition(power: 1 / $0) }
        return targets.map { target in
            TokenScore(
                logProbability: logProbability(of: target.index), entropy: sums.entropy, logPartitions: partitions)
        }
    }

    /// What the distribution's entropy and temperatures need.
    func sums() -> RowSums? {
        let base = logits.startIndex
        return RowSums(mask.allowed.enumerated().map { $1 ? logits[base + $0] : -.infinity })
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

    /// What that says of `token`.
    func uniformScore(of token: TokenID, temperatures: [Double]) -> TokenScore {
        let isPossible = token.index < allowed.count && allowed[token.index]
        return .uniform(count: textCount, isPossible: isPossible, temperatures: temperatures)
    }
}
