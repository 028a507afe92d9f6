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
    package func store(_ k: FloatRows, _ keyLayout: HeadLayout, _ v: FloatRows, _ valueLayout: HeadLayout, rows: [Int])
    {
        precondition(
            keyLayout.width == width && valueLayout.width == width && keyLayout.end <= k.columns
                && valueLayout.end <= v.columns && keyLayout.count == heads && valueLayout.count == heads,
            "keys and values of other shapes")
        for (index, row) in rows.enumerated() {
            precondition(row >= 0 && row < capacity, "cache row \(row) of \(capacity)")
            for head in 0..<heads {
                unsafe keys.store(k.row(index) + keyLayout.offset(head), row: head * capacity + row)
                unsafe values.store(v.row(index) + valueLayout.offset(head), row: head * capacity + row)
            }
        }
    }

    /// Attention of the queries in `q` over their paths, into `output` [paths × heads · value width].
    ///
    /// - Parameters:
    ///   - paths: for each query the cache rows it sees, first to last.
    ///   - scores: working memory, one at a time.
    ///   - cap: soft cap of the scores; 0 for none.
    package func attend(
        _ q: FloatRows, _ layout: HeadLayout, paths: PathRuns, scale: Float, cap: Float, scores: AttentionScratch,
        into output: FloatRows, pool: ThreadPool
    ) {
        let width = width
        precondition(
            layout.width == width && layout.end <= q.columns && output.columns == layout.count * width
                && layout.count % heads == 0 && paths.count <= q.rows && paths.count <= output.rows,
            "queries of other shapes")
        let capacity = capacity
        precondition(paths.runs.allSatisfy { Int($0.start) + Int($0.count) <= capacity }, "a path outside the cache")
        let group = layout.count / heads
        let work = paths.totalLength * layout.count * 2 * width
        let chunks = pool.threadCount == 1 || work < 262_144 ? 1 : min(layout.count, pool.threadCount * 2)
        let buffers = scores.rows(chunks, columns: (paths.longest + 7) & ~7)
        // A chunk is every `chunks`-th head: it reads shared inputs and writes its own heads' columns.
        nonisolated(unsafe) let (q, output, keys, values) = (q, output, keys, values)
        nonisolated(unsafe) let memory = buffers
        pool.run(chunkCount: chunks) { chunk in
            let place = unsafe memory.row(chunk)
            for head in Swift.stride(from: chunk, to: layout.count, by: chunks) {
                let first = head / group * capacity
                let (keyRows, valueRows) = unsafe (keys.row(first), values.row(first))
                unsafe paths.runs.withUnsafeBufferPointer { runs in
                    for index in 0..<paths.count {
                        let range = paths.range(index)
                        unsafe ts_attention(
                            q.row(index) + layout.offset(head), width,
                            runs.baseAddress.map { unsafe $0 + range.lowerBound }, range.count, keys.type, keyRows,
                            values.type, valueRows, scale, cap, place, output.row(index) + head * width)
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

/// Working memory for attention scores that grows as paths do.
package final class AttentionScratch {
    private var memory = FloatRows(rows: 1, columns: 64)

    package init() {}

    fileprivate func rows(_ rows: Int, columns: Int) -> FloatRows {
        if memory.rows < rows || memory.columns < columns {
            memory = FloatRows(rows: max(rows, memory.rows), columns: max(columns, 2 * memory.columns))
        }
        return memory
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

    fileprivate func range(_ index: Int) -> Range<Int> {
        (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }
}
