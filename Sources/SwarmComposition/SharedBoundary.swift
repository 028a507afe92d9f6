internal import Foundation
internal import SwarmModels
internal import SwarmTokenizers
internal import SwarmVocabulary

/// What sets `hybrid` apart from `bytes`: members decide once a *joint segment*, the stretch between two places where
/// every member has a token boundary, and where they cut a word alike the boundary is decided at once.
///
/// Within a segment g the pool is the linear one over segments, P(g) = Σ w_m P_m(g), written byte by byte:
///
///     P(b | g) = Σ v_m P_m(b | g),   v_m ∝ w_m P_m(g)
///
/// so that a member which did not see a word coming has little say in how it goes on. At a joint boundary v is w again.
/// This is the mixture that scores given texts, and with one token a segment it is that of whole tokens. A log-linear
/// pool's weights stay as they are. (Where nothing is cut off of what is drawn from, `SegmentSampler` draws segments whole.)
///
/// Where every member has a path that ends with the text, and the tokens that would go on instead are ones that all of
/// them have, the end of a token is one more symbol beside the bytes that go on within one. It is drawn from the members'
/// mixture. Either way only one kind of path stays, so that each member is asked about one node a token, as with `union`.
/// For one member this is drawing its tokens. Members that read single bytes have a boundary everywhere and no say.
///
/// Where the condition fails, words are cut differently: all paths stay, and bytes are chosen as in `bytes`. A path that
/// was given up too early comes back with the reading of the whole text, once the ones that stayed spell it no more.
struct SharedBoundary {
    /// By voice and position in its index: whether every other member that reads words has the token.
    private let isShared: [[Bool]]
    private let pool: PoolSettings

    /// Tokens that others lack may have this share of a member's mass at most.
    static let mostUnshared = 0.02
    /// Below this the end of a token is no decision worth making.
    static let leastBoundary = 1e-3
    /// A member with less than this share of the weight does not decide where tokens end.
    static let leastSay = 0.01
    /// A member of less weight is not asked how likely a byte was.
    static let leastWeight = 1e-6

    /// Tokens are short if they are no longer than this share of another member's, on average.
    static let shortToken = 0.75

    /// - Parameter isShared: what `shared` says of the voices.
    init(isShared: [[Bool]], pool: PoolSettings) {
        self.isShared = isShared
        self.pool = pool
    }

    /// By voice and position in its index: whether every other member that reads words has the token.
    /// - Parameter members: of the voices, in the map.
    static func shared(_ voices: [ByteChooser.Voice], members: [Int], map: SharedVocabulary) -> [[Bool]] {
        zip(voices, members).map { voice, member in
            let own = map.members[member]
            let others = zip(voices, members).filter { $1 != member && !$0.lattice.isByteVocabulary }.map {
                map.members[$1]
            }
            return voice.lattice.session.index.tokens.map { token in
                guard let symbol = own.symbol(of: token) else { return false }
                return others.allSatisfy { $0.owns(symbol) }
            }
        }
    }

    /// What the end of the text so far is.
    enum Place {
        /// Inside a token of some member, or where members cut differently.
        case inside
        /// Every token ends here.
        case boundary
        /// A token may end here. By symbol what bytes within a token have, and in the place of `ByteLattice.end` that one
        /// ends; not normalised. `dropped`: a bound on what paths too light to be asked change in total variation.
        case open([Double], dropped: Double)
    }

    /// - Throws: as `ByteChooser.likeliest`.
    func place(_ voices: [ByteChooser.Voice]) throws -> Place {
        var deciding: [(voice: Int, row: [Double], start: Int, resolution: LatticeResolution)] = []
        for (number, voice) in voices.enumerated() where !voice.lattice.isByteVocabulary {
            guard let ending = try voice.whole(number, { try voice.lattice.ending() }) else { continue }
            let ended = ending.row[ByteLattice.end]
            guard hasSay(voice, voices) else {
                // The segment was none of its choosing: what it finds likelier is enough.
                if ended * 2 < ending.row.reduce(0, +) { return .inside }
                continue
            }
            guard ended > 0 else { return .inside }
            if let start = ending.start { deciding.append((number, ending.row, start, ending.resolution)) }
        }
        guard let first = deciding.first else { return .boundary }
        guard let mixed = mix(deciding.map { (voices[$0.voice].weight, $0.row) }),
            mixed[ByteLattice.end] > Self.leastBoundary * mixed.reduce(0, +)
        else { return .inside }
        for entry in deciding {
            let unshared = entry.resolution.unsharedMass(isShared[entry.voice], from: first.start)
            guard unshared <= Self.mostUnshared * entry.row.reduce(0, +) else { return .inside }
        }
        let weight = deciding.reduce(0) { $0 + abs(voices[$1.voice].weight) }
        let dropped = deciding.reduce(0) { $0 + abs(voices[$1.voice].weight) / weight * $1.resolution.insideMass }
        return .open(mixed, dropped: dropped)
    }

