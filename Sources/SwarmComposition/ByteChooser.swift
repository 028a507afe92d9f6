internal import Foundation
internal import SwarmModels

/// A member's window is full.
struct WindowFull: Error {
    /// The voice's number among those asked.
    let voice: Int
}

/// Chooses the next byte, or the end, of a composition from what its members' lattices say, evaluating no more of them
/// than the choice needs.
///
/// The pool is that of `PoolSettings`, over 257 symbols. Bounds on what each member gives a symbol are bounds on the
/// mixture. Greedy choice takes a symbol once no other can still have more, else the pending head of the largest
/// weight · mass is evaluated. Sampling lays what the lower bounds gain, as head after head is taken in, one after another
/// on [0, 1): together they are as long as the exact distribution, so that the symbol which covers a uniform number is
/// drawn from it. The order of heads depends on the lattice alone and not on what happens to be evaluated, so that the
/// choice is the same after any history.
struct ByteChooser {
    let pool: PoolSettings
    /// Whether everything is evaluated before each choice: the same choices, only dearer.
    let isEager: Bool

    struct Voice {
        let lattice: ByteLattice
        /// Not zero.
        var weight: Double

        /// `body`, an overflow of the window as that of voice `number`.
        func whole<Result>(_ number: Int, _ body: () throws -> Result) throws -> Result {
            do {
                return try body()
            } catch ModelError.contextTooLong {
                throw WindowFull(voice: number)
            }
        }
    }

    struct Choice {
        var symbol: Int
        /// A bound on the total-variation distance between the distribution chosen from and the one without ε.
        var dropped: Double
    }

    /// What the mixture may be, by symbol; on one scale, not always that of probabilities.
    private struct Mixture {
        var low: [Double]
        /// Empty where every symbol may have the same more than `low`: `slack`.
        var high: [Double]
        var slack = 0.0
        /// What any symbol has at least as a probability.
        var least: [Double]
        var isExact: Bool
        var dropped: Double
    }

    // MARK: Greedy

    /// The likeliest of the symbols that `isValid`; the lower one of equals. Nil when none has any probability.
    /// - Parameter known: what is known of each voice, from which the choice goes on; nil begins anew.
    /// - Throws: `WindowFull`; `CompositionError.allMembersFaulty` with this `position`.
    func likeliest(
        _ voices: [Voice], from known: [LatticeResolution]? = nil, isValid: [Bool], position: Int
    ) throws -> Choice? {
        try prepare(voices)
        let isPure = voices.contains { $0.lattice.settings.epsilon > 0 }
        var resolutions = known ?? voices.map { $0.lattice.resolution() }
        while true {
            if !isPure { for number in voices.indices { takeKnown(&resolutions[number]) } }
            let mixture = try mixture(resolutions, voices, position: position)
            var best = -1
            for symbol in isValid.indices where isValid[symbol] {
                if best < 0 || mixture.low[symbol] > mixture.low[best] { best = symbol }
            }
            guard best >= 0 else { return nil }
            if mixture.isExact {
                return mixture.least[best] > 0 ? Choice(symbol: best, dropped: mixture.dropped) : nil
            }
            var rival = -Double.infinity
            for symbol in isValid.indices where isValid[symbol] && symbol != best {
                rival = max(rival, mixture.high.isEmpty ? mixture.low[symbol] : mixture.high[symbol])
            }
            rival += mixture.slack
            // Sums in another order differ in the last bits.
            if mixture.low[best] > rival + 1e-12 * abs(rival) { return Choice(symbol: best, dropped: mixture.dropped) }
            try resolveHeaviest(&resolutions, voices)
        }
    }

    // MARK: Sampling

