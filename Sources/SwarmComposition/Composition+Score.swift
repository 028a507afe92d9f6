internal import Foundation
package import SwarmKernels

/// −log₂ P(text) / bytes: the one likelihood that models with different tokenizers share.
package struct BitsPerByte: Equatable, Sendable {
    package var composition: Double
    /// Each member alone, in order.
    package var members: [Double]
    /// Joint segments of the text; its bytes where it was scored by bytes.
    package var segments: Int
}

extension Composition {
    /// Scores `text`, not empty, one pass a member; infinity where a model cannot write it. The composition has the
    /// pool's dimensions, members alone have none. Text is mixed over joint segments or, in mode `bytes` and where a
    /// `hybrid` pool is log-linear, byte by byte.
    /// - Parameter willRead: called with each member's name before it reads; what it throws ends the scoring.
    /// - Throws: `CompositionError` for log-linear pools over the union, or what a member throws.
    package func bitsPerByte(
        of text: [UInt8], weights: [Double], threads: ThreadPool, willRead: (String) throws -> Void = { _ in }
    ) throws -> BitsPerByte {
        try check(weights: weights)
        var scores: [TokenScores] = []
        let temperatures = pool.dimensions.temperaturesToRead
        for member in members {
            try willRead(member.name)
            if readsBytes {
                let scorer = ByteScorer(
                    member: member, temperatures: temperatures, keepsRows: pool.kind == .logLinear,
                    settings: LatticeSettings(alignment), pool: threads)
                scores.append(try scorer.score(text))
            } else {
                scores.append(try TextScorer(member: member, temperatures: temperatures, pool: threads).score(text))
            }
        }
        let segments = JointSegments(scores)
        var table = SegmentTable(memberCount: members.count, temperatures: temperatures)
        table.append(segments)
        let alone = members.indices.map { m in Mixing(weights: members.indices.map { $0 == m ? 1.0 : 0.0 }) }
        let composed = Mixing(weights: weights, dimensions: pool.dimensions)
        let bits = try Pool.logLikelihoods(of: table, particles: [composed] + alone, pool: pool, threads: threads)
            .map { -$0[0] / log(2) / Double(text.count) }
        return BitsPerByte(composition: bits[0], members: Array(bits.dropFirst()), segments: segments.count)
    }
}
