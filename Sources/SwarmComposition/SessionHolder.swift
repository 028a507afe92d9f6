internal import SwarmKernels
internal import SwarmModels

/// A member's session, made again with more room when it gets too small: a long context is paid for only when used.
final class SessionHolder {
    private let model: any LanguageModel
    private let pool: ThreadPool
    private var capacity = 0
    /// Room for branches and guesses beside a text that fills the window: each that found none would have the whole text
    /// evaluated again.
    private static let besideText = 512
    private var current: (any ModelSession)?

    init(model: any LanguageModel, pool: ThreadPool) {
        self.model = model
        self.pool = pool
    }

    /// A session with room for `count` tokens at once.
    /// - Returns: `isNew` when it is another one than last time: nodes of the last one mean nothing to it.
    func session(holding count: Int) -> (session: any ModelSession, isNew: Bool) {
        if let current, count <= capacity { return (current, false) }
        // Doubling keeps what is evaluated again below what is evaluated anyway; pages are claimed when first written.
        capacity = max(count, min(max(2048, 2 * capacity), model.contextLength)) + Self.besideText
        // The last one's memory first.
        current = nil
        let session = model.makeSession(capacity: capacity, pool: pool)
        current = session
        return (session, true)
    }
}