    /// A symbol drawn from the mixture over the symbols that `isValid`. Nil when none has any probability.
    /// - Parameters:
    ///   - known: as for `likeliest`; depends on the lattices alone and not on what happens to be evaluated.
    ///   - uniform: numbers in [0, 1), by attempt: a symbol that is not valid is drawn again.
    /// - Throws: as `likeliest`.
    func sample(
        _ voices: [Voice], from known: [LatticeResolution]? = nil, isValid: [Bool], position: Int,
        uniform: (Int) -> Double
    ) throws -> Choice? {
        try prepare(voices)
        let attempts = 16
        for attempt in 0..<attempts {
            let choice = try draw(voices, from: known, position: position, uniform: uniform(attempt))
            if let choice, isValid[choice.symbol] { return choice }
        }
        // Nearly all is masked: the exact row without it.
        guard let (row, dropped) = try row(voices, position: position) else { return nil }
        let sum = row.indices.reduce(0) { isValid[$1] ? $0 + row[$1] : $0 }
        var left = uniform(attempts) * sum
        for symbol in row.indices where isValid[symbol] {
            left -= row[symbol]
            if left < 0 { return Choice(symbol: symbol, dropped: dropped) }
        }
        return row.indices.last { isValid[$0] && row[$0] > 0 }.map { Choice(symbol: $0, dropped: dropped) }
    }

    private func draw(
        _ voices: [Voice], from known: [LatticeResolution]?, position: Int, uniform: Double
    ) throws -> Choice? {
        var resolutions = known ?? voices.map { $0.lattice.resolution() }
        var least = [Double](repeating: 0, count: ByteLattice.symbolCount)
        var covered = 0.0
        while true {
            let mixture = try mixture(resolutions, voices, position: position)
            for symbol in least.indices where mixture.least[symbol] > least[symbol] {
                covered += mixture.least[symbol] - least[symbol]
                least[symbol] = mixture.least[symbol]
                if uniform < covered { return Choice(symbol: symbol, dropped: mixture.dropped) }
            }
            if mixture.isExact {
                // Rounding may leave a crumb.
                return least.lastIndex { $0 > 0 }.map { Choice(symbol: $0, dropped: mixture.dropped) }
            }
            try resolveHeaviest(&resolutions, voices)
        }
    }

    // MARK: Rows

    /// The exact mixture, with everything evaluated that ε does not drop. Sums to 1; nil when it has no mass.
    /// - Throws: as `likeliest`.
    func row(_ voices: [Voice], position: Int) throws -> (row: [Double], dropped: Double)? {
        var resolutions: [LatticeResolution] = []
        for (number, voice) in voices.enumerated() {
            resolutions.append(try voice.whole(number) { try voice.lattice.resolved() })
        }
        let mixture = try mixture(resolutions, voices, position: position)
        let sum = mixture.least.reduce(0, +)
        guard sum > 0 else { return nil }
        return (mixture.least.map { $0 / sum }, mixture.dropped)
    }

    /// What one voice says, exact; nil when it says nothing.
    /// - Throws: `WindowFull`.
    func row(of voice: Voice, number: Int) throws -> [Double]? {
        try voice.whole(number) { try voice.lattice.row() }
    }

    // MARK: Mixing

    private func mixture(
        _ resolutions: [LatticeResolution], _ voices: [Voice], position: Int
    ) throws(CompositionError) -> Mixture {
        if pool.kind == .linear && voices.allSatisfy({ $0.weight > 0 }) {
            return try convex(resolutions, voices, position: position)
        }
        var speaking: [(weight: Double, bounds: ByteLattice.Bounds)] = []
        for (resolution, voice) in zip(resolutions, voices) {
            if let bounds = ByteLattice.bounds(resolution) { speaking.append((voice.weight, bounds)) }
        }
        guard !speaking.isEmpty else { throw .allMembersFaulty(position: position) }
        let isExact = speaking.allSatisfy { $0.bounds.pending == 0 }
        var mixture = Mixture(
            low: [Double](repeating: 0, count: ByteLattice.symbolCount),
            high: [Double](repeating: 0, count: ByteLattice.symbolCount), least: [], isExact: isExact,
            dropped: speaking.map(\.bounds.dropped).max() ?? 0)
        switch pool.kind {
        case .linear:
            let sum = speaking.reduce(0) { $0 + $1.weight }
            guard abs(sum) > 1e-12 else { throw .allMembersFaulty(position: position) }
            mixture.dropped = speaking.reduce(0) { $0 + abs($1.weight / sum) * $1.bounds.dropped }
            for (weight, bounds) in speaking {
                let share = weight / sum
                let (below, above) = share > 0 ? (0, bounds.pending) : (bounds.pending, 0)
                for symbol in mixture.low.indices {
                    mixture.low[symbol] += share * (bounds.low[symbol] + below)
                    mixture.high[symbol] += share * (bounds.low[symbol] + above)
                }
            }
            for symbol in mixture.low.indices {
                mixture.low[symbol] = max(0, mixture.low[symbol])
                mixture.high[symbol] = max(0, mixture.high[symbol])
            }
            normalize(&mixture)
        case .logLinear:
            for (weight, bounds) in speaking {
                for symbol in mixture.low.indices {
                    let low = log(max(bounds.low[symbol], pool.epsilon))
                    let high = bounds.pending == 0 ? low : log(max(bounds.high(symbol), pool.epsilon))
                    mixture.low[symbol] += weight * (weight > 0 ? low : high)
                    mixture.high[symbol] += weight * (weight > 0 ? high : low)
                }
            }
            let highest = mixture.high.max() ?? 0
            for symbol in mixture.low.indices {
                mixture.low[symbol] = exp(mixture.low[symbol] - highest)
                mixture.high[symbol] = exp(mixture.high[symbol] - highest)
            }
            normalize(&mixture)
        }
        return mixture
    }

