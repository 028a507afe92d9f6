internal import Foundation
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
    /// What masked tokens had before they were left out.
    let maskedMass: Double

    private static let blockSize = 64

    /// - Parameter probabilities: by token id; sums to 1.
    init(probabilities: [Double], maskedMass: Double, isEnd: [Bool], index: PrefixIndex) {
        var values = [Double](repeating: 0, count: index.tokens.count)
        for (position, token) in index.tokens.enumerated() { values[position] = probabilities[token.index] }
        var end = 0.0
        for (token, ends) in isEnd.enumerated() where ends { end += probabilities[token] }
        var blocks: [Double] = []
        blocks.reserveCapacity(values.count / Self.blockSize + 1)
        var start = 0
        while start < values.count {
            let stop = min(start + Self.blockSize, values.count)
            var sum = 0.0
            for position in start..<stop { sum += values[position] }
            blocks.append(sum)
            start = stop
        }
        self.values = values
        self.blocks = blocks
        self.end = end
        self.maskedMass = maskedMass
        firstBytes = (0..<256).map { byte in
            Self.sum(index.positions(startingWith: UInt8(byte)), values: values, blocks: blocks)
        }
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
