/// The merges of a BPE vocabulary: a pair of ids to its rank and the id it becomes.
struct MergeTable: Sendable {
    // Open addressing; an id pair is never all ones.
    private var keys: [UInt64]
    private var values: [UInt64]
    private(set) var count = 0
    private static let free = UInt64.max

    init(capacity: Int = 16) {
        var size = 32
        while size < capacity * 2 { size *= 2 }
        keys = Array(repeating: Self.free, count: size)
        values = Array(repeating: 0, count: size)
    }

    @inline(__always)
    private func slot(_ key: UInt64) -> Int {
        let mask = keys.count - 1
        var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 24) & mask
        while keys[slot] != key, keys[slot] != Self.free { slot = (slot + 1) & mask }
        return slot
    }

    @inline(__always)
    private func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// Sets the merge of a pair; a later one with the same pair replaces the earlier, as in the reference.
    mutating func insert(_ left: Int32, _ right: Int32, rank: Int, id: Int32) {
        if (count + 1) * 2 > keys.count {
            let (oldKeys, oldValues) = (keys, values)
            keys = Array(repeating: Self.free, count: oldKeys.count * 2)
            values = Array(repeating: 0, count: oldKeys.count * 2)
            for (key, value) in zip(oldKeys, oldValues) where key != Self.free {
                let slot = slot(key)
                keys[slot] = key
                values[slot] = value
            }
        }
        let key = key(left, right)
        let slot = slot(key)
        if keys[slot] == Self.free { count += 1 }
        keys[slot] = key
        values[slot] = UInt64(UInt32(truncatingIfNeeded: rank)) << 32 | UInt64(UInt32(bitPattern: id))
    }

    /// Calls `body` with every pair.
    func forEachPair(_ body: (_ left: Int32, _ right: Int32) -> Void) {
        for key in keys where key != Self.free {
            body(Int32(truncatingIfNeeded: key >> 32), Int32(truncatingIfNeeded: key))
        }
    }

    @inline(__always)
    func find(_ left: Int32, _ right: Int32) -> (rank: UInt32, id: Int32)? {
        let slot = slot(key(left, right))
        guard keys[slot] != Self.free else { return nil }
        let value = values[slot]
        return (UInt32(truncatingIfNeeded: value >> 32), Int32(truncatingIfNeeded: value))
    }
}
