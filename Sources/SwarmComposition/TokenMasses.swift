internal import Foundation
internal import SwarmKernels
internal import SwarmTokenizers
internal import SwarmVocabulary

/// What one member says comes next, by bytes: a distribution over its tokens laid out in the order of its prefix index,
/// so that all tokens that begin with the same bytes are one stretch.
///
/// Sums are of terms of one sign in blocks, and never differences of running sums: what a rare beginning has is as
/// precise as what a common one has.
struct TokenMasses {
    /// p(token) by position in the index.
    let values: [Double]
    /// The sum of every 64 of `values`.
    private let blocks: [Double]
    /// By first byte.
    let firstBytes: [Double]
    /// The tokens that end a text, together.
    let end: Double
    /// They one by one.
    private let ends: [Double]
    /// What masked tokens had before they were left out.
    let maskedMass: Double

    private static let blockSize = 64

    /// Where a member's rows lie in its index.
    struct Layout {
        let index: PrefixIndex
        /// Rows that count: as many as both model and tokenizer have.
        let rowCount: Int
        /// Rows that end a text.
        let ends: [Int]
        let masked: [Int]
        /// By position in the index: its row.
        let rows: [Int32]

        init(mask: TokenMask, index: PrefixIndex) {
            self.index = index
            rows = index.tokens.map { Int32($0.index) }
            rowCount = mask.allowed.count
            ends = mask.isEnd.indices.filter { mask.isEnd[$0] }
            masked = mask.allowed.indices.filter { !mask.allowed[$0] }
        }
    }

    /// One row of logits. The exponentials are taken once, in the order of the index.
    /// - Returns: nil when the row is faulty: NaN or +∞ somewhere, or no finite value among the rows that count.
    init?(logits: ArraySlice<Float>, layout: Layout) {
        let base = logits.startIndex
        // Also for NaN.
        for row in layout.masked where !(logits[base + row] < .infinity) { return nil }
        for row in layout.ends where !(logits[base + row] < .infinity) { return nil }
        let row = layout.rows.map { logits[base + Int($0)] }
        let highest = layout.ends.reduce(maximum(row)) { max($0, logits[base + $1]) }
        guard highest > -.infinity, highest < .infinity else { return nil }
        var values = exponentials(row, minus: Double(highest))
        let blocks = Self.blocks(of: values)
        let ends = layout.ends.map { exp(Double(logits[base + $0] - highest)) }
        // Over a large vocabulary a Float running sum is off by 1e-4.
        let sum = blocks.reduce(ends.reduce(0, +), +)
        guard !sum.isNaN else { return nil }
        let highestMasked = layout.masked.reduce(-Float.infinity) { max($0, logits[base + $1]) }
        var maskedMass = 0.0
        if highestMasked > -.infinity {
            let masked = layout.masked.reduce(0.0) { $0 + exp(Double(logits[base + $1] - highestMasked)) }
            maskedMass = 1 / (1 + exp(log(sum) + Double(highest) - Double(highestMasked) - log(masked)))
        }
        let scale = 1 / sum
        for position in values.indices { values[position] *= scale }
        self.init(
            values: values, blocks: blocks.map { $0 * scale }, end: ends.reduce(0, +) * scale,
            ends: ends.map { $0 * scale }, maskedMass: maskedMass, index: layout.index)
    }

    /// - Parameter probabilities: by token id; sums to 1.
    init(probabilities: [Double], layout: Layout) {
        let values = layout.index.tokens.map { probabilities[$0.index] }
        let ends = layout.ends.map { probabilities[$0] }
        self.init(
            values: values, blocks: Self.blocks(of: values), end: ends.reduce(0, +), ends: ends, maskedMass: 0,
            index: layout.index)
    }

    private init(
        values: [Double], blocks: [Double], end: Double, ends: [Double], maskedMass: Double, index: PrefixIndex
    ) {
        self.values = values
        self.blocks = blocks
        self.end = end
        self.ends = ends
        self.maskedMass = maskedMass
        firstBytes = (0..<256).map { byte in
            Self.sum(index.positions(startingWith: UInt8(byte)), values: values, blocks: blocks)
        }
    }

