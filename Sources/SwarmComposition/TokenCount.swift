/// How many tokens have been written, of the member of the largest weight among those that write.
struct TokenCount {
    private var lattice: ByteLattice?
    /// Its tokens before the first that counts.
    private var first = 0
    /// What others had counted, which have been left out since.
    private var earlier = 0

    init(_ voices: [ByteChooser.Voice]) { choose(voices) }

    var count: Int { earlier + max(0, (lattice?.certainTokens ?? 0) - first) }

    /// Counts from here on.
    mutating func reset() { first = lattice?.certainTokens ?? 0 }

    /// Goes on with those that are left.
    mutating func choose(_ voices: [ByteChooser.Voice]) {
        earlier = count
        lattice = voices.max { abs($0.weight) < abs($1.weight) }?.lattice
        reset()
    }
}
