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

/// The cache rows that each of several queries sees, as runs.
package struct PathRuns: Sendable {
    private(set) var runs: [ts_run] = []
    private var ends: [Int] = []
    /// The queries in order, those together that the kernel takes together: `TS_QUERIES_TOGETHER` in a row, each of which
    /// sees what the one before sees and one cache row more behind it. Others stand alone.
    private(set) var blocks: [Range<Int>] = []
    /// Queries at the end that stand alone as yet, each seeing one row more than the one before.
    private var alone = 0
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
        blocks.removeAll(keepingCapacity: true)
        alone = 0
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
        endPath(length: length)
    }

    /// Keeps the paths whose numbers are in `chosen`, ascending.
    package mutating func keep(_ chosen: [Int]) {
        let all = self
        removeAll()
        for index in chosen {
            let path = all.runs[all.range(index)]
            runs += path
            endPath(length: path.reduce(0) { $0 + Int($1.count) })
        }
    }

    /// Makes a path of the runs behind the last one's, `length` rows in all.
    private mutating func endPath(length: Int) {
        ends.append(runs.count)
        longest = max(longest, length)
        totalLength += length
        let (index, together) = (count - 1, Int(TS_QUERIES_TOGETHER))
        alone = alone > 0 && goesOn(index) ? alone + 1 : 1
        blocks.append(index..<index + 1)
        if alone == together {
            blocks.removeLast(together)
            blocks.append(index + 1 - together..<index + 1)
            alone = 0
        }
    }

    /// Whether path `index` is the one before it and one row more, behind its last.
    private func goesOn(_ index: Int) -> Bool {
        let (path, last) = (runs[range(index)], runs[range(index - 1)])
        guard path.count == last.count, let end = path.last, let lastEnd = last.last else { return false }
        return end.start == lastEnd.start && end.count == lastEnd.count + 1
            && zip(path.dropLast(), last.dropLast()).allSatisfy { $0.start == $1.start && $0.count == $1.count }
    }

    /// The places of path `index` in `runs`.
    func range(_ index: Int) -> Range<Int> {
        (index == 0 ? 0 : ends[index - 1])..<ends[index]
    }
}
