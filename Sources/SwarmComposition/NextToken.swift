internal import Foundation
internal import SwarmKernels
internal import SwarmTokenizers

/// What a member says comes next: a distribution over its own tokens.
struct NextToken: Sendable {
    /// One row; −∞ where tokens are masked.
    private let logits: [Float]
    /// log Σ e^logit over the rows that count.
    private let logSum: Double
    /// The probability the masked tokens had, in [0, 1].
    let maskedMass: Double

    /// - Parameter logits: one row, as long as the model's vocabulary.
    /// - Returns: nil when the row is faulty: NaN or +∞ somewhere, or no finite value among the rows that count.
    init?(logits: ArraySlice<Float>, mask: TokenMask) {
        var row = Array(logits.prefix(mask.allowed.count))
        var masked: [Float] = []
        for place in mask.masked {
            guard row[place] < .infinity else { return nil }  // false for NaN too
            if row[place] > -.infinity { masked.append(row[place]) }
            row[place] = -.infinity
        }
        let highest = maximum(row)
        guard highest > -.infinity, highest < .infinity else { return nil }
        let sum = sumOfExponentials(row, minus: Double(highest))
        guard !sum.isNaN else { return nil }
        self.logits = row
        logSum = Double(highest) + log(sum)
        if let most = masked.max() {
            let maskedSum = sumOfExponentials(masked, minus: Double(most))
            maskedMass = 1 / (1 + exp(logSum - Double(most) - log(maskedSum)))
        } else {
            maskedMass = 0
        }
    }

    /// log p(token); −∞ where it is masked or has no row.
    func logProbability(of row: Int) -> Double {
        guard logits.indices.contains(row) else { return -.infinity }
        return Double(logits[row]) - logSum
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
    func sums() -> RowSums? { RowSums(logits) }

    /// The row of the likeliest token, the first of equals.
    var likeliest: Int? {
        let highest = maximum(logits)
        return logits.firstIndex { $0 == highest }
    }

    /// By row: p(token), 0 where masked. Sums to 1.
    func probabilities() -> [Double] { exponentials(logits, minus: logSum) }
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