    /// p^{1/τ} / Z.
    func tempered(_ temperature: Double, index: PrefixIndex) -> TokenMasses {
        let highest = self.highest
        func power(_ value: Double) -> Double { value > 0 ? pow(value / highest, 1 / temperature) : 0 }
        let powers = values.map(power)
        let blocks = Self.blocks(of: powers)
        let ends = ends.map(power)
        let sum = blocks.reduce(ends.reduce(0, +), +)
        return TokenMasses(
            values: powers.map { $0 / sum }, blocks: blocks.map { $0 / sum }, end: ends.reduce(0, +) / sum,
            ends: ends.map { $0 / sum }, maskedMass: maskedMass, index: index)
    }

    /// p^penalty of the tokens at `positions`, others as they are, normalised.
    func penalised(_ positions: Set<Int>, by penalty: Double, index: PrefixIndex) -> TokenMasses {
        guard !positions.isEmpty else { return self }
        var values = values
        for position in positions { values[position] = pow(values[position], penalty) }
        let blocks = Self.blocks(of: values)
        let sum = blocks.reduce(end, +)
        guard sum > 0 else { return self }
        return TokenMasses(
            values: values.map { $0 / sum }, blocks: blocks.map { $0 / sum }, end: end / sum,
            ends: ends.map { $0 / sum }, maskedMass: maskedMass, index: index)
    }

    /// log Σ p^{1/τ}.
    func logPartition(_ temperature: Double) -> Double {
        let highest = self.highest
        var sum = 0.0
        for value in values where value > 0 { sum += pow(value / highest, 1 / temperature) }
        for value in ends where value > 0 { sum += pow(value / highest, 1 / temperature) }
        return log(highest) / temperature + log(sum)
    }

    /// In nats.
    var entropy: Double {
        var sum = 0.0
        for value in values where value > 0 { sum -= value * log(value) }
        for value in ends where value > 0 { sum -= value * log(value) }
        return sum
    }

    private var highest: Double { ends.reduce(values.max() ?? 0) { max($0, $1) } }

    private static func blocks(of values: [Double]) -> [Double] {
        stride(from: 0, to: values.count, by: blockSize).map { start in
            var sum = 0.0
            for position in start..<min(start + blockSize, values.count) { sum += values[position] }
            return sum
        }
    }

    /// The position of the likeliest token, the first of equals.
    var likeliest: Int? {
        var best: Int?
        for (position, value) in values.enumerated() where value > best.map({ values[$0] }) ?? 0 { best = position }
        return best
    }

    /// The position in `positions` at which the sum of what they have passes `left`, which loses those before it; the last
    /// with mass where rounding leaves a crumb, nil where none has any.
    func position(passing left: inout Double, in positions: Range<Int>) -> Int? {
        var position = positions.lowerBound
        while position < positions.upperBound {
            let (block, start) = position.quotientAndRemainder(dividingBy: Self.blockSize)
            if start == 0, position + Self.blockSize <= positions.upperBound, left >= blocks[block] {
                left -= blocks[block]
                position += Self.blockSize
                continue
            }
            if left < values[position] { return position }
            left -= values[position]
            position += 1
        }
        return positions.last { values[$0] > 0 }
    }

    /// The sum over `positions`.
    func sum(_ positions: Range<Int>) -> Double { Self.sum(positions, values: values, blocks: blocks) }

    private static func sum(_ positions: Range<Int>, values: [Double], blocks: [Double]) -> Double {
        let first = (positions.lowerBound + blockSize - 1) / blockSize
        let last = positions.upperBound / blockSize
        var sum = 0.0
        guard first < last else {
            for position in positions { sum += values[position] }
            return sum
        }
        for position in positions.lowerBound..<first * blockSize { sum += values[position] }
        for block in first..<last { sum += blocks[block] }
        for position in last * blockSize..<positions.upperBound { sum += values[position] }
        return sum
    }
}
