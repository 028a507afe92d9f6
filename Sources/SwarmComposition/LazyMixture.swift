internal import SwarmKernels
internal import SwarmVocabulary

/// One union step's mixture, evaluated at the symbols that are asked for.
///
/// It is the distribution of `UnionStep.mix` with positive weights, sums being added in another order. Which symbols matter
/// is told by bounds: a symbol of mass θ has one of M members give it θ/M or more, and a member gives no symbol more than
/// its own mass of it, or of the first piece where it lacks it.
package struct LazyMixture: LazyDistribution {
    private struct Voice {
        let weight: Double
        /// How much of a group's mass is shared by what peers say.
        let alpha: Double
        let table: UnionTable
        let next: NextToken
        /// 1 / the mass of tokens that have symbols.
        let scale: Double
        /// Σ r over groups, by first piece, as far as it was asked for.
        var groups: [Int: Double] = [:]
    }

    private var voices: [Voice] = []
    /// By voice: its own mass of the symbol at hand.
    private var owned: [Double] = []
    private let isShared: Bool
    private let map: SharedVocabulary
    /// The weight of members that have not answered.
    private let rest: Double

    /// A member that has less than this on tokens with symbols is another matter.
    private static let leastKept = 0.5

    /// - Parameter isShared: whether the policy is `share`; else it is `zero`.
    /// - Returns: nil where a weight is not positive or a member has most of its mass on tokens without symbols.
    init?(
        _ members: [(index: Int, share: Double, table: UnionTable, next: NextToken)], isShared: Bool,
        map: SharedVocabulary
    ) {
        // In one order, whatever order members are given in: draws depend on it.
        let members = members.sorted { map.members[$0.index].name < map.members[$1.index].name }
        guard !members.isEmpty, members.allSatisfy({ $0.share > 0 }) else { return nil }
        for (_, share, table, next) in members {
            let lost = table.lost.reduce(0) { $0 + next.mass(of: Int($1)) }
            guard 1 - lost > Self.leastKept else { return nil }
            voices.append(
                Voice(
                    weight: share, alpha: isShared ? UnionStep.alpha(share) : 0, table: table, next: next,
                    scale: 1 / (1 - lost)))
        }
        owned = [Double](repeating: 0, count: voices.count)
        self.isShared = isShared
        self.map = map
        rest = max(0, 1 - members.reduce(0) { $0 + $1.share })
    }

    // MARK: Masses

    /// own_m(u).
    private func own(_ voice: Int, _ symbol: Int) -> Double {
        var sum = 0.0
        for token in voices[voice].table.tokens[symbol] { sum += voices[voice].next.mass(of: Int(token)) }
        return sum * voices[voice].scale
    }

    /// r_m(u): what the others say of a symbol of their own.
    private func peers(_ voice: Int, _ symbol: Int) -> Double {
        var sum = 0.0
        for other in voices.indices where other != voice { sum += voices[other].weight * own(other, symbol) }
        return sum
    }

    /// Σ r_m over a first piece and all that begins with it.
    private mutating func group(_ voice: Int, _ piece: Int) -> Double {
        if let known = voices[voice].groups[piece] { return known }
        var sum = peers(voice, piece)
        for symbol in voices[voice].table.beginning[piece] { sum += peers(voice, Int(symbol)) }
        voices[voice].groups[piece] = sum
        return sum
    }

    package mutating func mass(of symbol: Int) -> Double {
        for voice in voices.indices { owned[voice] = own(voice, symbol) }
        var sum = 0.0
        for voice in voices.indices {
            let piece = Int(voices[voice].table.pieces[symbol])
            guard piece >= 0, isShared || piece == symbol else { continue }
            let own = piece == symbol ? owned[voice] : own(voice, piece)
            guard own > 0 else { continue }
            let (weight, alpha) = (voices[voice].weight, voices[voice].alpha)
            guard alpha > 0, !voices[voice].table.beginning[piece].isEmpty else {
                if piece == symbol { sum += weight * own }
                continue
            }
            let group = group(voice, piece)
            guard group > leastGroup else {
                if piece == symbol { sum += weight * own }
                continue
            }
            var peers = 0.0
            for other in voices.indices where other != voice { peers += voices[other].weight * owned[other] }
            let shared = alpha * own / group * peers
            sum += weight * (piece == symbol ? (1 - alpha) * own + shared : shared)
        }
        return sum
    }

    // MARK: Which symbols matter

    package var highestMass: Double {
        voices.reduce(0) { max($0, $1.weight * $1.scale * $1.next.highestMass) } / 2
    }

    package func numbers(atLeast threshold: Double, most: Int) -> [Int]? {
        // Sums in another order differ in their last bits.
        let least = threshold / Double(voices.count) * (1 - 1e-9)
        var found: [Int] = []
        for (number, voice) in voices.enumerated() {
            // All of a symbol's tokens together may have what none of them has.
            let alone = least / (voice.weight * voice.scale * Double(max(1, voice.table.tokens.longest)))
            guard alone > 0, let tokens = voice.next.numbers(atLeast: alone, most: most) else { return nil }
            for token in tokens where voice.table.symbolOfToken.indices.contains(token) {
                let symbol = Int(voice.table.symbolOfToken[token])
                guard symbol >= 0 else { continue }
                found.append(symbol)
                let lacking = voice.table.beginning[symbol]
                guard voice.alpha > 0, !lacking.isEmpty, voice.weight * voice.alpha * own(number, symbol) >= least
                else { continue }
                found += lacking.lazy.map(Int.init)
            }
            guard found.count <= 4 * most else { return nil }
        }
        found.sort()
        var count = 0
        for symbol in found where count == 0 || found[count - 1] != symbol {
            found[count] = symbol
            count += 1
        }
        found.removeLast(found.count - count)
        return found
    }

    // MARK: Drawing

    /// A member by its weight, a token by what the member says, and where mass is shared a symbol by what its peers say.
    /// The token is that which the member alone would draw, so that members that say the same draw the same.
    package func draw(_ uniform: (Int) -> Double) -> Int? {
        guard rest < 1e-9 else { return nil }
        var left = uniform(1) * voices.reduce(0) { $0 + $1.weight }
        guard let voice = voices.map(\.weight).place(passing: &left) else { return nil }
        // One without a symbol is drawn again: more than half have one.
        for attempt in 0..<256 {
            guard let token = voices[voice].next.draw({ _ in uniform(attempt == 0 ? 0 : 3 + attempt) }),
                voices[voice].table.symbolOfToken.indices.contains(token)
            else { return nil }
            let symbol = Int(voices[voice].table.symbolOfToken[token])
            if symbol >= 0 { return shared(voice, symbol, uniform) }
        }
        return nil
    }

    /// `piece`, or a symbol that begins with it and that the member lacks.
    private func shared(_ voice: Int, _ piece: Int, _ uniform: (Int) -> Double) -> Int {
        let lacking = voices[voice].table.beginning[piece]
        guard !lacking.isEmpty, uniform(2) < voices[voice].alpha else { return piece }
        let masses = [peers(voice, piece)] + lacking.map { peers(voice, Int($0)) }
        let group = masses.reduce(0, +)
        guard group > leastGroup else { return piece }
        var left = uniform(3) * group
        let place = masses.place(passing: &left) ?? 0
        return place == 0 ? piece : Int(lacking[lacking.startIndex + place - 1])
    }

    // MARK: Members that have not answered

    /// The symbol that greedy choice takes whatever the members say that have not answered; nil where that may matter.
    ///
    /// With `share` a member gives a symbol of its own at least (1 − α)·own, all of own where no other symbol begins with
    /// it, and never more than own; one that it lacks at most α·own of its first piece. Those that have not answered may
    /// give any symbol all their weight.
    package func decided(without broken: NumberSet) -> Int? {
        // Most often nothing has enough, whatever it is.
        let most = voices.reduce(0) {
            $0 + $1.weight * $1.scale * $1.next.highestMass * Double(max(1, $1.table.tokens.longest))
        }
        guard rest < 0.5, most > rest, let likely = numbers(atLeast: rest, most: 1024) else { return nil }
        var best: (symbol: Int, least: Double)?
        for symbol in likely where !broken.contains(symbol) {
            let least = bounds(symbol).least
            if least > best?.least ?? 0 { best = (symbol, least) }
        }
        guard let best else { return nil }
        // The members together choose among several ways to write it.
        if best.symbol != map.end.index, map.surfaces(of: SymbolID(best.symbol)).count > 1 { return nil }
        // Sums in another order differ in the last bits.
        let room = best.least - rest - 1e-9
        guard room > 0, let rivals = numbers(atLeast: room, most: 8192) else { return nil }
        for symbol in rivals where symbol != best.symbol && !broken.contains(symbol) {
            if bounds(symbol).most >= room { return nil }
        }
        return best.symbol
    }

    /// What the members that have answered give a symbol at least and at most.
    private func bounds(_ symbol: Int) -> (least: Double, most: Double) {
        var (least, most) = (0.0, 0.0)
        for (index, voice) in voices.enumerated() {
            let piece = Int(voice.table.pieces[symbol])
            if piece == symbol {
                let own = voice.weight * own(index, symbol)
                least += own * (voice.table.beginning[symbol].isEmpty ? 1 : 1 - voice.alpha)
                most += own
            } else if piece >= 0 {
                most += voice.weight * voice.alpha * own(index, piece)
            }
        }
        return (least, most)
    }
}
