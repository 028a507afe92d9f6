internal import Foundation
internal import SwarmKernels
internal import Synchronization

extension Pool {
    /// log P(item) under the log-linear pool over bytes,
    ///
    ///     log P(b) = Σ_m w_m log p_m(b) − log Σ_b′ Π_m p_m(b′)^{w_m}     over 256 bytes and the end,
    ///
    /// log p_m floored at log ε. A member that was faulty has no part in a byte; with uncertainty gating w_m is that of the
    /// byte (`PoolDimensions.gate`). One member alone to the power of 1 is itself, without a floor.
    /// - Returns: [particles][items]; −∞ for particles that are no composition.
    /// - Throws: `CompositionError.logLinearNeedsDistributions` where the table has no rows.
    static func logLinear(
        _ table: SegmentTable, particles: [Mixing], pool: PoolSettings, threads: ThreadPool?
    ) throws(CompositionError) -> [[Double]] {
        guard table.hasRows else { throw .logLinearNeedsDistributions }
        let results = Mutex([[Double]](repeating: [], count: table.itemCount))
        let body: @Sendable (Int) -> Void = { item in
            var sums = [Double](repeating: 0, count: particles.count)
            for segment in table.itemOffsets[item]..<table.itemOffsets[item + 1] {
                let step = LogLinearStep(table, segment: segment, epsilon: pool.epsilon)
                for (index, particle) in particles.enumerated() { sums[index] += step.logProbability(particle) }
            }
            results.withLock { $0[item] = sums }
        }
        if let threads {
            threads.run(chunkCount: table.itemCount, body)
        } else {
            for item in 0..<table.itemCount { body(item) }
        }
        let found = results.withLock { $0 }
        return particles.indices.map { particle in
            found.map { $0[particle].isNaN ? -.infinity : $0[particle] }
        }
    }
}

/// One byte of the log-linear pool: what its members say, floored.
private struct LogLinearStep {
    private let members: Int
    /// By member: log p of the byte that came; NaN where its logits were faulty.
    private let targets: [Double]
    private let floor: Double
    private let entropies: [Double]
    /// By member and symbol.
    private let rows: [Float]

    init(_ table: SegmentTable, segment: Int, epsilon: Double) {
        let symbols = ByteLattice.symbolCount
        members = table.memberCount
        let base = segment * members
        floor = log(epsilon)
        targets = Array(table.logProbabilities[base..<base + members])
        entropies = Array(table.entropies[base..<base + members])
        let least = Float(floor)
        rows = table.rows[base * symbols..<(base + members) * symbols].map { $0 > least ? $0 : least }
    }

    func logProbability(_ particle: Mixing) -> Double {
        var weights = particle.weights
        guard weights.count == members, weights.allSatisfy(\.isFinite) else { return -.infinity }
        let active = weights.indices.filter { weights[$0] != 0 }
        // A single member to the power of 1 is itself, bit for bit.
        if active.count == 1, weights[active[0]] == 1 { return targets[active[0]] }
        if particle.dimensions.uncertainty != 0 {
            weights = particle.dimensions.gate(weights, entropies: entropies)
        }
        let symbols = ByteLattice.symbolCount
        var mixed = [Float](repeating: 0, count: symbols)
        var target = 0.0
        var speaks = false
        for member in active where !targets[member].isNaN {
            speaks = true
            target += weights[member] * max(targets[member], floor)
            let weight = Float(weights[member])
            let base = member * symbols
            for symbol in 0..<symbols { mixed[symbol] += weight * rows[base + symbol] }
        }
        return speaks ? target - logSumExp(mixed[...]) : -.infinity
    }
}
