internal import CKernels
internal import Glibc

/// Consecutive rows of a cache.
package struct RowRun: Sendable, Equatable {
    package var start: Int
    package var count: Int

    package init(start: Int, count: Int) {
        self.start = start
        self.count = count
    }
}

/// How the numbers of a KV cache are stored.
package enum CacheType: String, Sendable, Codable, CaseIterable {
    case f32
    /// Half the memory, numbers to 11 bits.
    case f16
    /// About a quarter: blocks of 32 numbers of 8 bits with an F16 scale, as GGUF's Q8_0.
    case q8_0

    /// Bytes that the `width` numbers of one head's key or value take.
    package func bytes(width: Int) -> Int { ts_cache_row_bytes(kernelType, width) }

    fileprivate var kernelType: ts_type {
        switch self {
        case .f32: TS_F32
        case .f16: TS_F16
        case .q8_0: TS_Q8_0
        }
    }
}

/// How a KV cache stores keys and values.
package struct CacheTypes: Sendable, Codable, Equatable {
    package var keys: CacheType
    package var values: CacheType

    package init(keys: CacheType = .f32, values: CacheType = .f32) {
        self.keys = keys
        self.values = values
    }

    /// Bytes that one head's key and value of `width` numbers take.
    package func bytes(width: Int) -> Int { keys.bytes(width: width) + values.bytes(width: width) }
}

/// One layer's keys and values, [heads][capacity][width] each.
package final class KeyValueCache {
    package let heads: Int
    package let capacity: Int
    /// Numbers of a key and of a value, at most 4096.
    package let width: Int
    private let keys: CacheRows
    private let values: CacheRows

    /// Pages are claimed when first written. Nil where there is no memory for them.
    package init?(heads: Int, capacity: Int, width: Int, types: CacheTypes = CacheTypes()) {
        precondition(width > 0 && width <= Int(TS_WIDEST_HEAD), "heads of \(width)")
        let (rows, overflow) = heads.multipliedReportingOverflow(by: capacity)
        guard !overflow, let keys = CacheRows(types.keys, rows: rows, width: width),
            let values = CacheRows(types.values, rows: rows, width: width)
        else { return nil }
        self.heads = heads
        self.capacity = capacity
        self.width = width
        self.keys = keys
        self.values = values
    }

    /// Stores the keys and values of the first `rows.count` rows of `k` and `v` in cache rows `rows`.
    package func store(
        _ k: FloatRows, _ keyLayout: HeadLayout, _ v: FloatRows, _ valueLayout: HeadLayout, rows: [Int],
        pool: ThreadPool? = nil
    ) {
        precondition(
            keyLayout.width == width && valueLayout.width == width && keyLayout.end <= k.columns
                && valueLayout.end <= v.columns && keyLayout.count == heads && valueLayout.count == heads,
            "keys and values of other shapes")
        precondition(rows.count <= k.rows && rows.count <= v.rows, "\(rows.count) rows of keys and values")
        // Each row's keys and values have places of their own.
        nonisolated(unsafe) let (k, v, keys, values) = (k, v, keys, values)
        let (heads, capacity) = (heads, capacity)
        ThreadPool.forRows(rows.count, of: 4 * heads * width, pool) { index in
            let row = rows[index]
            precondition(row >= 0 && row < capacity, "cache row \(row) of \(capacity)")
            for head in 0..<heads {
                unsafe keys.store(k.row(index) + keyLayout.offset(head), row: head * capacity + row)
                unsafe values.store(v.row(index) + valueLayout.offset(head), row: head * capacity + row)
            }
        }
    }

    /// Queries of one head that a chunk works on at most.
    private static let queriesOfAChunk = 64
    /// Chunks that each thread should find: their lengths differ.
    private static let chunksOfAThread = 8

    /// Attention of the queries in `q` over their paths, into `output` [paths × heads · value width].
    ///
    /// - Parameters:
    ///   - paths: for each query the cache rows it sees, first to last.
    ///   - cap: soft cap of the scores; 0 for none.
    ///   - slopes: ALiBi's, one a head, in bfloat16; none for no ALiBi. Places count from the path's first row.
    package func attend(
        _ q: FloatRows, _ layout: HeadLayout, paths: PathRuns, scale: Float, cap: Float, slopes: [Float] = [],
        into output: FloatRows, pool: ThreadPool
    ) {
        let width = width
        precondition(
            layout.width == width && layout.end <= q.columns && output.columns == layout.count * width
                && layout.count % heads == 0 && paths.count <= q.rows && paths.count <= output.rows,
            "queries of other shapes")
        precondition(slopes.isEmpty || slopes.count == layout.count, "\(slopes.count) slopes of \(layout.count) heads")
        let (heads, capacity) = (heads, capacity)
        precondition(paths.runs.allSatisfy { Int($0.start) + Int($0.count) <= capacity }, "a path outside the cache")
        let group = layout.count / heads
        let blocks = paths.blocks
        let share = blocks.count * heads / (pool.threadCount * Self.chunksOfAThread)
        let blocksOfAChunk = max(1, min(share, Self.queriesOfAChunk / Int(TS_QUERIES_TOGETHER)))
        let pieces = (blocks.count + blocksOfAChunk - 1) / blocksOfAChunk
        let work = paths.totalLength * layout.count * 2 * width
        let parts = heads * pieces
        let chunks = pool.threadCount == 1 || work < 262_144 ? 1 : parts
        let room = (paths.longest + 7) & ~7
        // Each part reads shared inputs and writes its own head's columns of its own queries' rows.
        nonisolated(unsafe) let (q, output, keys, values) = (q, output, keys, values)
        pool.run(chunkCount: chunks) { chunk in
            guard let scores = unsafe ts_scratch(Int(TS_QUERIES_TOGETHER) * room * MemoryLayout<Float>.stride) else {
                return
            }
            let memory = unsafe scores.assumingMemoryBound(to: Float.self)
            for part in Swift.stride(from: chunk, to: parts, by: chunks) {
                // The longest paths first, so that threads end together.
                let (shared, piece) = (part % heads, pieces - 1 - part / heads)
                let first = shared * capacity
                var settings = unsafe ts_head(
                    width: width, key_type: keys.type, value_type: values.type, keys: keys.row(first),
                    values: values.row(first), scale: scale, cap: cap, slope: 0)
                unsafe paths.runs.withUnsafeBufferPointer { runs in
                    for block in blocks[piece * blocksOfAChunk..<min(blocks.count, (piece + 1) * blocksOfAChunk)] {
                        let range = paths.range(block.lowerBound)
                        // Heads that share keys and values find them near, one after another.
                        for head in shared * group..<(shared + 1) * group {
                            unsafe settings.slope = slopes.isEmpty ? 0 : slopes[head]
                            unsafe ts_attention(
                                &settings, q.row(block.lowerBound) + layout.offset(head), q.columns, block.count,
                                runs.baseAddress.map { unsafe $0 + range.lowerBound }, range.count, memory, room,
                                output.row(block.lowerBound) + head * width, output.columns)
                        }
                    }
                }
            }
        }
    }
}

