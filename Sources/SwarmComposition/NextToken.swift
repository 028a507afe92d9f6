internal import Foundation
internal import SwarmKernels
internal import SwarmTokenizers

/// What a member says comes next: a distribution over its own tokens.
package struct NextToken: Sendable {
    /// One row; −∞ where tokens are masked.
    private let logits: [Float]
    private let highest: Float
    /// log Σ e^logit over the rows that count.
    private let logSum: Double
    /// Σ e^{logit − highest} of every `blockLength` rows.
    private let blocks: [Double]
    /// The probability the masked tokens had, in [0, 1].
    let maskedMass: Double

    private static let blockLength = 4096

    /// - Parameters:
    ///   - logits: one row, as long as the model's vocabulary; changed in place where it is the caller's last use of it.
    ///   - pool: threads that add up a long row; nil for the caller alone. The result is the same.
    /// - Returns: nil when the row is faulty: NaN or +∞ somewhere, or no finite value among the rows that count.
    init?(logits: consuming [Float], mask: TokenMask, pool: ThreadPool? = nil) {
        var row = logits
        if row.count > mask.allowed.count { row.removeLast(row.count - mask.allowed.count) }
        var masked: [Float] = []
        for place in mask.masked {
            guard row[place] < .infinity else { return nil }  // false for NaN too
            if row[place] > -.infinity {
                masked.append(row[place])
                row[place] = -.infinity
            }
        }
        self.init(row, masked: masked, pool: pool)
    }

    /// The same for a row among others.
    init?(logits: ArraySlice<Float>, mask: TokenMask) { self.init(logits: Array(logits), mask: mask) }

    /// All of a row that nothing is masked of.
    package init?(logits: [Float]) { self.init(logits, masked: [], pool: nil) }

    private init?(_ row: [Float], masked: [Float], pool: ThreadPool?) {
        let (highest, blocks) = sumsOfExponentials(row, every: Self.blockLength, pool: pool)
        guard highest > -.infinity, highest < .infinity else { return nil }
        let sum = blocks.reduce(0, +)
        guard !sum.isNaN else { return nil }
        logits = row
        self.highest = highest
        self.blocks = blocks
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
    var likeliest: Int? { logits.firstIndex { $0 == highest } }

    /// By row: p(token), 0 where masked. Sums to 1.
    package func probabilities() -> [Double] { exponentials(logits, minus: logSum) }
}

extension NextToken: LazyDistribution {
    package var highestMass: Double { exp(Double(highest) - logSum) }

    package func mass(of row: Int) -> Double {
        guard logits.indices.contains(row), logits[row] > -.infinity else { return 0 }
        return exp(Double(logits[row]) - logSum)
    }

    package func numbers(atLeast threshold: Double, most: Int) -> [Int]? {
        // Rounded down, so that nothing is lost to the comparison in Float.
        let least = Float(log(threshold) + logSum).nextDown
        return places(in: logits, atLeast: least, most: most)?.map(Int.init)
    }

    package func draw(_ uniform: (Int) -> Double) -> Int? {
        var left = uniform(0) * blocks.reduce(0, +)
        guard let block = blocks.place(passing: &left) else { return nil }
        let start = block * Self.blockLength
        let range = start..<min(start + Self.blockLength, logits.count)
        return exponentials(logits[range], minus: Double(highest)).place(passing: &left).map { start + $0 }
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
