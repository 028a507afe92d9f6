internal import SwarmFormats

/// A text on its way through normalizers, which knows for every byte where in the original text it ends.
struct AlignedText: Sendable {
    var bytes: [UInt8]
    /// `ends[i]` is the offset in the original text just after what byte `i` came from; nil while nothing has
    /// changed, when byte `i` ends at `origin + i + 1`.
    var ends: [Int32]?
    /// The offset in the original text where this text starts.
    var origin: Int
    /// Where what the first byte came from starts: after `origin` where a normalizer dropped what stood before it.
    var firstStart: Int

    init(_ bytes: [UInt8], origin: Int) {
        self.bytes = bytes
        self.origin = origin
        firstStart = origin
    }

    /// The original offset just after byte `index`.
    @inline(__always)
    func end(_ index: Int) -> Int {
        if let ends { return Int(ends[index]) }
        return origin + index + 1
    }

    /// The original offset at which byte `index` starts: where the one before it ends.
    func start(_ index: Int) -> Int { index == 0 ? firstStart : end(index - 1) }

    /// Rewrites the text piece by piece.
    struct Builder {
        let source: AlignedText
        var bytes: [UInt8] = []
        var ends: [Int32] = []
        private var firstStart: Int?

        /// - Parameter capacity: how many bytes the result is likely to have; about those of the source by default.
        init(_ source: AlignedText, capacity: Int? = nil) {
            self.source = source
            bytes.reserveCapacity(capacity ?? source.bytes.count + 16)
            ends.reserveCapacity(capacity ?? source.bytes.count + 16)
        }

        /// Copies `range` of the source.
        @inline(__always)
        mutating func keep(_ range: Range<Int>) {
            if firstStart == nil, !range.isEmpty { firstStart = source.start(range.lowerBound) }
            // Most callers copy a scalar at a time.
            if range.count <= 4 {
                for index in range {
                    bytes.append(source.bytes[index])
                    ends.append(Int32(truncatingIfNeeded: source.end(index)))
                }
                return
            }
            bytes.append(contentsOf: source.bytes[range])
            if let known = source.ends {
                ends.append(contentsOf: known[range])
            } else {
                let first = Int32(truncatingIfNeeded: source.origin + range.lowerBound + 1)
                ends.append(contentsOf: first..<first &+ Int32(truncatingIfNeeded: range.count))
            }
        }

        /// Writes `replacement`, which came from `range` of the source.
        mutating func replace(_ range: Range<Int>, with replacement: some Sequence<UInt8>) {
            let end = Int32(
                truncatingIfNeeded: range.isEmpty ? source.start(range.lowerBound) : source.end(range.upperBound - 1))
            for byte in replacement {
                if firstStart == nil { firstStart = source.start(range.lowerBound) }
                bytes.append(byte)
                ends.append(end)
            }
        }

        /// Writes `replacement`, which is not empty and came from byte `index` of the source.
        @inline(__always)
        mutating func replaceByte(_ index: Int, with replacement: [UInt8]) {
            if firstStart == nil { firstStart = source.start(index) }
            bytes.append(contentsOf: replacement)
            let end = Int32(truncatingIfNeeded: source.end(index))
            for _ in replacement { ends.append(end) }
        }

        mutating func replace(_ range: Range<Int>, withScalar scalar: UInt32) {
            var encoded: [UInt8] = []
            UnicodeText.append(scalar, to: &encoded)
            replace(range, with: encoded)
        }

        func finish() -> AlignedText {
            var result = AlignedText(bytes, origin: source.origin)
            result.ends = ends
            result.firstStart = firstStart ?? source.firstStart
            return result
        }
    }

    /// Calls `body` with every scalar and its range; stray bytes come as nil.
    @inline(__always)
    func forEachScalar(_ body: (UInt32?, Range<Int>) -> Void) {
        var index = 0
        while index < bytes.count {
            let (scalar, length) = UnicodeText.decodeScalar(bytes, at: index)
            body(scalar, index..<index + length)
            index += length
        }
    }
}
