internal import Foundation

/// A distribution that is evaluated only as far as a choice needs it.
///
/// Over 100,000 tokens, writing down every probability to choose one of them costs as much as a small member's pass.
package protocol LazyDistribution {
    /// The largest probability, or a guess at it that is not too small by much.
    var highestMass: Double { get }
    /// The probability of `number`.
    mutating func mass(of number: Int) -> Double
    /// All numbers of at least `threshold`, in order, and perhaps others; nil where there are more than `most`, or some
    /// such number of them.
    mutating func numbers(atLeast threshold: Double, most: Int) -> [Int]?
    /// A number drawn from all.
    /// - Parameter uniform: independent numbers in [0, 1), by number from 0.
    /// - Returns: nil where that is not to be had so.
    mutating func draw(_ uniform: (Int) -> Double) -> Int?
}

/// Some of the numbers below a bound, as a list and as a table.
package struct NumberSet {
    package let list: [Int]
    private let table: [Bool]

    package init(_ list: [Int], below count: Int) {
        self.list = list
        var table = [Bool](repeating: false, count: count)
        for number in list { table[number] = true }
        self.table = table
    }

    package func contains(_ number: Int) -> Bool { table.indices.contains(number) && table[number] }
}

extension Sampler {
    /// More numbers than this are no saving.
    private static let most = 8192
    /// Draws that are worth more than a look at the whole distribution.
    private static let mostDraws = 256

    /// As `choose(_:penalised:step:)`, from all numbers but `broken`.
    ///
    /// Greedily and with top-k, top-p or min-p the choice is the one that the whole distribution gives, but for sums that
    /// round otherwise; from the whole of it, at temperatures up to 1, it is a draw of its own.
    /// - Returns: nil where it takes the whole distribution to tell.
    package func choose(from distribution: inout some LazyDistribution, without broken: NumberSet, step: Int) -> Int? {
        guard settings.temperature > 0 else { return likeliest(&distribution, without: broken)?.number }
        if keepsAll { return settings.temperature > 1 ? nil : draw(&distribution, without: broken, step: step) }
        guard let highest = likeliest(&distribution, without: broken)?.mass else { return nil }
        // What top-k leaves is the whole that top-p takes its share of.
        var whole: Double?
        if settings.topK == 0 && settings.topP < 1 {
            whole = broken.list.reduce(1) { $0 - distribution.mass(of: $1) }
        }
        let isOrdered = settings.topK > 0 || settings.topP < 1
        var threshold = isOrdered ? highest / 16 : settings.minP * highest
        while threshold > highest * 1e-12 {
            guard let found = masses(&distribution, atLeast: threshold, without: broken) else { return nil }
            let isEnough =
                settings.topK > 0
                ? found.count >= settings.topK
                : whole.map { whole in found.reduce(0) { $0 + $1.mass } > settings.topP * whole } ?? true
            if isEnough { return choose(found.map(\.mass), whole: whole, step: step).map { found[$0].number } }
            threshold /= 16
        }
        return nil
    }

    /// The likeliest number but `broken`, the lowest of equals.
    private func likeliest(
        _ distribution: inout some LazyDistribution, without broken: NumberSet
    ) -> (number: Int, mass: Double)? {
        var threshold = distribution.highestMass
        for _ in 0..<8 where threshold > 0 {
            guard let found = masses(&distribution, atLeast: threshold, orLess: true, without: broken) else {
                return nil
            }
            var best: (number: Int, mass: Double)?
            for one in found where one.mass > best?.mass ?? 0 { best = one }
            if let best, best.mass >= threshold { return best }
            // What has more than the best so far is among those of at least as much.
            threshold = best?.mass ?? threshold / 16
        }
        return nil
    }

    /// All numbers of at least `threshold` but `broken`, in order; with `orLess` perhaps others.
    private func masses(
        _ distribution: inout some LazyDistribution, atLeast threshold: Double, orLess: Bool = false,
        without broken: NumberSet
    ) -> [(number: Int, mass: Double)]? {
        guard let numbers = distribution.numbers(atLeast: threshold, most: Self.most) else { return nil }
        var found: [(number: Int, mass: Double)] = []
        for number in numbers where !broken.contains(number) {
            let mass = distribution.mass(of: number)
            if mass > 0 && (orLess || mass >= threshold) { found.append((number, mass)) }
        }
        return found
    }

    /// Draws until what is drawn is not `broken`: a draw from the others. Below temperature 1 it is taken with probability
    /// (p / the largest p)^{1/T − 1} only, which makes it a draw from p^{1/T} (rejection sampling, von Neumann 1951); the
    /// less likely the likeliest, the more draws that takes.
    private func draw(_ distribution: inout some LazyDistribution, without broken: NumberSet, step: Int) -> Int? {
        var highest = 1.0
        let power = 1 / settings.temperature - 1
        if power > 0 {
            guard let likeliest = likeliest(&distribution, without: broken) else { return nil }
            highest = likeliest.mass
        }
        for attempt in 0..<Self.mostDraws {
            func uniform(_ draw: Int) -> Double {
                SamplerRandom.uniform(seed: settings.seed, step: step, draw: attempt << 32 + draw)
            }
            guard let number = distribution.draw(uniform) else { return nil }
            if broken.contains(number) { continue }
            // Distributions ask for far lower numbers than this one.
            if power == 0 || uniform(1 << 31) < pow(distribution.mass(of: number) / highest, power) { return number }
        }
        return nil
    }
}
