internal import Foundation

/// The joint segments of many items, ready for scoring particles: everything about them that no weight changes.
package struct SegmentTable: Equatable, Sendable {
    package let memberCount: Int
    /// Where an item's segments begin; one more entry than there are items.
    package private(set) var itemOffsets = [0]
    /// Natural log P_m [segments × members].
    package private(set) var logProbabilities: [Double] = []
    /// By segment: the largest of its log-probabilities; 0 where none is finite.
    package private(set) var shifts: [Double] = []
    /// e^(log P_m − shift) [segments × members], in [0, 1]; 0 where a member was faulty.
    package private(set) var scaled: [Double] = []
    /// Segments where some member was faulty.
    package private(set) var faultySegments: Set<Int> = []
    /// H_m in nats where a segment begins [segments × members]; NaN where it is not known.
    package private(set) var entropies: [Double] = []
    /// The temperatures other than 1 that members can have here, ascending.
    package let temperatures: [Double]
    /// By temperature: natural log P_m of the tempered member [segments × members].
    package private(set) var tempered: [[Double]]
    /// By temperature: e^(log P_m − shift), the shift being that at temperature 1; so not always below 1.
    private(set) var scaledTempered: [[Double]]
    /// As `JointSegments.rows`, of all segments; empty where an item has none.
    package private(set) var rows: [Float] = []

    /// - Parameter temperatures: those that every item's scores come with, in their order; ascending.
    package init(memberCount: Int, temperatures: [Double] = []) {
        self.memberCount = memberCount
        self.temperatures = temperatures
        tempered = [[Double]](repeating: [], count: temperatures.count)
        scaledTempered = tempered
    }

    package var itemCount: Int { itemOffsets.count - 1 }
    package var segmentCount: Int { shifts.count }
    /// Whether the members' whole distributions before every segment are there.
    package var hasRows: Bool {
        segmentCount > 0 && rows.count == segmentCount * memberCount * ByteLattice.symbolCount
    }

    /// Adds an item.
    package mutating func append(_ item: JointSegments) {
        precondition(item.memberCount == memberCount, "an item of \(item.memberCount) members, not \(memberCount)")
        let size = item.count * memberCount
        precondition(
            item.logPartitions.count == temperatures.count * size,
            "an item of \(item.logPartitions.count) partitions, not \(temperatures.count * size)")
        entropies += item.entropies
        rows += item.rows
        for (index, temperature) in temperatures.enumerated() {
            // p^{1/τ} / Z over the tokens of a segment, its last factor the product of their normalisers.
            for cell in 0..<size {
                tempered[index].append(
                    item.logProbabilities[cell] / temperature - item.logPartitions[index * size + cell])
            }
        }
        for segment in 0..<item.count {
            let row = item.logProbabilities[segment * memberCount..<(segment + 1) * memberCount]
            let highest = row.reduce(-Double.infinity) { $1 > $0 ? $1 : $0 }
            let shift = highest > -.infinity ? highest : 0
            if row.contains(where: \.isNaN) { faultySegments.insert(shifts.count) }
            shifts.append(shift)
            for value in row {
                logProbabilities.append(value)
                scaled.append(value.isNaN ? 0 : exp(value - shift))
            }
        }
        let first = itemOffsets[itemCount]
        for index in temperatures.indices {
            for cell in first * memberCount..<shifts.count * memberCount {
                let value = tempered[index][cell]
                scaledTempered[index].append(value.isNaN ? 0 : exp(value - shifts[cell / memberCount]))
            }
        }
        itemOffsets.append(shifts.count)
    }
}
