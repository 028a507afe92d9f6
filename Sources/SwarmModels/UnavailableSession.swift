/// What a model makes where there is no memory for a session: it says so instead of ending the process.
final class UnavailableSession: ModelSession {
    private let problem: ModelError

    init(_ problem: ModelError) { self.problem = problem }

    /// The largest capacity: nodes are named by 32-bit numbers.
    static let largestCapacity = Int(Int32.max) - 1

    var root: ContextNode { ContextNode(index: Int32(RowTree.root)) }

    func evaluate(_ batch: [PendingToken]) throws(ModelError) -> Evaluated { throw problem }

    func release(_ nodes: some Sequence<ContextNode>) {}
}
