internal import Foundation
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
    /// A member's tables for one kind of step.
    private struct Table: Sendable {
        /// By token: its symbol or −1.
        let symbols: [Int32]
        /// By symbol: itself where owned, its first piece where that is owned, else −1.
        let pieces: [Int32]
    }

    private let map: SharedVocabulary
    private let policy: AlignmentSettings.Policy
    private let pool: PoolSettings
    /// By member of the map.
    private let running: [Table]
    private let initial: [Table]

    package init(map: SharedVocabulary, policy: AlignmentSettings.Policy, pool: PoolSettings) {
        self.map = map
        self.policy = policy
        self.pool = pool
        let running = map.members.map { Table(symbols: $0.symbols, pieces: $0.firstPieces) }
        self.running = running
        initial = zip(map.members, running).map { member, table in
            guard !member.initialSymbols.isEmpty else { return table }
            var pieces = [Int32](repeating: -1, count: member.firstPieces.count)
            for symbol in member.initialSymbols where symbol >= 0 { pieces[Int(symbol)] = symbol }
            let owned = pieces.map { $0 >= 0 }
            for (symbol, piece) in member.firstPieces.enumerated() where pieces[symbol] < 0 && piece >= 0 {
                if owned[Int(piece)] { pieces[symbol] = piece }
            }
            return Table(symbols: member.initialSymbols, pieces: pieces)
        }
    }

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
        var active: [(weight: Double, table: Table, own: [Double])] = []
        for member in members where member.weight != 0 {
            let table = isStart && opensWithSpace(member.index) ? initial[member.index] : running[member.index]
            if let own = own(member.probabilities, table) { active.append((member.weight, table, own)) }
        }
        let sum = active.reduce(0) { $0 + $1.weight }
        guard !active.isEmpty, pool.kind == .logLinear || abs(sum) > 1e-12 else { return nil }
        let scale = pool.kind == .linear ? 1 / sum : 1
        for index in active.indices { active[index].weight *= scale }

        let spread: [[Double]]
        switch policy {
        case .zero: spread = active.map(\.own)
        case .first: spread = first(active)
        case .share: spread = share(active)
        }
        switch pool.kind {
        case .linear: return linear(zip(active, spread).map { ($0.weight, $1) })
        case .logLinear:
            return logLinear(
                zip(active, spread).map { ($0.weight, $1) }, isCandidate: candidates(active.map(\.table)))
        }
    }

    /// own_m; nil when every token with mass is masked.
    private func own(_ probabilities: [Double], _ table: Table) -> [Double]? {
        var own = [Double](repeating: 0, count: map.symbolCount)
        var sum = 0.0
        var isWhole = true
        for (token, probability) in probabilities.prefix(table.symbols.count).enumerated() where probability > 0 {
            let symbol = Int(table.symbols[token])
            if symbol < 0 {
                isWhole = false
            } else {
                own[symbol] += probability
                sum += probability
            }
        }
        guard sum > 0 else { return nil }
        if !isWhole { for symbol in own.indices { own[symbol] /= sum } }
        return own
    }

    /// By symbol: whether one of the members has it.
    private func candidates(_ tables: [Table]) -> [Bool] {
        var isCandidate = [Bool](repeating: false, count: map.symbolCount)
        for table in tables { for symbol in table.symbols where symbol >= 0 { isCandidate[Int(symbol)] = true } }
        return isCandidate
    }

    private func first(_ members: [(weight: Double, table: Table, own: [Double])]) -> [[Double]] {
        let isCandidate = candidates(members.map(\.table))
        return members.map { member in
            var row = [Double](repeating: 0, count: map.symbolCount)
            var sum = 0.0
            for symbol in row.indices where isCandidate[symbol] && member.table.pieces[symbol] >= 0 {
                row[symbol] = member.own[Int(member.table.pieces[symbol])]
                sum += row[symbol]
            }
            for symbol in row.indices { row[symbol] /= sum }
            return row
        }
    }

    private func share(_ members: [(weight: Double, table: Table, own: [Double])]) -> [[Double]] {
        let count = map.symbolCount
        // What all before and all after say: adding up and taking one's own away would leave rounding for mass.
        var after = [[Double]](repeating: [], count: members.count)
        var running = [Double](repeating: 0, count: count)
        for index in members.indices.reversed() {
            after[index] = running
            add(members[index], to: &running)
        }
        var before = [Double](repeating: 0, count: count)
        var result: [[Double]] = []
        for (index, member) in members.enumerated() {
            let weight =
                pool.kind == .linear
                ? member.weight : abs(member.weight) / members.reduce(0) { $0 + abs($1.weight) }
            let alpha = max(0, min(1, 2 * (1 - weight)))
            var group = [Double](repeating: 0, count: count)
            for symbol in 0..<count {
                let piece = Int(member.table.pieces[symbol])
                if piece >= 0 { group[piece] += before[symbol] + after[index][symbol] }
            }
            var row = [Double](repeating: 0, count: count)
            for symbol in 0..<count {
                let piece = Int(member.table.pieces[symbol])
                guard piece >= 0, member.own[piece] > 0 else { continue }
                let isOwn = piece == symbol
                if group[piece] > 0 {
                    let peers = before[symbol] + after[index][symbol]
                    row[symbol] = member.own[piece] * ((isOwn ? 1 - alpha : 0) + alpha * (peers / group[piece]))
                } else if isOwn {
                    row[symbol] = member.own[piece]
                }
            }
            result.append(row)
            add(member, to: &before)
        }
        return result
    }

    /// Peers with negative weights have no say in how mass is shared.
    private func add(_ member: (weight: Double, table: Table, own: [Double]), to sums: inout [Double]) {
        guard member.weight > 0 else { return }
        for symbol in sums.indices { sums[symbol] += member.weight * member.own[symbol] }
    }

    private func linear(_ members: [(weight: Double, row: [Double])]) -> [Double]? {
        var mixed = [Double](repeating: 0, count: map.symbolCount)
        for member in members {
            for symbol in mixed.indices { mixed[symbol] += member.weight * member.row[symbol] }
        }
        // Only affine weights leave anything to clamp.
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
