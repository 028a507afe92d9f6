internal import SwarmFormats
package import SwarmTokenizers

/// The tokens of one member that text can spell, sorted by their bytes: all that begin with the same bytes are one
/// contiguous range, found byte by byte by binary search.
///
/// Text and byte tokens are in it; tokens that end a text and other control tokens are not, for no bytes spell them. Two
/// tokens of the same bytes (a byte token and a letter) lie beside each other, the lower id first.
package struct PrefixIndex: Sendable {
    /// The tokens that begin with some bytes: positions in `tokens`, and how many bytes they are known to share.
    package struct Range: Equatable, Sendable {
        package var low: Int
        package var high: Int
        /// Bytes that all tokens of the range begin with.
        package var depth: Int

        package init(low: Int, high: Int, depth: Int) {
            self.low = low
            self.high = high
            self.depth = depth
        }

        package var isEmpty: Bool { low >= high }
    }

    /// In byte order.
    package let tokens: [TokenID]
    /// The bytes of the longest token.
    package let longest: Int
    /// By token id: its position in `tokens`, −1 where text does not spell it.
    package let positions: [Int32]
    private let blob: [UInt8]
    /// One more entry than there are tokens.
    private let offsets: [Int32]
    /// Where the tokens that begin with a byte start: 257 entries.
    private let firstBytes: [Int32]

    /// - Parameters:
    ///   - tokenBytes: by token id.
    ///   - isSpelled: by token id, at most as many; whether text can spell it. Tokens of no bytes are left out.
    package init(tokenBytes: TokenBytes, isSpelled: [Bool]) {
        let ids = isSpelled.indices.filter { isSpelled[$0] && $0 < tokenBytes.count && tokenBytes.count(of: $0) > 0 }
        let (keys, keyOfEntry) = ByteKeys.sorting(ByteStrings(ids.lazy.map { tokenBytes[$0] }))
        // Entries by key, lower ids first: a counting sort.
        var starts = [Int](repeating: 0, count: keys.count + 1)
        for key in keyOfEntry { starts[Int(key) + 1] += 1 }
        for key in 0..<keys.count { starts[key + 1] += starts[key] }
        var tokens = [TokenID](repeating: TokenID(0), count: ids.count)
        for (entry, key) in keyOfEntry.enumerated() {
            tokens[starts[Int(key)]] = TokenID(ids[entry])
            starts[Int(key)] += 1
        }
        var positions = [Int32](repeating: -1, count: tokenBytes.count)
        var blob: [UInt8] = []
        var offsets: [Int32] = [0]
        var firstBytes = [Int32](repeating: 0, count: 257)
        for (position, token) in tokens.enumerated() {
            let bytes = tokenBytes.slice(token.index)
            positions[token.index] = Int32(position)
            blob += bytes
            offsets.append(Int32(blob.count))
            firstBytes[Int(bytes[bytes.startIndex]) + 1] += 1
        }
        for byte in 0..<256 { firstBytes[byte + 1] += firstBytes[byte] }
        self.tokens = tokens
        self.positions = positions
        self.blob = blob
        self.offsets = offsets
        self.firstBytes = firstBytes
        longest = ids.reduce(0) { max($0, tokenBytes.count(of: $1)) }
    }

    /// All tokens.
    package var all: Range { Range(low: 0, high: tokens.count, depth: 0) }

    /// The positions of the tokens that begin with `byte`.
    package func positions(startingWith byte: UInt8) -> Swift.Range<Int> {
        Int(firstBytes[Int(byte)])..<Int(firstBytes[Int(byte) + 1])
    }

    /// The tokens of `range` that are its shared bytes and no more.
    package func exact(_ range: Range) -> Swift.Range<Int> {
        var end = range.low
        while end < range.high && length(end) == range.depth { end += 1 }
        return range.low..<end
    }

    /// The tokens of `range` whose next byte is `byte`; empty where there is none. O(log n).
    package func narrow(_ range: Range, by byte: UInt8) -> Range {
        if range.depth == 0 {
            let first = positions(startingWith: byte)
            return Range(
                low: max(range.low, first.lowerBound), high: min(range.high, first.upperBound), depth: 1)
        }
        let start = exact(range).upperBound
        let low = firstPosition(in: start..<range.high, depth: range.depth, notBelow: UInt16(byte))
        let high = firstPosition(in: low..<range.high, depth: range.depth, notBelow: UInt16(byte) + 1)
        return Range(low: low, high: high, depth: range.depth + 1)
    }

    /// Calls `body` with every byte that goes on the shared bytes of `range` in some token, ascending, and the positions
    /// of those tokens.
    package func forEachNextByte(of range: Range, _ body: (UInt8, Swift.Range<Int>) -> Void) {
        var low = exact(range).upperBound
        while low < range.high {
            let byte = nextByte(low, range.depth)
            var high = low + 1
            if high < range.high && nextByte(high, range.depth) == byte {
                // Doubling steps, then halving: most runs are short.
                var step = 1
                while high + step < range.high && nextByte(high + step, range.depth) == byte {
                    high += step
                    step *= 2
                }
                high = firstPosition(
                    in: high..<min(range.high, high + step), depth: range.depth, notBelow: UInt16(byte) + 1)
            }
            body(byte, low..<high)
            low = high
        }
    }

    /// The bytes of the token at `position`.
    package func bytes(at position: Int) -> ArraySlice<UInt8> {
        blob[Int(offsets[position])..<Int(offsets[position + 1])]
    }

    @inline(__always)
    private func length(_ position: Int) -> Int { Int(offsets[position + 1] - offsets[position]) }

    @inline(__always)
    private func nextByte(_ position: Int, _ depth: Int) -> UInt8 { blob[Int(offsets[position]) + depth] }

    /// The first of `positions`, all longer than `depth`, whose byte there is at least `bound`.
    private func firstPosition(in positions: Swift.Range<Int>, depth: Int, notBelow bound: UInt16) -> Int {
        var (low, high) = (positions.lowerBound, positions.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if UInt16(nextByte(middle, depth)) < bound { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
