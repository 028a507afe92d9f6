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
        // What the caller does alone needs no closure that outlives this call, which is to be allocated.
        guard threadCount > 1, chunkCount > 1 else {
            for chunk in 0..<max(0, chunkCount) { body(chunk) }
            return
        }
        withoutActuallyEscaping(body) { run(ClosureRegion(body: $0), chunkCount: chunkCount, atOnce: 1) }
    }

    /// Runs `region` for ranges that make up `0..<chunkCount` and returns when all are done; allocates nothing.
    ///
    /// Each thread goes through neighbouring chunks, half of those that are left to it at a time, but `most` at most: many for
    /// chunks that are cheaper together than one by one, and so many in all that the last ones are over soon.
    package func run<Work: Region>(_ region: Work, chunkCount: Int, atOnce most: Int) {
        guard chunkCount > 0 else { return }
        guard let pool = unsafe pool, chunkCount > 1 else { return region.run(0..<chunkCount) }
        unsafe withUnsafePointer(to: region) { region in
            unsafe ts_pool_run(pool, chunkCount, most, Work.body, UnsafeMutableRawPointer(mutating: region))
        }
    }
}

/// The work of a region as a value, which stays where its caller has it while threads read it: for regions of every token,
/// since a closure that C is to call has to be allocated.
package protocol Region: Sendable {
    /// Does the work of `chunks`.
    func run(_ chunks: Range<Int>)

    /// Calls `run` of the value at an address with the chunks from one number to before another. Each type writes this
    /// out, as C cannot call what is generic.
    static var body: @convention(c) (UnsafeMutableRawPointer?, Int, Int) -> Void { get }
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

private struct ClosureRegion: Region {
    let body: @Sendable (Int) -> Void

    func run(_ chunks: Range<Int>) {
        for chunk in chunks { body(chunk) }
    }

    static var body: @convention(c) (UnsafeMutableRawPointer?, Int, Int) -> Void {
        { unsafe $0?.assumingMemoryBound(to: Self.self).pointee.run($1..<$2) }
    }
}

/// Runs `body` with denormal numbers treated as zero on this thread, as the pool's threads do.
package func withFlushedDenormals<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure)
    -> Result
{
    let state = ts_flush_denormals()
    defer { ts_restore_denormals(state) }
    return try body()
}