/// Rows of numbers as a KV cache stores them.
@safe private final class CacheRows {
    let type: ts_type
    private let rows: Int
    private let width: Int
    private let rowBytes: Int
    private let base: UnsafeMutableRawPointer

    /// Zeros [rows × width]. Nil where there is no memory for them or they are too many to count.
    init?(_ type: CacheType, rows: Int, width: Int) {
        rowBytes = type.bytes(width: width)
        guard let memory = unsafe calloc(max(1, rows), rowBytes) else { return nil }
        self.type = type.kernelType
        self.rows = rows
        self.width = width
        unsafe base = memory
    }

    deinit {
        unsafe free(base)
    }

    func store(_ numbers: UnsafePointer<Float>, row index: Int) {
        unsafe ts_cache_store(type, numbers, width, UnsafeMutableRawPointer(mutating: row(index)))
    }

    /// The address of row `index`.
    func row(_ index: Int) -> UnsafeRawPointer {
        precondition(index >= 0 && index < rows, "row \(index) of \(rows)")
        return unsafe UnsafeRawPointer(base + index * rowBytes)
    }
}

/// The cache rows that each of several queries sees, as runs.
package struct PathRuns: Sendable {
    fileprivate var runs: [ts_run] = []
    private var ends: [Int] = []
    /// The length of the longest path.
    package private(set) var longest = 0
    /// The sum of all lengths.
    package private(set) var totalLength = 0

    package init() {}

    /// Paths held.
    package var count: Int { ends.count }

    package mutating func removeAll() {
        runs.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        longest = 0
        totalLength = 0
    }

    /// Adds a path given by its runs from the last to the first; only the last `window` rows of it are kept.
    package mutating func append(backwards path: [RowRun], window: Int = .max) {
        let first = runs.count
        var length = 0
        for run in path {
            let taken = min(run.count, window - length)
            guard taken > 0 else { break }
            runs.append(ts_run(start: UInt32(run.start + run.count - taken), count: UInt32(taken)))
            length += taken
        }
        runs[first...].reverse()
        ends.append(runs.count)
        longest = max(longest, length)
        totalLength += length
    }

    /// Keeps the paths whose numbers are in `chosen`, ascending.
    package mutating func keep(_ chosen: [Int]) {
        let all = self
        removeAll()
        for index in chosen {
            let range = all.range(index)
            runs += all.runs[range]
            ends.append(runs.count)
            let length = all.runs[range].reduce(0) { $0 + Int($1.count) }
            longest = max(longest, length)
            totalLength += length
        }
    }

    /// The queries in order, those together that the kernel takes together: so many in a row, each of which sees what the one
    /// before sees and one cache row more behind it. Others stand alone.
    fileprivate var blocks: [Range<Int>] {
        let together = Int(TS_QUERIES_TOGETHER)
        var blocks: [Range<Int>] = []
        var index = 0
        while index < count {
            let end = index + together
            let isBlock = end <= count && (index + 1..<end).allSatisfy { goesOn($0) }
            blocks.append(index..<(isBlock ? end : index + 1))
            index = blocks[blocks.count - 1].upperBound
        }
        return blocks
    }

    /// Whether path `index` is the one before it and one row more, behind its last.
    private func goesOn(_ index: Int) -> Bool {
        let (path, last) = (runs[range(index)], runs[range(index - 1)])
        guard path.count == last.count, let end = path.last, let lastEnd = last.last else { return false }
        return end.start == lastEnd.start && end.count == lastEnd.count + 1
            && zip(path.dropLast(), last.dropLast()).allSatisfy { $0.start == $1.start && $0.count == $1.count }
    }

    fileprivate func range(_ index: Int) -> Range<Int> {
        (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }
}
