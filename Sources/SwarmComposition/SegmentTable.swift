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

    package init(memberCount: Int) { self.memberCount = memberCount }

    package var itemCount: Int { itemOffsets.count - 1 }
    package var segmentCount: Int { shifts.count }

    /// Adds an item.
    package mutating func append(_ item: JointSegments) {
        precondition(item.memberCount == memberCount, "an item of \(item.memberCount) members, not \(memberCount)")
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
        itemOffsets.append(shifts.count)
    }
}