    /// What is known of each voice once all is evaluated that `weights` needs, which depends on the lattices alone and not
    /// on what happened to be evaluated before; nil where weights do not follow the segment.
    ///
    /// A voice is asked in one batch as a rule. Members of long tokens come first: what they say comes next is read in the
    /// same batch by those that need several tokens for it.
    /// - Throws: as `ByteChooser.likeliest`.
    func ask(_ voices: [ByteChooser.Voice]) throws -> [LatticeResolution]? {
        guard pool.kind == .linear, voices.count > 1 else { return nil }
        var found = voices.map { $0.lattice.resolution() }
        let order = voices.indices.sorted {
            (voices[$0].lattice.tokenLength, -$0) > (voices[$1].lattice.tokenLength, -$1)
        }
        var asked: [Int] = []
        for number in order where abs(voices[number].weight) >= Self.leastWeight {
            let lattice = voices[number].lattice
            found[number] = try voices[number].whole(number) {
                try lattice.matters { own in
                    let coarser = asked.filter {
                        Self.shortToken * voices[$0].lattice.tokenLength > lattice.tokenLength
                    }
                    var guess = TokenGuess()
                    for other in coarser.isEmpty ? asked : coarser {
                        guess.add(found[other], weight: voices[other].weight)
                    }
                    guard coarser.isEmpty else { return lattice.path(beyond: guess.bytes()) }
                    guard own.mostlyWithin != nil else { return [] }
                    guess.add(own, weight: voices[number].weight)
                    return own.nodes(along: guess.bytes(), least: ByteLattice.leastMass)
                }
            }
            asked.append(number)
        }
        return found
    }

    /// The weights v after `byte`, by voice; `weights`, those of a new segment, where it has no probability.
    /// - Parameter known: what `ask` found.
    /// - Returns: also what paths too light to be asked had, by weight: on average over bytes the weights are off by at most
    ///   that in total variation.
    func weights(
        _ voices: [ByteChooser.Voice], _ known: [LatticeResolution], after byte: UInt8, orNew weights: [Double]
    ) -> (weights: [Double], dropped: Double) {
        var result: [Double] = []
        var dropped = 0.0
        for (voice, resolution) in zip(voices, known) {
            guard abs(voice.weight) >= Self.leastWeight else {
                result.append(voice.weight)
                continue
            }
            let (likelihood, left) = resolution.likelihood(of: byte)
            result.append(voice.weight * likelihood)
            dropped += abs(voice.weight) * left
        }
        let sum = result.reduce(0, +)
        return (sum > 0 ? result.map { $0 / sum } : weights, dropped / voices.reduce(0) { $0 + abs($1.weight) })
    }

    /// Keeps the paths on which a token ends here, or those on which none does.
    func settle(_ voices: [ByteChooser.Voice], isBoundary: Bool) {
        for voice in voices where !voice.lattice.isByteVocabulary && hasSay(voice, voices) {
            voice.lattice.settle(isBoundary: isBoundary)
        }
    }

    /// Whether a member still has enough of the weight for its paths to be settled.
    private func hasSay(_ voice: ByteChooser.Voice, _ voices: [ByteChooser.Voice]) -> Bool {
        abs(voice.weight) >= Self.leastSay * voices.reduce(0) { $0 + abs($1.weight) }
    }

