internal import Foundation

/// How the next symbol or token is chosen. Settings out of range are an error of `check()`.
package struct SamplerSettings: Equatable, Sendable, Codable {
    /// 0 is greedy; at least 0.
    package var temperature: Double
    /// Keep the k likeliest; 0 keeps all.
    package var topK: Int
    /// Keep the likeliest until they have this mass, in (0, 1]; 1 keeps all.
    package var topP: Double
    /// Keep what has at least this share of the likeliest one's probability, in [0, 1]; 0 keeps all.
    package var minP: Double
    /// log p of what was read lately is multiplied by this; at least 1, 1 does nothing (Keskar et al. 2019).
    package var repetitionPenalty: Double
    /// How many of the last tokens count as lately.
    package var repetitionWindow: Int
    package var seed: UInt64

    package init(
        temperature: Double = 0, topK: Int = 0, topP: Double = 1, minP: Double = 0, repetitionPenalty: Double = 1,
        repetitionWindow: Int = 64, seed: UInt64 = 0
    ) {
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
        self.repetitionPenalty = repetitionPenalty
        self.repetitionWindow = repetitionWindow
        self.seed = seed
    }

    /// - Throws: `CompositionError.badSetting`.
    package func check() throws(CompositionError) {
        func require(_ isRight: Bool, _ name: String, _ found: Any, _ expected: String) throws(CompositionError) {
            guard isRight else { throw .badSetting(name: name, found: "\(found)", expected: expected) }
        }
        try require(temperature >= 0 && temperature.isFinite, "temperature", temperature, "0 or more")
        try require(topK >= 0, "top-k", topK, "0 or more")
        try require(topP > 0 && topP <= 1, "top-p", topP, "above 0, at most 1")
        try require(minP >= 0 && minP <= 1, "min-p", minP, "0…1")
        try require(
            repetitionPenalty >= 1 && repetitionPenalty.isFinite, "repetition penalty", repetitionPenalty, "1 or more")
        try require(repetitionWindow >= 0, "repetition window", repetitionWindow, "0 or more")
    }
}

