package import SwarmKernels

/// How long work talks to its caller: threads to use, progress, and whether to stop.
package struct RunControl: Sendable {
    /// How far a phase is.
    package struct Progress: Sendable, Equatable {
        /// For example `reading almanac: text dev`.
        package var phase: String
        package var done: Int
        package var total: Int
        /// For example the best utility so far; empty for none.
        package var note: String

        package init(phase: String, done: Int, total: Int, note: String = "") {
            self.phase = phase
            self.done = done
            self.total = total
            self.note = note
        }
    }

    package var pool: ThreadPool
    /// Called from any thread, often.
    package var progress: @Sendable (Progress) -> Void
    /// Asked often, from any thread; true stops with `EvaluationError.interrupted`.
    package var isCancelled: @Sendable () -> Bool

    package init(
        pool: ThreadPool = ThreadPool(threadCount: 1), progress: @escaping @Sendable (Progress) -> Void = { _ in },
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) {
        self.pool = pool
        self.progress = progress
        self.isCancelled = isCancelled
    }

    func check() throws(EvaluationError) {
        if isCancelled() { throw .interrupted }
    }
}
