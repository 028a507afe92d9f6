/// A word as a chain of symbols that are merged pair by pair, the best pair first and the leftmost of equals.
///
/// O(n log n) by a heap of pairs whose stale entries are skipped; short words are scanned instead.
struct SymbolMerger: Sendable {
    private(set) var ids: [Int32] = []
    /// Where each symbol ends in the text.
    private(set) var ends: [Int32] = []
    /// Where each symbol starts in the text.
    private(set) var starts: [Int32] = []
    private var previous: [Int32] = []
    private var next: [Int32] = []
    // What merging a symbol with the one after it gives; the rank is `none` where they do not merge.
    private var ranks: [UInt32] = []
    private var merged: [Int32] = []
    private var heap: [UInt64] = []

    static let none = UInt32.max

    init() {}

    mutating func removeAll() {
        ids.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
    }

    var count: Int { ids.count }

    @inline(__always)
    mutating func append(_ id: Int32, start: Int, end: Int) {
        ids.append(id)
        starts.append(Int32(truncatingIfNeeded: start))
        ends.append(Int32(truncatingIfNeeded: end))
    }

    /// Merges until no pair has a rank.
    /// - Parameter pair: rank and id of merging the symbols at two positions of this chain; nil where they do not.
    @inline(__always)
    mutating func mergeAll(_ pair: (borrowing SymbolMerger, Int, Int) -> (rank: UInt32, id: Int32)?) {
        let count = ids.count
        guard count > 1 else { return }
        if count <= 40 { mergeShort(pair) } else { mergeLong(pair) }
    }

    @inline(__always)
    private mutating func mergeShort(_ pair: (borrowing SymbolMerger, Int, Int) -> (rank: UInt32, id: Int32)?) {
        ranks.removeAll(keepingCapacity: true)
        merged.removeAll(keepingCapacity: true)
        for index in 0..<ids.count {
            let result = index + 1 < ids.count ? pair(self, index, index + 1) : nil
            ranks.append(result?.rank ?? Self.none)
            merged.append(result?.id ?? 0)
        }
        while true {
            var best = Self.none
            var at = 0
            for index in 0..<ranks.count where ranks[index] < best {
                best = ranks[index]
                at = index
            }
            guard best != Self.none else { return }
            ids[at] = merged[at]
            ends[at] = ends[at + 1]
            ids.remove(at: at + 1)
            ends.remove(at: at + 1)
            starts.remove(at: at + 1)
            ranks.remove(at: at + 1)
            merged.remove(at: at + 1)
            let right = at + 1 < ids.count ? pair(self, at, at + 1) : nil
            ranks[at] = right?.rank ?? Self.none
            merged[at] = right?.id ?? 0
            if at > 0 {
                let left = pair(self, at - 1, at)
                ranks[at - 1] = left?.rank ?? Self.none
                merged[at - 1] = left?.id ?? 0
            }
        }
    }

    @inline(__always)
    private mutating func mergeLong(_ pair: (borrowing SymbolMerger, Int, Int) -> (rank: UInt32, id: Int32)?) {
        let count = ids.count
        previous = (0..<count).map { Int32($0) - 1 }
        next = (0..<count).map { $0 + 1 < count ? Int32($0) + 1 : -1 }
        ranks = Array(repeating: Self.none, count: count)
        merged = Array(repeating: 0, count: count)
        heap.removeAll(keepingCapacity: true)
        for index in 0..<count - 1 {
            if let result = pair(self, index, index + 1) {
                ranks[index] = result.rank
                merged[index] = result.id
                push(UInt64(result.rank) << 32 | UInt64(index))
            }
        }
        while let entry = pop() {
            let at = Int(entry & 0xFFFF_FFFF)
            guard ranks[at] != Self.none, UInt64(ranks[at]) == entry >> 32 else { continue }
            let gone = Int(next[at])
            ids[at] = merged[at]
            ends[at] = ends[gone]
            ids[gone] = -1
            ranks[gone] = Self.none
            let after = Int(next[gone])
            next[at] = Int32(after)
            if after >= 0 { previous[after] = Int32(at) }
            update(at, after, pair)
            let before = Int(previous[at])
            if before >= 0 { update(before, at, pair) }
        }
        // The chain, closed up.
        var length = 0
        var index = 0
        while index >= 0 {
            ids[length] = ids[index]
            starts[length] = starts[index]
            ends[length] = ends[index]
            length += 1
            index = Int(next[index])
        }
        ids.removeLast(count - length)
        starts.removeLast(count - length)
        ends.removeLast(count - length)
    }

    @inline(__always)
    private mutating func update(
        _ left: Int, _ right: Int, _ pair: (borrowing SymbolMerger, Int, Int) -> (rank: UInt32, id: Int32)?
    ) {
        guard right >= 0, let result = pair(self, left, right) else {
            ranks[left] = Self.none
            return
        }
        ranks[left] = result.rank
        merged[left] = result.id
        push(UInt64(result.rank) << 32 | UInt64(left))
    }

    @inline(__always)
    private mutating func push(_ entry: UInt64) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if heap[parent] <= entry { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = entry
    }

    @inline(__always)
    private mutating func pop() -> UInt64? {
        guard let top = heap.first, let last = heap.popLast() else { return nil }
        let count = heap.count
        guard count > 0 else { return top }
        var parent = 0
        while true {
            var child = 2 * parent + 1
            if child >= count { break }
            if child + 1 < count, heap[child + 1] < heap[child] { child += 1 }
            if heap[child] >= last { break }
            heap[parent] = heap[child]
            parent = child
        }
        heap[parent] = last
        return top
    }
}
