/// A set of byte strings with a number each, for finding all that start at a place of a text.
struct ByteTrie: Sendable {
    // Edges in an open-addressing table: key = node · 256 + byte + 1, 0 is free.
    private var keys: [UInt64]
    private var targets: [Int32]
    /// The number of the string that ends at each node; −1 for none.
    private var values: [Int32] = [-1]
    /// The edges of the root, which every search begins with.
    private var first = [Int32](repeating: -1, count: 256)
    private var used = 0

    init() {
        keys = Array(repeating: 0, count: 64)
        targets = Array(repeating: 0, count: 64)
    }

    var isEmpty: Bool { values.count == 1 }

    @inline(__always)
    private func slot(_ key: UInt64) -> Int {
        let mask = keys.count - 1
        var slot = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 20) & mask
        while keys[slot] != 0, keys[slot] != key { slot = (slot + 1) & mask }
        return slot
    }

    /// The node after `node` along `byte`; −1 for none. The root is node 0.
    @inline(__always)
    func next(_ node: Int32, _ byte: UInt8) -> Int32 {
        if node == 0 { return first[Int(byte)] }
        let slot = slot(UInt64(node) << 8 | UInt64(byte) + 1 << 40)
        return keys[slot] == 0 ? -1 : targets[slot]
    }

    /// The number of the string that ends at `node`; −1 for none.
    @inline(__always)
    func value(_ node: Int32) -> Int32 { values[Int(node)] }

    /// Adds `string` unless it is there; empty strings are not added.
    mutating func insert(_ string: [UInt8], value: Int32) {
        guard !string.isEmpty else { return }
        var node: Int32 = 0
        for byte in string {
            let following = next(node, byte)
            if following >= 0 {
                node = following
                continue
            }
            let new = Int32(values.count)
            values.append(-1)
            if node == 0 {
                first[Int(byte)] = new
            } else {
                if used * 2 >= keys.count { grow() }
                let key = UInt64(node) << 8 | UInt64(byte) + 1 << 40
                let slot = slot(key)
                keys[slot] = key
                targets[slot] = new
                used += 1
            }
            node = new
        }
        if values[Int(node)] < 0 { values[Int(node)] = value }
    }

    private mutating func grow() {
        let (oldKeys, oldTargets) = (keys, targets)
        keys = Array(repeating: 0, count: oldKeys.count * 2)
        targets = Array(repeating: 0, count: oldKeys.count * 2)
        for (key, target) in zip(oldKeys, oldTargets) where key != 0 {
            let slot = slot(key)
            keys[slot] = key
            targets[slot] = target
        }
    }

    /// The longest string that starts at `index` of `text`.
    @inline(__always)
    func longestMatch(_ text: [UInt8], at index: Int, before end: Int) -> (value: Int32, end: Int)? {
        var node: Int32 = 0
        var position = index
        var best: (value: Int32, end: Int)?
        while position < end {
            node = next(node, text[position])
            if node < 0 { break }
            position += 1
            if values[Int(node)] >= 0 { best = (values[Int(node)], position) }
        }
        return best
    }
}
