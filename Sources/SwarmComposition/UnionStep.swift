internal import Foundation
internal import SwarmKernels
package import SwarmVocabulary

/// One step over shared symbols: what the members say of their tokens becomes one distribution over symbols and `end`.
///
/// own_m(u) = Σ_{t: symbol(t) = u} p_m(t). What a member says of a symbol it lacks is the policy:
/// - `zero`: nothing.
/// - `first`: the probability of the symbol's first piece; then renormalised over all candidates.
/// - `share`: mass is kept. With v = first_m(u), G(v) all candidates whose first piece is v,
///   r_m(u) = Σ_{k≠m} w_k own_k(u) and α = min(1, 2(1 − w_m)):
///
///       share_m(u) = own_m(v) · [(1 − α)·1{u = v} + α · r_m(u) / Σ_{G(v)} r_m]
///
///   and all of own_m(v) on v where the peers give the group nothing. Weights here are positive and sum to 1: a negative
///   one has no say in r, and the log-linear pool's are taken by their share of Σ|w|.
///
/// Candidates are the symbols that some member taking part has. At the start of a text, tokens count without the space
/// that their tokenizer puts there.
package struct UnionStep: Sendable {
    /// A member that takes part in a step.
    private struct Active {
        var weight: Double
        let table: UnionTable
        /// own_m, by symbol.
        let own: [Double]
    }

    private let map: SharedVocabulary
    private let policy: AlignmentSettings.Policy
    private let pool: PoolSettings
    /// By member of the map.
    private let running: [UnionTable]
    private let initial: [UnionTable]

    package init(map: SharedVocabulary, policy: AlignmentSettings.Policy, pool: PoolSettings) {
        self.map = map
        self.policy = policy
        self.pool = pool
        let running = map.members.map { UnionTable(symbols: $0.symbols, pieces: $0.firstPieces) }
        self.running = running
        initial = zip(map.members, running).map { member, table in
            guard !member.initialSymbols.isEmpty else { return table }
            var pieces = [Int32](repeating: -1, count: member.firstPieces.count)
            for symbol in member.initialSymbols where symbol >= 0 { pieces[Int(symbol)] = symbol }
            let owned = pieces.map { $0 >= 0 }
            for (symbol, piece) in member.firstPieces.enumerated() where pieces[symbol] < 0 && piece >= 0 {
                if owned[Int(piece)] { pieces[symbol] = piece }
            }
            return UnionTable(symbols: member.initialSymbols, pieces: pieces)
        }
    }

    /// How much of a group's mass a member of this share of the weight has its peers divide.
    static func alpha(_ weight: Double) -> Double { max(0, min(1, 2 * (1 - weight))) }

    /// Mixes what members say.
    /// - Parameters:
    ///   - members: numbers in the map, with their weights (not zero; divided by their sum) and, by token, the
    ///     probabilities they give. Longer or shorter than the tokenizer's vocabulary is fine.
    ///   - isStart: whether the text is empty so far.
    ///   - opensWithSpace: by number in the map, whether the member's first token stands for a space that the text does
    ///     not have; asked at the start only. Not so where the text goes on a conversation.
    /// - Returns: by symbol, `end` last; not negative, sums to 1. Nil when no member gives any symbol any probability.
    package func mix(
        _ members: [(index: Int, weight: Double, probabilities: [Double])], isStart: Bool,
        opensWithSpace: (Int) -> Bool = { _ in true }
    ) -> [Double]? {
        var active: [Active] = []
        for member in members where member.weight != 0 {
            let table = isStart && opensWithSpace(member.index) ? initial[member.index] : running[member.index]
            if let own = own(member.probabilities, table) {
                active.append(Active(weight: member.weight, table: table, own: own))
            }
        }
        let sum = active.reduce(0) { $0 + $1.weight }
        guard !active.isEmpty, pool.kind == .logLinear || abs(sum) > 1e-12 else { return nil }
        switch pool.kind {
        case .linear:
            for index in active.indices { active[index].weight /= sum }
            var mixed = [Double](repeating: 0, count: map.symbolCount)
            spread(active) { index, add in add(active[index].weight, &mixed) }
            return clamped(mixed, active)
        case .logLinear:
            var rows: [[Double]] = []
            spread(active) { _, add in
                var row = [Double](repeating: 0, count: map.symbolCount)
                add(1, &row)
                rows.append(row)
            }
            return logLinear(zip(active, rows).map { ($0.weight, $1) }, isCandidate: candidates(active))
        }
    }

    /// The same mixture, to be evaluated where it is asked.
    /// - Parameter members: with weights by their share of those of all that take part, who may be more: what is left of 1
    ///   is theirs.
    /// - Returns: nil where the whole mixture is what it takes: at the start of a text, with log-linear pools, negative
    ///   weights or the policy `first` where a member lacks a symbol.
    package func lazily(_ members: [(index: Int, share: Double, next: NextToken)], isStart: Bool) -> LazyMixture? {
        guard !isStart, pool.kind == .linear else { return nil }
        // Renormalised over all that members lack; where they lack nothing it is `zero`.
        guard policy != .first || members.allSatisfy({ running[$0.index].beginning.longest == 0 }) else { return nil }
        return LazyMixture(
            members.map { ($0.index, $0.share, running[$0.index], $0.next) }, isShared: policy == .share, map: map)
    }

    /// Tokens of `member` in running text whose symbol is `symbol`.
    func tokens(of symbol: SymbolID, member: Int) -> ArraySlice<Int32> { running[member].tokens[symbol.index] }

    /// own_m; nil when every token with mass is masked.
    private func own(_ probabilities: [Double], _ table: UnionTable) -> [Double]? {
        var own = [Double](repeating: 0, count: map.symbolCount)
        let (sum, lost) = table.symbols.add(probabilities, to: &own)
        guard sum > 0 else { return nil }
        if lost > 0 { for symbol in own.indices { own[symbol] /= sum } }
        return own
    }

    /// By symbol: whether one of the members has it.
    private func candidates(_ members: [Active]) -> [Bool] {
        var isCandidate = [Bool](repeating: false, count: map.symbolCount)
        for member in members {
            for (symbol, piece) in member.table.pieces.enumerated() where Int(piece) == symbol {
                isCandidate[symbol] = true
            }
        }
        return isCandidate
    }

    /// Calls `body` for every member with its number and what adds a multiple of its row, by the policy, to another.
    private func spread(_ members: [Active], _ body: (Int, (Double, inout [Double]) -> Void) -> Void) {
        switch policy {
        case .zero:
            for (index, member) in members.enumerated() {
                body(index) { add(member.own, times: $0, to: &$1) }
            }
        case .first:
            let isCandidate = candidates(members)
            for (index, member) in members.enumerated() {
                var row = member.own
                var sum = 1.0
                for symbol in row.indices where isCandidate[symbol] {
                    let piece = Int(member.table.pieces[symbol])
                    guard piece >= 0, piece != symbol else { continue }
                    row[symbol] = member.own[piece]
                    sum += row[symbol]
                }
                body(index) { add(row, times: $0 / sum, to: &$1) }
            }
        case .share: share(members, body)
        }
    }

    private func share(_ members: [Active], _ body: (Int, (Double, inout [Double]) -> Void) -> Void) {
        let count = map.symbolCount
        // What all before and all after say: adding up and taking one's own away would leave rounding for mass. Peers
        // with negative weights have no say in how mass is shared.
        var after: [[Double]] = [[Double](repeating: 0, count: count)]
        for member in members.dropFirst().reversed() {
            var sums = after[after.count - 1]
            add(member.own, times: max(0, member.weight), to: &sums)
            after.append(sums)
        }
        var before = [Double](repeating: 0, count: count)
        for (index, member) in members.enumerated() {
            let weight =
                pool.kind == .linear
                ? member.weight : abs(member.weight) / members.reduce(0) { $0 + abs($1.weight) }
            let alpha = Self.alpha(weight)
            var peers = after.removeLast()
            if index > 0 { add(before, times: 1, to: &peers) }
            var groups = peers
            member.table.lacking.add(peers, to: &groups)
            body(index) { times, row in
                let factors = addShare(
                    own: member.own, peers: peers, groups: groups, alpha: alpha, times: times, to: &row)
                member.table.lacking.addBack(factors, scaledBy: peers, times: times, to: &row)
            }
            if index < members.count - 1 { add(member.own, times: max(0, member.weight), to: &before) }
        }
    }

    /// Affine weights leave something below zero to clamp; others do not.
    private func clamped(_ mixed: [Double], _ members: [Active]) -> [Double]? {
        guard members.contains(where: { $0.weight < 0 }) else { return mixed }
        let sum = mixed.reduce(0) { $0 + max(0, $1) }
        guard sum > 0, sum.isFinite else { return nil }
        return mixed.map { max(0, $0) / sum }
    }

    private func logLinear(_ members: [(weight: Double, row: [Double])], isCandidate: [Bool]) -> [Double]? {
        var mixed = [Double](repeating: 0, count: map.symbolCount)
        for member in members {
            for symbol in mixed.indices where isCandidate[symbol] {
                mixed[symbol] += member.weight * log(max(member.row[symbol], pool.epsilon))
            }
        }
        var highest = -Double.infinity
        for symbol in mixed.indices where isCandidate[symbol] { highest = max(highest, mixed[symbol]) }
        guard highest.isFinite else { return nil }
        var sum = 0.0
        for symbol in mixed.indices {
            mixed[symbol] = isCandidate[symbol] ? exp(mixed[symbol] - highest) : 0
            sum += mixed[symbol]
        }
        return mixed.map { $0 / sum }
    }
}
