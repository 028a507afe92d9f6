/// Finds an object's members by key while it is parsed: an open-addressing table of positions in the list of members.
///
/// Keys are mixed eight bytes at a time. The seed is drawn per process, so that no file can be written to make all its
/// keys collide.
struct ByteKeyIndex: Sendable {
    /// Position + 1 of the key in each slot; 0 is free.
    private var slots: [Int32]
    /// Each slot's hash, compared before the bytes are and enough to grow the table.
    private var hashes: [UInt64]
    private var used = 0

    private static let seed = UInt64.random(in: 0 ... .max)

    init() {
        slots = Array(repeating: 0, count: 64)
        hashes = Array(repeating: 0, count: 64)
    }

    @inline(__always)
    private static func hash(_ key: [UInt8]) -> UInt64 {
        var hash = seed ^ UInt64(truncatingIfNeeded: key.count) &* 0x9E37_79B9_7F4A_7C15
        var word: UInt64 = 0
        var filled = 0
        for byte in key {
            word = word &<< 8 | UInt64(byte)
            filled &+= 1
            if filled == 8 {
                let (high, low) = (hash ^ word).multipliedFullWidth(by: 0x9FB2_1C65_1E98_DF25)
                hash = high ^ low ^ (hash &<< 23 | hash &>> 41)
                word = 0
                filled = 0
            }
        }
        let (high, low) = (hash ^ word).multipliedFullWidth(by: 0x9FB2_1C65_1E98_DF25)
        return high ^ low ^ hash &>> 29
    }

    /// Inserts `key`, which will be the member at `position`, unless an equal key is there.
    /// - Parameter members: the members before it.
    /// - Returns: whether it was inserted.
    mutating func insert(_ key: [UInt8], at position: Int, in members: [(key: [UInt8], value: JSON)]) -> Bool {
        if used * 2 >= slots.count { grow() }
        let hash = Self.hash(key)
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot] != 0 {
            if hashes[slot] == hash, members[Int(slots[slot]) - 1].key == key { return false }
            slot = (slot + 1) & mask
        }
        slots[slot] = Int32(truncatingIfNeeded: position + 1)
        hashes[slot] = hash
        used += 1
        return true
    }

    private mutating func grow() {
        let (oldSlots, oldHashes) = (slots, hashes)
        slots = Array(repeating: 0, count: oldSlots.count * 4)
        hashes = Array(repeating: 0, count: oldSlots.count * 4)
        let mask = slots.count - 1
        for index in oldSlots.indices where oldSlots[index] != 0 {
            var slot = Int(truncatingIfNeeded: oldHashes[index]) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = oldSlots[index]
            hashes[slot] = oldHashes[index]
        }
    }
}
