internal import Foundation
internal import SwarmModels
internal import SwarmVocabulary

extension ByteLattice {
    /// What is certain of the next symbol.
    package struct Bounds: Equatable, Sendable {
        /// By symbol: the least probability it can have. Sums to 1 − `pending`.
        package var low: [Double]
        /// What any symbol may have more; 0 when nothing is pending.
        package var pending: Double
        /// A bound on the total-variation distance to what nothing would have been dropped from.
        package var dropped: Double

        /// The most probability `symbol` can have.
        package func high(_ symbol: Int) -> Double { low[symbol] + pending }
    }

    /// Bounds by what has been evaluated; nil when the member says nothing at all (its logits are faulty).
    ///
    /// Evaluates nothing but, where nothing has been read at all, what an empty text begins with.
    package func bounds() throws -> Bounds? { Self.bounds(try known()) }

    /// The exact distribution over 256 bytes and `end`; nil when the member says nothing. Evaluates all that is pending,
    /// but for what is lighter than ε.
    package func row() throws -> [Double]? { Self.bounds(try resolved())?.low }

    /// log P(symbol | text), exact; NaN when the member says nothing. Evaluates all that is pending, but for what is
    /// lighter than ε.
    package func logProbability(of symbol: Int) throws -> Double {
        guard let row = try row() else { return .nan }
        return log(row[symbol])
    }

    /// Evaluates pending heads in one batch: the `count` heaviest, or all; what those make pending is not evaluated.
    /// - Returns: how many there were to evaluate.
    @discardableResult
    package func resolve(_ count: Int? = nil) throws -> Int {
        let resolution = try known()
        let heaviest = resolution.pending.sorted { ($0.mass, -$0.branch) > ($1.mass, -$1.branch) }
        let nodes = heaviest.prefix(count ?? heaviest.count).map { resolution.node($0.branch) }
        try session.read(Array(nodes))
        return nodes.count
    }

    /// Evaluates the whole tree: every path, in batches.
    package func resolveAll() throws { _ = try resolved() }

    /// Evaluates, in one batch, the tokenizer's own paths through `bytes`, which come next: they do not depend on what the
    /// member says. The lattice stays where it is, and keeps what was evaluated until something else is read ahead.
    func readAhead(_ bytes: some Sequence<UInt8>) throws {
        let start = state
        defer { state = start }
        let own = try readOwnPath(bytes)
        var states: [LatticeState] = []
        for byte in bytes {
            // The window may end on the way; where it does is found when that byte is asked for.
            guard state.branches.allSatisfy({ $0.node.depth <= member.model.contextLength }) else { break }
            states.append(state)
            try push(byte)
        }
        ahead = own + (try readPaths(of: states))
    }

    /// A resolution that knows nothing yet.
    func resolution() -> LatticeResolution {
        LatticeResolution(
            state, index: session.index, leastShare: settings.leastShare, shape: shape)
    }

    /// Everything that has been evaluated.
    func known() throws -> LatticeResolution {
        var resolution = resolution()
        while let next = resolution.pending.first(where: {
            let node = resolution.node($0.branch)
            return node.reading != nil || node.token == nil
        }) {
            try session.read([resolution.node(next.branch)])
            resolution.resolve(next.branch)
        }
        return resolution
    }

    /// Everything, but for what is lighter than ε. The order is the lattice's and not that of earlier evaluations.
    func resolved() throws -> LatticeResolution {
        var resolution = resolution()
        while !resolution.pending.isEmpty {
            dropLight(&resolution)
            // All that can be known to be needed goes in one batch.
            try session.read(resolution.pending.map { resolution.node($0.branch) })
            for entry in resolution.pending.sorted(by: { $0.branch < $1.branch }) { resolution.resolve(entry.branch) }
        }
        return resolution
    }

    /// Drops pending heads lighter than ε of the whole, for this one distribution: as the text goes on, what is left of a
    /// head may be more of the whole.
    func dropLight(_ resolution: inout LatticeResolution) {
        guard settings.epsilon > 0 else { return }
        // Of what has been given: what is pending may turn out to be little.
        let least = settings.epsilon * resolution.sums.reduce(0, +)
        for entry in resolution.pending where entry.mass < least { resolution.drop(entry.branch) }
    }

    static func bounds(_ resolution: LatticeResolution) -> Bounds? {
        let total = resolution.total
        guard total > 0 else { return nil }
        return Bounds(
            low: resolution.sums.map { $0 / total }, pending: resolution.pendingMass / total,
            dropped: resolution.droppedMass / (total + resolution.droppedMass))
    }
}
