internal import Foundation

/// What a pool may have besides weights. Every value changes nothing at its default, and none costs a model evaluation.
///
///     τ_m   temperature    p_m ← p_m^{1/τ_m} / Z                                            1
///     β     uncertainty    w_m(context) ∝ w_m e^{−β H_m(context)}                           0
///     α, η  recency        v_m ∝ w_m(t) p_m(x_t)^η,  w_m(t+1) = (1 − α) v_m + α w_m         α = 1
///
/// H_m is the entropy in nats of what the member itself says next, before its temperature. Recency is fixed share
/// (Herbster and Warmuth 1998), carried along the text, prompt included: α = 1 never leaves the weights, α = 0 with
/// η = 1 is exact Bayesian mixing, whose loss −log P(text) is at most that of any member m plus −log w_m.
package struct PoolDimensions: Sendable, Codable, Hashable {
    /// τ_m above 0, one a member; empty where all are 1.
    package var temperatures: [Double]
    /// β, in 1/nats.
    package var uncertainty: Double
    /// α in [0, 1]: what goes back to the weights at each step.
    package var recencyShare: Double
    /// η, at least 0: how much what came counts.
    package var recencyRate: Double

    package init(
        temperatures: [Double] = [], uncertainty: Double = 0, recencyShare: Double = 1, recencyRate: Double = 1
    ) {
        self.temperatures = temperatures
        self.uncertainty = uncertainty
        self.recencyShare = recencyShare
        self.recencyRate = recencyRate
    }

    /// Whether some member has a temperature other than 1.
    package var hasTemperatures: Bool { temperatures.contains { $0 != 1 } }
    /// Whether weights follow what was read.
    package var hasRecency: Bool { recencyShare != 1 && recencyRate != 0 }
    /// Whether weights change along a text.
    package var isAdaptive: Bool { hasRecency || uncertainty != 0 }
    /// Whether nothing differs from a pool of weights alone.
    package var isNeutral: Bool { !hasTemperatures && !isAdaptive }

    /// What members must be read for: the temperatures other than 1, ascending.
    package var temperaturesToRead: [Double] { Set(temperatures).subtracting([1]).sorted() }

    /// τ_m.
    package func temperature(of member: Int) -> Double { temperatures.isEmpty ? 1 : temperatures[member] }

    /// w_m e^{−β H_m}, scaled so that Σ|w| stays: what gating makes of the log-linear pool's exponents.
    /// - Parameter entropies: H_m in nats; NaN counts as 0.
    package func gate(_ weights: [Double], entropies: [Double]) -> [Double] {
        guard uncertainty != 0 else { return weights }
        let exponents = zip(weights, entropies).map { $0 == 0 || $1.isNaN ? 0 : -uncertainty * $1 }
        let top = exponents.max() ?? 0
        let gated = zip(weights, exponents).map { $0 * exp($1 - top) }
        let sum = gated.reduce(0) { $0 + abs($1) }
        let whole = weights.reduce(0) { $0 + abs($1) }
        return sum > 0 ? gated.map { $0 * (whole / sum) } : weights
    }

    /// Checks against a pool of `members`.
    /// - Parameter weights: those in force; nil where they are not known yet.
    /// - Throws: `CompositionError.badSetting`.
    package func check(members: Int, pool: PoolSettings, weights: [Double]? = nil) throws(CompositionError) {
        guard temperatures.isEmpty || temperatures.count == members else {
            throw .badSetting(
                name: "pool.temperature", found: "\(temperatures.count) values", expected: "\(members), one a member")
        }
        for value in temperatures where !(value >= 0.01 && value <= 100) {
            throw .badSetting(name: "pool.temperature", found: "\(value)", expected: "0.01 to 100")
        }
        guard abs(uncertainty) <= 100 else {
            throw .badSetting(name: "pool.uncertainty", found: "\(uncertainty)", expected: "-100 to 100")
        }
        guard recencyShare >= 0, recencyShare <= 1 else {
            throw .badSetting(name: "pool.recency.share", found: "\(recencyShare)", expected: "0 to 1")
        }
        guard recencyRate >= 0, recencyRate <= 100 else {
            throw .badSetting(name: "pool.recency.rate", found: "\(recencyRate)", expected: "0 to 100")
        }
        // p^{w/τ} is p to another weight: a second name for what the weights already say.
        guard pool.kind == .linear || !hasTemperatures else {
            throw .badSetting(
                name: "pool.temperature", found: "pool log-linear", expected: "pool linear (its weights are exponents)")
        }
        guard pool.kind == .linear || !hasRecency else {
            throw .badSetting(name: "pool.recency", found: "pool log-linear", expected: "pool linear")
        }
        if pool.kind == .linear, isAdaptive, let weights, let negative = weights.first(where: { $0 < 0 }) {
            throw .badSetting(
                name: "pool.\(uncertainty != 0 ? "uncertainty" : "recency")", found: "the weight \(negative)",
                expected: "weights of at least 0")
        }
    }
}

/// What makes one composition of some members: a particle of a search, a system of a report.
package struct Mixing: Sendable, Codable, Hashable {
    /// One a member.
    package var weights: [Double]
    package var dimensions: PoolDimensions

    package init(weights: [Double], dimensions: PoolDimensions = PoolDimensions()) {
        self.weights = weights
        self.dimensions = dimensions
    }

    /// Weights alone where that is all that counts.
    package var isStatic: Bool { dimensions.isNeutral }
}
