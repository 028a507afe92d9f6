internal import SwarmKernels
internal import Synchronization

/// `transform` of every element, in order. Each of the control's threads makes one worker and takes the next element
/// that nobody has, so results do not depend on how many threads there are as long as a worker's answer depends on its
/// element alone.
/// - Parameters:
///   - makeWorker: called at most once a thread, on that thread.
///   - done: called after each element with how many are finished.
/// - Throws: the error of the first element in order that failed, or `EvaluationError.interrupted`.
func parallelMap<Element: Sendable, Result: Sendable>(
    _ elements: [Element], control: RunControl,
    makeWorker: @Sendable () throws -> (Element) throws -> Result,
    done: @Sendable (Int) -> Void = { _ in }
) throws -> [Result] {
    let state = Mutex(ParallelState(results: [Result?](repeating: nil, count: elements.count)))
    control.pool.run(chunkCount: min(control.pool.threadCount, max(1, elements.count))) { _ in
        func claim() -> Int? {
            state.withLock { state in
                guard state.failure == nil, state.next < elements.count, !control.isCancelled() else { return nil }
                defer { state.next += 1 }
                return state.next
            }
        }
        func fail(_ error: any Error, at index: Int) {
            state.withLock { state in
                if state.failure.map({ index < $0.index }) ?? true { state.failure = (index, error) }
            }
        }
        var index = claim()
        guard index != nil else { return }
        do {
            let work = try withFlushedDenormals(makeWorker)
            while let current = index {
                // The pool's own threads flush denormals; the calling one must give the same bits.
                let result = try withFlushedDenormals { try work(elements[current]) }
                done(
                    state.withLock { state in
                        state.results[current] = result
                        state.finished += 1
                        return state.finished
                    })
                index = claim()
            }
        } catch {
            fail(error, at: index ?? 0)
        }
    }
    return try state.withLock { state in
        if let failure = state.failure { throw failure.error }
        let results = state.results.compactMap(\.self)
        guard results.count == elements.count else { throw EvaluationError.interrupted }
        return results
    }
}

private struct ParallelState<Result: Sendable>: Sendable {
    var results: [Result?]
    var failure: (index: Int, error: any Error)?
    var next = 0
    var finished = 0

    init(results: [Result?]) { self.results = results }
}
