internal import SwarmFormats

/// Sorted unique byte strings in one blob.
///
/// Keys are bytes and never `String`, which compares by canonical equivalence and would merge different tokens. Byte
/// order makes all keys that start with the same bytes one contiguous range.
package struct ByteKeys: Equatable, Sendable {
    /// All keys, one after another.
    package let blob: [UInt8]
    /// Key `i` is `blob[offsets[i]..<offsets[i + 1]]`; one more entry than there are keys.
    package let offsets: [UInt32]

    /// - Parameters: as stored; strictly ascending keys.
    init(blob: [UInt8], offsets: [UInt32]) {
        self.blob = blob
        self.offsets = offsets
    }

    package var count: Int { offsets.count - 1 }

    package subscript(index: Int) -> ArraySlice<UInt8> { blob[Int(offsets[index])..<Int(offsets[index + 1])] }

    /// The number of `key`; nil when it is not there. O(log count).
    package func index(of key: some Collection<UInt8>) -> Int? {
        let index = lowerBound(of: key)
        return index < count && self[index].elementsEqual(key) ? index : nil
    }

    /// The keys that start with `prefix`, itself included. O(log count).
    package func range(startingWith prefix: [UInt8]) -> Range<Int> {
        let start = lowerBound(of: prefix)
        var (low, high) = (start, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].starts(with: prefix) { low = middle + 1 } else { high = middle }
        }
        return start..<low
    }

    /// The first key that is not less than `key`.
    private func lowerBound(of key: some Collection<UInt8>) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension ByteKeys {
    /// Sorts `strings` and drops repetitions. O(n log n) comparisons, nearly all of them of one machine word.
    /// - Returns: the keys, and for each string the number of its key.
    static func sorting(_ strings: ByteStrings) -> (keys: ByteKeys, indices: [Int32]) {
        struct Item {
            /// The first eight bytes, big-endian, padded with zeros.
            var head: UInt64
            var source: Int32
        }
        func precedes(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Bool {
            if a.count <= 8 || b.count <= 8 { return a.count < b.count }
            return a.dropFirst(8).lexicographicallyPrecedes(b.dropFirst(8))
        }
        var items: [Item] = []
        items.reserveCapacity(strings.count)
        for source in strings.indices {
            let string = strings.slice(source)
            var head: UInt64 = 0
            for index in 0..<8 {
                head = head << 8 | (index < string.count ? UInt64(string[string.startIndex + index]) : 0)
            }
            items.append(Item(head: head, source: Int32(source)))
        }
        items.sort { a, b in
            a.head != b.head ? a.head < b.head : precedes(strings.slice(Int(a.source)), strings.slice(Int(b.source)))
        }
        var blob: [UInt8] = []
        var offsets: [UInt32] = [0]
        var indices = [Int32](repeating: -1, count: strings.count)
        var last: Int?
        for item in items {
            let string = strings.slice(Int(item.source))
            if let previous = last, strings.slice(previous) == string {
                indices[Int(item.source)] = indices[previous]
                continue
            }
            indices[Int(item.source)] = Int32(offsets.count - 1)
            blob += string
            offsets.append(UInt32(blob.count))
            last = Int(item.source)
        }
        return (ByteKeys(blob: blob, offsets: offsets), indices)
    }
}
