internal import CKernels

/// Consecutive rows of a cache.
package struct RowRun: Sendable, Equatable {
    package var start: Int
    package var count: Int

    package init(start: Int, count: Int) {
        self.start = start
        self.count = count
    }
}

/// One layer's keys and values, [heads][capacity][width] each, in floats; rows are padded with zeros to whole vectors.
package final class KeyValueCache {
    package let heads: Int
    package let capacity: Int
    /// Numbers of a key and of a value, at most 4096.
    package let width: Int
    private let keys: FloatRows
    private let values: FloatRows

    /// Pages are claimed when first written. Nil where there is no memory for them.
    package init?(heads: Int, capacity: Int, width: Int) {
        precondition(width > 0 && width <= Int(TS_WIDEST_HEAD), "heads of \(width)")
        let (rows, overflow) = heads.multipliedReportingOverflow(by: capacity)
        guard !overflow, let keys = FloatRows(trying: rows, columns: Self.stride(width)),
            let values = FloatRows(trying: rows, columns: Self.stride(width))
        else { return nil }
        self.heads = heads
        self.capacity = capacity
        self.width = width
        self.keys = keys
        self.values = values
    }

    /// Floats that a row of `width` takes.
    package static func stride(_ width: Int) -> Int { (width + 7) & ~7 }

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
                unsafe keys.row(head * capacity + row).update(
                    from: k.row(index) + keyLayout.offset(head), count: width)
                unsafe values.row(head * capacity + row).update(
                    from: v.row(index) + valueLayout.offset(head), count: width)
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
        let (width, stride) = (width, keys.columns)
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
                            q.row(index) + layout.offset(head), width, stride,
                            runs.baseAddress.map { unsafe $0 + range.lowerBound },
                            range.count, keyRows, valueRows, scale, cap, place, output.row(index) + head * width)
                    }
                }
            }
        }
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
