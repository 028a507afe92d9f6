internal import Foundation

/// Pearson's chi-square test of counts against probabilities; cells expected fewer than 5 times are taken together.
package struct ChiSquare: CustomStringConvertible {
    package let statistic: Double
    package let degrees: Int

    /// - Parameters:
    ///   - expected: probabilities; what is missing to 1 is a cell of its own.
    ///   - count: of draws.
    package init<Key: Hashable>(observed: [Key: Int], expected: [Key: Double], count: Int) {
        var statistic = 0.0
        var cells = 0
        var restObserved = count
        var restExpected = Double(count)
        for (key, probability) in expected where probability * Double(count) >= 5 {
            let wanted = probability * Double(count)
            let found = observed[key] ?? 0
            statistic += (Double(found) - wanted) * (Double(found) - wanted) / wanted
            restObserved -= found
            restExpected -= wanted
            cells += 1
        }
        if restExpected >= 1 {
            statistic += (Double(restObserved) - restExpected) * (Double(restObserved) - restExpected) / restExpected
            cells += 1
        } else if restObserved > 12 {
            // What should hardly ever be seen was.
            statistic = .infinity
        }
        self.statistic = statistic
        degrees = max(1, cells - 1)
    }

    /// Whether chance exceeds the statistic at least once in 1,000 times: the quantile by the cube-root approximation of
    /// Wilson & Hilferty (1931).
    package var isPlausible: Bool {
        let k = Double(degrees)
        let cube = 1 - 2 / (9 * k) + 3.0902 * (2 / (9 * k)).squareRoot()
        return statistic < k * cube * cube * cube
    }

    package var description: String { "chi-square \(statistic) at \(degrees) degrees of freedom" }
}

/// Draws by number, the same for the same seed.
package struct Draws: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    /// SplitMix64 (Steele, Lea & Flood 2014).
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// In [0, 1).
    package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// An index of `probabilities`, which need not sum to 1.
    package mutating func choose(_ probabilities: [Double]) -> Int {
        var left = uniform() * probabilities.reduce(0, +)
        for (index, probability) in probabilities.enumerated() where probability > 0 {
            left -= probability
            if left < 0 { return index }
        }
        return probabilities.lastIndex { $0 > 0 } ?? 0
    }
}
