internal import Foundation

/// What a pool's dimensions make of one step over bytes. Every member's whole distribution counts, so that nothing is
/// left unevaluated.
struct ByteAdaptation {
    private let dimensions: PoolDimensions
    private let base: [Double]
    private let pool: PoolSettings
    /// Nil where weights are fixed.
    private var weights: AdaptiveWeights?
    /// By member: its distribution over the next symbol, tempered; nil where it sleeps.
    private var rows: [[Double]?]
    /// The weights of the last step, by member.
    private(set) var inForce: [Double] = []

    /// Bytes of a prompt whose paths are evaluated together.
    static let bytesAtOnce = 32

    /// - Parameter mixing: checked.
    /// - Throws: `CompositionError.badSetting`.
    init(_ mixing: Mixing, _ composition: Composition) throws(CompositionError) {
        guard composition.alignment.epsilon == 0 else {
            // What was dropped would change weights for the rest of the text, and no bound would hold.
            throw .badSetting(
                name: "alignment.epsilon", found: "\(composition.alignment.epsilon)",
                expected: "0 with temperature, uncertainty or recency")
        }
        dimensions = mixing.dimensions
        base = mixing.weights
        pool = composition.pool
        weights = pool.kind == .linear && dimensions.isAdaptive ? AdaptiveWeights(mixing) : nil
        rows = [[Double]?](repeating: nil, count: mixing.weights.count)
    }

    /// Whether weights follow the text, prompt included.
    var followsText: Bool { dimensions.hasRecency }

    /// The mixture over the next symbol.
    /// - Parameter members: the number of each voice's member.
    /// - Throws: `WindowFull`, `CompositionError.allMembersFaulty` with this `position`.
    mutating func row(
        _ voices: [ByteChooser.Voice], members: [Int], chooser: ByteChooser, position: Int
    ) throws -> [Double] {
        rows = [[Double]?](repeating: nil, count: base.count)
        var entropies = [Double](repeating: .nan, count: base.count)
        for (number, (voice, member)) in zip(voices, members).enumerated() {
            guard let row = try chooser.row(of: voice, number: number) else { continue }
            if dimensions.uncertainty != 0 {
                entropies[member] = row.reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
            }
            rows[member] = row.tempered(dimensions.temperature(of: member))
        }
        let isAwake = rows.map { $0 != nil }
        let now: [Double]
        if pool.kind == .logLinear {
            now = dimensions.gate(base, entropies: entropies)
        } else {
            now = weights?.weights(entropies: entropies, isAwake: isAwake) ?? base
        }
        inForce = now
        guard let mixed = mix(now) else { throw CompositionError.allMembersFaulty(position: position) }
        return mixed
    }

    /// Takes in the byte that came after the last `row`.
    mutating func read(_ byte: UInt8) {
        weights?.update(rows.map { $0.map { log($0[Int(byte)]) } ?? .nan })
    }

    private func mix(_ weights: [Double]) -> [Double]? {
        var mixed = [Double](repeating: 0, count: ByteLattice.symbolCount)
        for (row, weight) in zip(rows, weights) where weight != 0 {
            guard let row else { continue }
            for symbol in mixed.indices {
                mixed[symbol] += weight * (pool.kind == .linear ? row[symbol] : log(max(row[symbol], pool.epsilon)))
            }
        }
        guard zip(rows, weights).contains(where: { $0 != nil && $1 != 0 }) else { return nil }
        if pool.kind == .logLinear {
            let highest = mixed.max() ?? 0
            mixed = mixed.map { exp($0 - highest) }
        }
        let sum = mixed.reduce(0) { $0 + max(0, $1) }
        return sum > 0 && sum.isFinite ? mixed.map { max(0, $0) / sum } : nil
    }
}
