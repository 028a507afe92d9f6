internal import Foundation
package import SwarmKernels

/// −log₂ P(text) / bytes: the one likelihood that models with different tokenizers share.
package struct BitsPerByte: Equatable, Sendable {
    package var composition: Double
    /// Each member alone, in order.
    package var members: [Double]
    /// Joint segments of the text.
    package var segments: Int
}

extension Composition {
    /// Scores `text`, not empty, one pass a member; infinity where a model cannot write it.
    /// - Parameter willRead: called with each member's name before it reads; what it throws ends the scoring.
    /// - Throws: `CompositionError` for log-linear pools, or what a member throws.
    package func bitsPerByte(
        of text: [UInt8], weights: [Double], threads: ThreadPool, willRead: (String) throws -> Void = { _ in }
    ) throws -> BitsPerByte {
        try check(weights: weights)
        var scores: [TokenScores] = []
        for member in members {
            try willRead(member.name)
            scores.append(try TextScorer(member: member, pool: threads).score(text))
        }
        let segments = JointSegments(scores)
        var table = SegmentTable(memberCount: members.count)
        table.append(segments)
        let oneHots = members.indices.map { m in members.indices.map { $0 == m ? 1.0 : 0.0 } }
        let bits = try Pool.logLikelihoods(of: table, particles: [weights] + oneHots, pool: pool)
            .map { -$0[0] / log(2) / Double(text.count) }
        return BitsPerByte(composition: bits[0], members: Array(bits.dropFirst()), segments: segments.count)
    }
}
