internal import CKernels

/// A fixed set of threads that run numbered chunks of one region at a time.
///
/// Results never depend on `threadCount`: chunks are handed out in any order, so a chunk must write only its own output.
/// Between regions the threads spin for some tens of microseconds, then sleep. A region begun while another runs (from
/// a chunk, or from another thread) is done by its caller alone.
@safe package final class ThreadPool: Sendable {
    /// Threads that take part, the caller included; at least 1.
    package let threadCount: Int
    /// The C pool; nil where there is only the caller. It does its own locking.
    nonisolated(unsafe) private let pool: OpaquePointer?

    /// A pool of `threadCount` threads, the calling one included. 1 starts no thread.
    package init(threadCount: Int) {
        self.threadCount = max(1, threadCount)
        unsafe pool = threadCount > 1 ? ts_pool_create(threadCount - 1) : nil
    }

    deinit {
        unsafe ts_pool_destroy(pool)
    }

    /// Runs `body(chunk)` for every chunk in `0..<chunkCount` and returns when all are done.
    package func run(chunkCount: Int, _ body: @Sendable (Int) -> Void) {
        run(chunkCount: chunkCount, atOnce: 1) { for chunk in $0 { body(chunk) } }
    }

    /// Runs `body` for ranges that make up `0..<chunkCount` and returns when all are done.
    ///
    /// Each thread goes through neighbouring chunks, half of those that are left to it at a time: for chunks that are cheaper
    /// together than one by one, and so many that the last ones are over soon.
    package func run(rangesOf chunkCount: Int, _ body: @Sendable (Range<Int>) -> Void) {
        run(chunkCount: chunkCount, atOnce: chunkCount, body)
    }

    private func run(chunkCount: Int, atOnce most: Int, _ body: @Sendable (Range<Int>) -> Void) {
        guard chunkCount > 0 else { return }
        guard let pool = unsafe pool, chunkCount > 1 else { return body(0..<chunkCount) }
        withoutActuallyEscaping(body) { body in
            var region = Region(body: body)
            unsafe withUnsafeMutablePointer(to: &region) { region in
                unsafe ts_pool_run(pool, chunkCount, most, runChunks, region)
            }
        }
    }
}

extension ThreadPool {
    /// Numbers worked on one by one that are worth a chunk: a microsecond of arithmetic.
    private static let chunkNumbers = 4096

    /// Runs `body(row)` for every row in `0..<rows`, each of which works on some `numbers` numbers of its own; by the
    /// threads of `pool` where there are enough of them.
    static func forRows(_ rows: Int, of numbers: Int, _ pool: ThreadPool?, _ body: @Sendable (Int) -> Void) {
        let worth = rows * numbers / chunkNumbers
        guard let pool, pool.threadCount > 1, worth > 1 else {
            for row in 0..<rows { body(row) }
            return
        }
        let chunks = min(rows, worth, pool.threadCount * 4)
        pool.run(chunkCount: chunks) { chunk in
            for row in rows * chunk / chunks..<rows * (chunk + 1) / chunks { body(row) }
        }
    }

    /// Runs `body` for every one of `elements`, each on one thread.
    ///
    /// The caller promises what the compiler cannot see: the work on one element touches nothing that the work on another
    /// changes.
    package func run<Element>(apart elements: [Element], _ body: (Element) -> Void) {
        withoutActuallyEscaping(body) { body in
            nonisolated(unsafe) let (elements, body) = (elements, body)
            unsafe run(chunkCount: elements.count) { unsafe body(elements[$0]) }
        }
    }
}

/// A region's body where C can point to it.
private struct Region {
    let body: @Sendable (Range<Int>) -> Void
}

private func runChunks(_ context: UnsafeMutableRawPointer?, _ first: Int, _ end: Int) {
    guard let context = unsafe context else { return }
    unsafe context.assumingMemoryBound(to: Region.self).pointee.body(first..<end)
}

/// Runs `body` with denormal numbers treated as zero on this thread, as the pool's threads do.
package func withFlushedDenormals<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure)
    -> Result
{
    let state = ts_flush_denormals()
    defer { ts_restore_denormals(state) }
    return try body()
}