    private func mix(_ rows: [(weight: Double, row: [Double])]) -> [Double]? {
        var mixed = [Double](repeating: 0, count: ByteLattice.symbolCount)
        switch pool.kind {
        case .linear:
            let sum = rows.reduce(0) { $0 + $1.weight }
            guard sum > 1e-12 else { return nil }
            for (weight, row) in rows {
                let total = row.reduce(0, +)
                for symbol in mixed.indices { mixed[symbol] += weight / sum * row[symbol] / total }
            }
            return mixed.map { max(0, $0) }
        case .logLinear:
            for (weight, row) in rows {
                let total = row.reduce(0, +)
                for symbol in mixed.indices { mixed[symbol] += weight * log(max(row[symbol] / total, pool.epsilon)) }
            }
            let highest = mixed.max() ?? 0
            return mixed.map { exp($0 - highest) }
        }
    }
}

extension ByteLattice {
    /// Paths lighter than this share of all are not asked where a token ends, nor how likely a byte was.
    static let leastMass = 0.02

    /// By byte what paths have that go on within a token, and in the place of `end` those that end with the text; and
    /// where the tokens begin that go on, nil when there are none. The nodes that end with the text are not evaluated.
    func ending() throws -> (row: [Double], start: Int?, resolution: LatticeResolution)? {
        let resolution = try inside()
        var row = resolution.sums
        row[Self.end] = resolution.pending.reduce(0) { resolution.isEnding($1.branch) ? $0 + $1.mass : $0 }
        return row.contains { $0 > 0 } ? (row, resolution.heaviestStart, resolution) : nil
    }

    /// Everything that is not too light, evaluated.
    /// - Parameter alongside: asked for where something is to be evaluated, with what is known: nodes that may be needed
    ///   next, to be evaluated in the same batch.
    func matters(alongside: (LatticeResolution) -> [LatticeNode]) throws -> LatticeResolution {
        try resolution(where: { _, _ in true }, alongside)
    }

    /// Leaves only paths that end with the text, or only those that do not.
    func settle(isBoundary: Bool) {
        for number in state.branches.indices where (state.branches[number].node.end == state.text.count) != isBoundary {
            state.branches[number].range = nil
        }
        state.prune()
    }

    /// Everything but the nodes that end with the text.
    private func inside() throws -> LatticeResolution {
        try resolution(where: { !$0.isEnding($1) })
    }

    /// The branches that are not too light and `isWanted`, evaluated.
    private func resolution(
        where isWanted: (LatticeResolution, Int) -> Bool,
        _ alongside: (LatticeResolution) -> [LatticeNode] = { _ in [] }
    ) throws -> LatticeResolution {
        var resolution = self.resolution()
        while true {
            let least = Self.leastMass * resolution.total
            let next = resolution.pending.filter { $0.mass >= least && isWanted(resolution, $0.branch) }
            guard !next.isEmpty else { return resolution }
            let nodes = next.map { resolution.node($0.branch) }
            if nodes.contains(where: { $0.reading == nil }) {
                try session.read(nodes + keep(alongside(resolution)))
            }
            for entry in next.sorted(by: { $0.branch < $1.branch }) { resolution.resolve(entry.branch) }
        }
    }

    /// Keeps nodes that may be needed as the text goes on, besides those of earlier guesses that still may be.
    /// - Returns: those that the window has room for.
    private func keep(_ nodes: [LatticeNode]) -> [LatticeNode] {
        let nodes = nodes.filter { $0.depth <= member.model.contextLength }
        let earlier = guessed.filter { node in
            node.end > state.text.count && !nodes.contains { $0 === node }
        }
        guessed = nodes + earlier.prefix(Self.mostGuessed)
        return nodes
    }

    /// Nodes of earlier guesses that are kept.
    private static let mostGuessed = 32

    /// The tokenizer's own path through `bytes` after the text.
    func path(beyond bytes: [UInt8]) -> [LatticeNode] {
        bytes.isEmpty ? [] : ownPath(bytes).filter { $0.end > state.text.count }
    }
}

extension LatticeResolution {
    /// P(byte | text), but for paths too light to ask about, and what share those have.
    func likelihood(of byte: UInt8) -> (Double, dropped: Double) {
        let total = sums.reduce(0, +)
        return total > 0 ? (sums[Int(byte)] / total, unaskedShare) : (1, 0)
    }
}
