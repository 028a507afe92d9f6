/// Finds byte strings by value: an open-addressing table of positions in a list that the caller keeps.
///
/// Half the time of a `Set<[UInt8]>`, because keys are mixed eight bytes at a time. The seed is drawn per process, so
/// that no file can be written to make all its keys collide.
package struct ByteKeyIndex: Sendable {
    /// Position + 1 of the key in each slot; 0 is free.
    private var slots: [Int32]
    /// The high half of each slot's hash, compared before the bytes are.
    private var tags: [UInt32]
    private var used = 0

    private static let seed = UInt64.random(in: 0 ... .max)

    /// - Parameter capacity: the number of keys expected; the table grows by itself.
    package init(capacity: Int = 16) {
        var size = 32
        while size < capacity * 2 { size *= 2 }
        slots = Array(repeating: 0, count: size)
        tags = Array(repeating: 0, count: size)
    }

    @inline(__always)
    private static func hash(_ key: [UInt8]) -> UInt64 {
        var hash = seed ^ UInt64(truncatingIfNeeded: key.count) &* 0x9E37_79B9_7F4A_7C15
        var word: UInt64 = 0
        var filled = 0
        func mix(_ value: UInt64) {
            let (high, low) = (hash ^ value).multipliedFullWidth(by: 0x9FB2_1C65_1E98_DF25)
            hash = high ^ low ^ (hash &<< 23 | hash &>> 41)
        }
        for byte in key {
            word = word &<< 8 | UInt64(byte)
            filled += 1
            if filled == 8 {
                mix(word)
                word = 0
                filled = 0
            }
        }
        mix(word)
        mix(UInt64(filled))
        return hash
    }

    /// Inserts `key` at `position` unless an equal key is there.
    /// - Returns: the position of the equal key; nil when it was inserted.
    @inline(__always)
    package mutating func insert(_ key: [UInt8], at position: Int, in keys: (Int) -> [UInt8]) -> Int? {
        if used * 2 >= slots.count { grow(keys) }
        let hash = Self.hash(key)
        let tag = UInt32(truncatingIfNeeded: hash >> 32)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] != 0 {
            let other = Int(slots[slot]) - 1
            if tags[slot] == tag, keys(other) == key { return other }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Int32(position + 1)
        tags[slot] = tag
        used += 1
        return nil
    }

    private mutating func grow(_ keys: (Int) -> [UInt8]) {
        let old = slots
        slots = Array(repeating: 0, count: old.count * 2)
        tags = Array(repeating: 0, count: old.count * 2)
        for entry in old where entry != 0 {
            let hash = Self.hash(keys(Int(entry) - 1))
            var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
            while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = entry
            tags[slot] = UInt32(truncatingIfNeeded: hash >> 32)
        }
    }
}