    /// The linear pool of positive weights: what is pending may go to any symbol.
    private func convex(
        _ resolutions: [LatticeResolution], _ voices: [Voice], position: Int
    ) throws(CompositionError) -> Mixture {
        let totals = resolutions.map(\.total)
        var sum = 0.0
        for (total, voice) in zip(totals, voices) where total > 0 { sum += voice.weight }
        guard sum > 1e-12 else { throw .allMembersFaulty(position: position) }
        var low = [Double](repeating: 0, count: ByteLattice.symbolCount)
        var slack = 0.0
        var dropped = 0.0
        for (number, total) in totals.enumerated() where total > 0 {
            let share = voices[number].weight / sum
            resolutions[number].add(to: &low, share / total)
            slack += share * resolutions[number].pendingMass / total
            let left = resolutions[number].droppedMass
            dropped += share * left / (total + left)
        }
        return Mixture(low: low, high: [], slack: slack, least: low, isExact: slack == 0, dropped: dropped)
    }

    /// The least probabilities by bounds on another scale: each symbol's lower bound over all that any may have.
    private func normalize(_ mixture: inout Mixture) {
        let sum = mixture.high.reduce(0, +)
        mixture.least = sum > 0 ? mixture.low.map { $0 / sum } : mixture.low
    }

    // MARK: Evaluating

    private func prepare(_ voices: [Voice]) throws {
        guard isEager else { return }
        for (number, voice) in voices.enumerated() { _ = try voice.whole(number) { try voice.lattice.resolved() } }
    }

    /// Takes in, for nothing, what has been evaluated.
    private func takeKnown(_ resolution: inout LatticeResolution) {
        while let next = resolution.pending.first(where: { resolution.node($0.branch).reading != nil }) {
            resolution.resolve(next.branch)
        }
    }

    /// Evaluates the pending head of the largest weight · mass, and takes it in.
    ///
    /// Others of its member that are at least half as heavy are evaluated in the same batch: they would come next.
    private func resolveHeaviest(_ resolutions: inout [LatticeResolution], _ voices: [Voice]) throws {
        var best: (voice: Int, branch: Int, share: Double)?
        for (number, voice) in voices.enumerated() {
            voice.lattice.dropLight(&resolutions[number])
            guard let heaviest = resolutions[number].heaviest else { continue }
            let share = abs(voice.weight) * heaviest.mass / resolutions[number].total
            if share > best?.share ?? -1 { best = (number, heaviest.branch, share) }
        }
        guard let best else { return }
        let resolution = resolutions[best.voice]
        if resolution.node(best.branch).reading == nil {
            let least = (resolution.heaviest?.mass ?? 0) / 2
            let nodes = resolution.pending.filter { $0.mass >= least }.map { resolution.node($0.branch) }
            try voices[best.voice].whole(best.voice) { try voices[best.voice].lattice.session.read(nodes) }
        }
        resolutions[best.voice].resolve(best.branch)
    }
}
