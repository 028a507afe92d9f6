/// The weights that members have at the beginning of each joint segment of a text that is written byte by byte (`hybrid`).
struct SegmentWeights {
    private var weights: StepWeights
    /// By member; nil for those that have no weight.
    private let readers: [LatticeReader?]
    private let cursors: [MemberCursor]

    /// - Parameters:
    ///   - mixing: checked.
    ///   - lattices: of the members that have a weight, started.
    ///   - cursors: one a member.
    init(_ mixing: Mixing, kind: PoolSettings.Kind, lattices: [Int: ByteLattice], cursors: [MemberCursor]) {
        weights = StepWeights(mixing, kind: kind)
        readers = cursors.indices.map { lattices[$0].map { LatticeReader($0) } }
        self.cursors = cursors
    }

    /// The weights of the segment at hand, one a member.
    var inForce: [Double] { weights.inForce }

    /// A segment begins after `text`.
    /// - Parameter awake: members that have not been left out.
    /// - Throws: `ModelError`.
    mutating func begin(after text: [UInt8], awake: [Int]) throws {
        for reader in readers { reader?.tokenize(text) }
        _ = try weights.weights(
            awake: awake, entropy: { try readers[$0]?.entropy() ?? .nan },
            scores: {
                for member in awake { try readers[member]?.score() }
                return readers.indices.map { member in
                    if let reader = readers[member] { return reader.scores }
                    // Its tokenizer has a say in where segments end.
                    _ = cursors[member].tokens(of: text)
                    return cursors[member].scores
                }
            })
    }
}
