internal import Foundation
package import SwarmKernels

/// How distributions are combined, w being the weights:
///
///     linear       p(x) = Σ w_m p_m(x) / Σ w_m
///     log-linear   p(x) ∝ Π p_m(x)^{w_m}
package enum Pool {
    /// Checks one weight a member.
    /// - Throws: `CompositionError` when there are not as many as members, one is not finite, one is negative where the
    ///   pool has none, or they sum to zero (for the log-linear pool: all are zero).
    package static func check(
        _ weights: [Double], members: [String], pool: PoolSettings
    ) throws(CompositionError) {
        guard weights.count == members.count else {
            throw .weightCount(found: weights.count, members: members.count)
        }
        for (weight, member) in zip(weights, members) {
            guard weight.isFinite else { throw .weightNotFinite(member: member, found: weight) }
            if pool.kind == .linear && pool.constraint != .affine && weight < 0 {
                throw .negativeWeight(member: member, found: weight)
            }
        }
        let hasSum =
            switch pool.kind {
            case .linear: abs(weights.reduce(0, +)) > 1e-12
            case .logLinear: weights.contains { $0 != 0 }
            }
        guard hasSum else { throw .weightsSumToZero(weights) }
    }

    /// log P(item) of every item under every particle of the linear pool: Σ over segments of log Σ_m w_m P_m(segment).
    ///
    /// A member that was faulty in a segment is left out there and the other weights renormalised. Where nothing is left,
    /// or an affine mixture is not positive, or the weights are invalid, the result is −∞ and never NaN.
    /// - Parameter particles: weights, one a member; divided by their sum.
    /// - Returns: [particles][items].
    /// - Throws: `CompositionError.logLinearNeedsDistributions` where the pool is log-linear and the table has no rows:
    ///   the probabilities of one text do not say what a log-linear mixture of whole distributions sums to, not even for
    ///   members of one tokenizer.
    package static func logLikelihoods(
        of table: SegmentTable, particles: [[Double]], pool: PoolSettings
    ) throws(CompositionError) -> [[Double]] {
        guard pool.kind == .linear else {
            return try logLinear(table, particles: particles.map { Mixing(weights: $0) }, pool: pool, threads: nil)
        }
        return linear(table, particles: particles)
    }

    /// The same for pools with more than weights, each item read from its start.
    /// - Parameters:
    ///   - table: with the entropies and temperatures that the particles need.
    ///   - threads: items are shared among them; nil works alone. The result does not depend on it.
    /// - Throws: `CompositionError`: for log-linear pools without rows, and where the table lacks a temperature.
    package static func logLikelihoods(
        of table: SegmentTable, particles: [Mixing], pool: PoolSettings, threads: ThreadPool? = nil
    ) throws(CompositionError) -> [[Double]] {
        guard pool.kind == .linear else {
            return try logLinear(table, particles: particles, pool: pool, threads: threads)
        }
        let fixed = linear(table, particles: particles.map { $0.isStatic ? $0.weights : [] })
        let moving = particles.indices.filter { !particles[$0].isStatic }
        guard !moving.isEmpty else { return fixed }
        var result = fixed
        let found = try AdaptiveScores(table: table, particles: moving.map { particles[$0] }).logLikelihoods(threads)
        for (index, values) in zip(moving, found) { result[index] = values }
        return result
    }

    /// Σ over segments and members of w_m log P_m(segment), log P_m floored at log ε: the log-linear pool of items up to
    /// a constant. With uncertainty gating w_m is that of the segment (`PoolDimensions.gate`).
    ///
    /// Over the choices of one question the constant is the same, so that their softmax is the log-linear pool over this
    /// finite set. Items of different questions do not compare.
    /// - Returns: [particles][items].
    package static func logLinearScores(of table: SegmentTable, particles: [Mixing], epsilon: Double) -> [[Double]] {
        let members = table.memberCount
        let floor = log(epsilon)
        func known(_ cell: Int) -> Double {
            let value = table.logProbabilities[cell]
            return value.isNaN ? 0 : max(value, floor)
        }
        var sums = [Double](repeating: 0, count: table.itemCount * members)
        for item in 0..<table.itemCount {
            for segment in table.itemOffsets[item]..<table.itemOffsets[item + 1] {
                for member in 0..<members { sums[item * members + member] += known(segment * members + member) }
            }
        }
        return particles.map { particle in
            let weights = particle.weights
            guard weights.count == members, weights.allSatisfy(\.isFinite) else {
                return [Double](repeating: -.infinity, count: table.itemCount)
            }
            return (0..<table.itemCount).map { item in
                guard particle.dimensions.uncertainty != 0 else {
                    return (0..<members).reduce(0) { $0 + weights[$1] * sums[item * members + $1] }
                }
                return (table.itemOffsets[item]..<table.itemOffsets[item + 1]).reduce(0) { sum, segment in
                    let base = segment * members
                    let gated = particle.dimensions.gate(
                        weights, entropies: Array(table.entropies[base..<base + members]))
                    return (0..<members).reduce(sum) { $0 + gated[$1] * known(base + $1) }
                }
            }
        }
    }

    /// Segments mixed at once: what a block gives for 20 particles fits the second-level cache.
    private static let blockSize = 1024

    private static func linear(_ table: SegmentTable, particles: [[Double]]) -> [[Double]] {
        let members = table.memberCount
        let mixtures = particles.map { Mixture($0, members: members) }
        let shares = mixtures.flatMap { $0?.shares ?? [Double](repeating: 0, count: members) }
        var sums = [Double](repeating: 0, count: particles.count * table.itemCount)
        var item = 0
        for start in stride(from: 0, to: table.segmentCount, by: blockSize) {
            let end = min(table.segmentCount, start + blockSize)
            // All particles in one product: [segments of the block × particles].
            let mixed = matrixProduct(
                Array(table.scaled[start * members..<end * members]), shares, m: end - start, n: particles.count,
                k: members, transposeB: true)
            for segment in start..<end {
                while table.itemOffsets[item + 1] <= segment { item += 1 }
                let isFaulty = !table.faultySegments.isEmpty && table.faultySegments.contains(segment)
                for (index, mixture) in mixtures.enumerated() {
                    guard let mixture else { continue }
                    let value = mixed[(segment - start) * particles.count + index]
                    let logarithm =
                        if let single = mixture.single {
                            // A single member is itself, bit for bit.
                            known(table.logProbabilities[segment * members + single])
                        } else if value > 1e-200 && !isFaulty {
                            log(value) + table.shifts[segment]
                        } else {
                            // Members far below one of weight zero underflow against its shift.
                            slow(table, segment: segment, shares: mixture.shares, active: mixture.active)
                        }
                    sums[index * table.itemCount + item] += logarithm
                }
            }
        }
        return mixtures.indices.map { index in
            mixtures[index] == nil
                ? [Double](repeating: -.infinity, count: table.itemCount)
                : Array(sums[index * table.itemCount..<(index + 1) * table.itemCount])
        }
    }

    private static func known(_ value: Double) -> Double { value.isNaN ? -.infinity : value }

    /// Weights as a mixture; nil where they are none.
    private struct Mixture {
        /// Weights over their sum.
        let shares: [Double]
        /// Members of non-zero weight, and the one where there is just one.
        let active: [Int]
        let single: Int?

        init?(_ weights: [Double], members: Int) {
            let sum = weights.reduce(0, +)
            guard weights.count == members, sum.isFinite, abs(sum) > 1e-12 else { return nil }
            shares = weights.map { $0 / sum }
            active = weights.indices.filter { weights[$0] != 0 }
            single = active.count == 1 ? active[0] : nil
        }
    }

    /// One segment with the members that count: a shift of their own, faulty ones left out.
    private static func slow(_ table: SegmentTable, segment: Int, shares: [Double], active: [Int]) -> Double {
        let base = segment * table.memberCount
        return logMixture(active.map { table.logProbabilities[base + $0] }, weights: active.map { shares[$0] })
    }

    /// log Σ w_m P_m / Σ w_m over members that are not faulty (NaN) and have a weight; −∞ where it is no probability.
    static func logMixture(_ logProbabilities: [Double], weights: [Double]) -> Double {
        let usable = weights.indices.filter { weights[$0] != 0 && !logProbabilities[$0].isNaN }
        let shift = usable.reduce(-Double.infinity) { max($0, logProbabilities[$1]) }
        guard shift > -.infinity else { return -.infinity }
        var mixed = 0.0
        var sum = 0.0
        for member in usable {
            mixed += weights[member] * exp(logProbabilities[member] - shift)
            sum += weights[member]
        }
        let ratio = mixed / sum
        return ratio > 0 && ratio.isFinite ? log(ratio) + shift : -.infinity
    }
}