/// Chooses from distributions. The choice depends on the distribution, the seed and the step, and on nothing else.
///
/// In this order: repetition penalty, top-k, top-p, min-p, temperature. Ties go to the lower number.
package struct Sampler: Sendable {
    package let settings: SamplerSettings

    package init(_ settings: SamplerSettings) { self.settings = settings }

    /// Whether the distribution is drawn from as it is.
    var drawsFromAll: Bool { settings.temperature == 1 && keepsAll }

    /// Whether nothing is cut off.
    var keepsAll: Bool { settings.topK == 0 && settings.topP == 1 && settings.minP == 0 }

    /// What chooses from a distribution as this does from the same at another temperature; nil where that takes it at that
    /// temperature to tell what is kept.
    func after(temperature: Double) -> Sampler? {
        guard temperature != 1 else { return self }
        guard keepsAll else { return nil }
        var settings = settings
        settings.temperature *= temperature
        return Sampler(settings)
    }

    /// - Parameters:
    ///   - probabilities: not negative; need not sum to 1.
    ///   - penalised: numbers to make less likely.
    ///   - whole: what `probabilities` sum to with those that are left out of them; nil where none are.
    ///   - step: which draw of the seed's sequence to use.
    /// - Returns: the number chosen; nil when nothing has a positive probability.
    package func choose(
        _ probabilities: [Double], penalised: Set<Int> = [], whole: Double? = nil, step: Int
    ) -> Int? {
        var probabilities = probabilities
        if settings.repetitionPenalty != 1 && !penalised.isEmpty { penalise(&probabilities, penalised) }
        guard settings.temperature > 0 else {
            var best: Int?
            for (index, probability) in probabilities.enumerated() where probability > 0 {
                if best.map({ probability > probabilities[$0] }) ?? true { best = index }
            }
            return best
        }
        if drawsFromAll { return draw(probabilities, step: step) }
        var kept = truncated(probabilities, whole: whole)
        guard let highest = kept.map({ probabilities[$0] }).max() else { return nil }
        kept.sort()
        // p^(1/T), scaled by the largest so that nothing underflows that matters.
        let masses = kept.map { index in
            settings.temperature == 1
                ? probabilities[index] : exp(log(probabilities[index] / highest) / settings.temperature)
        }
        var left = SamplerRandom.uniform(seed: settings.seed, step: step) * masses.reduce(0, +)
        return masses.place(passing: &left).map { kept[$0] }
    }

    /// From the whole distribution as it is: what the general way comes to, without its lists.
    private func draw(_ probabilities: [Double], step: Int) -> Int? {
        var sum = 0.0
        for probability in probabilities where probability > 0 { sum += probability }
        var left = SamplerRandom.uniform(seed: settings.seed, step: step) * sum
        return probabilities.place(passing: &left)
    }

    /// log p ← penalty · log p, with p normalised first.
    private func penalise(_ probabilities: inout [Double], _ penalised: Set<Int>) {
        let sum = probabilities.reduce(0, +)
        guard sum > 0 else { return }
        for index in probabilities.indices { probabilities[index] /= sum }
        for index in penalised where probabilities.indices.contains(index) && probabilities[index] > 0 {
            probabilities[index] = exp(settings.repetitionPenalty * log(min(1, probabilities[index])))
        }
    }

    /// What top-k, top-p and min-p leave, in any order.
    private func truncated(_ probabilities: [Double], whole: Double?) -> [Int] {
        var kept = probabilities.indices.filter { probabilities[$0] > 0 }
        guard let highest = kept.map({ probabilities[$0] }).max() else { return [] }
        if settings.topK > 0 && settings.topK < kept.count || settings.topP < 1 {
            kept = ordered(kept, probabilities, highest: highest, whole: whole)
            if settings.topK > 0 { kept = Array(kept.prefix(settings.topK)) }
            if settings.topP < 1 {
                // What top-k left is the whole that top-p takes its share of.
                let whole =
                    settings.topK > 0
                    ? kept.reduce(0) { $0 + probabilities[$1] } : whole ?? probabilities.reduce(0, +)
                var mass = 0.0
                var count = 0
                while count < kept.count && mass < settings.topP * whole {
                    mass += probabilities[kept[count]]
                    count += 1
                }
                kept = Array(kept.prefix(max(1, count)))
            }
        }
        if settings.minP > 0 { kept = kept.filter { probabilities[$0] >= settings.minP * highest } }
        return kept
    }

    /// The likeliest first, as many as top-k and top-p can want: sorting 150,000 numbers each step would cost more than
    /// a small model.
    private func ordered(
        _ indices: [Int], _ probabilities: [Double], highest: Double, whole: Double?
    ) -> [Int] {
        let wantedCount = settings.topK > 0 ? settings.topK : Int.max
        let wantedMass =
            settings.topP < 1
            ? settings.topP * (whole ?? indices.reduce(0) { $0 + probabilities[$1] }) : .infinity
        var threshold = highest / 16
        while true {
            let likely = indices.filter { probabilities[$0] >= threshold }
            let isEnough =
                likely.count >= wantedCount || likely.count == indices.count
                || likely.reduce(0) { $0 + probabilities[$1] } > wantedMass
            if isEnough || threshold == 0 {
                return likely.sorted {
                    probabilities[$0] != probabilities[$1] ? probabilities[$0] > probabilities[$1] : $0 < $1
                }
            }
            threshold = threshold < highest * 1e-12 ? 0 : threshold / 256
        }
    }
}

extension [Double] {
    /// The place at which the sum of these masses passes `left`, which loses those before it; the last place with mass
    /// where rounding leaves a crumb, nil where nothing has any.
    func place(passing left: inout Double) -> Int? {
        var last: Int?
        for place in indices where self[place] > 0 {
            if let last { left -= self[last] }
            last = place
            if left - self[place] < 0 { break }
        }
        return last
    }
}

/// Numbers by (seed, step): SplitMix64's output function (Steele, Lea & Flood 2014) on a counter.
enum SamplerRandom {
    /// In [0, 1), a multiple of 2⁻⁵³.
    static func uniform(seed: UInt64, step: Int) -> Double {
        Double(mix(mix(seed) &+ UInt64(bitPattern: Int64(step)) &* 0x9E37_79B9_7F4A_7C15) >> 11) * 0x1p-53
    }

    /// One of several numbers for one step.
    static func uniform(seed: UInt64, step: Int, draw: Int) -> Double {
        let start = mix(mix(seed) &+ UInt64(bitPattern: Int64(step)) &* 0x9E37_79B9_7F4A_7C15)
        return Double(mix(start ^ mix(UInt64(bitPattern: Int64(draw)))) >> 11) * 0x1p-53
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
