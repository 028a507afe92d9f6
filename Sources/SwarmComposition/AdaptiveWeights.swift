internal import Foundation

/// Weights that follow a text: uncertainty gating and fixed share over whatever the members say of it, be that tokens,
/// joint segments or bytes.
///
///     at a step         u_m ∝ w_m(t) e^{−β H_m}
///     after it          v_m ∝ w_m(t) P_m^η,   w_m(t + 1) = v_m + α (w_m − v_m)
///
/// A member that has nothing to say at a step (faulty logits, a full window) sleeps: the others share what they had
/// together, and its own weight stays (specialists: Freund, Schapire, Singer and Warmuth 1997).
///
/// A value: keep a copy to come back to.
package struct AdaptiveWeights: Sendable, Equatable {
    /// w_m, summing to 1.
    private let start: [Double]
    private let uncertainty: Double
    private let share: Double
    private let rate: Double
    private let hasRecency: Bool
    /// log w_m(t), so that with α = 0 a member far behind is not lost.
    private var logarithms: [Double]

    /// The state before any text.
    /// - Parameter mixing: finite weights of at least 0 with a sum above 0.
    package init(_ mixing: Mixing) {
        let sum = mixing.weights.reduce(0, +)
        precondition(
            sum > 0 && sum.isFinite && mixing.weights.allSatisfy { $0 >= 0 }, "weights \(mixing.weights) are no mixture"
        )
        start = mixing.weights.map { $0 / sum }
        uncertainty = mixing.dimensions.uncertainty
        share = mixing.dimensions.recencyShare
        rate = mixing.dimensions.recencyRate
        hasRecency = mixing.dimensions.hasRecency
        logarithms = start.map { log($0) }
    }

    /// log u_m of the members that are awake, so that Σ u_m = 1.
    /// - Parameters:
    ///   - entropies: H_m in nats, one a member; only read where β is not 0. NaN counts as 0.
    ///   - isAwake: by member.
    /// - Returns: −∞ for members that sleep or have no weight; all −∞ where nobody is left.
    package func logWeights(entropies: [Double], isAwake: [Bool]) -> [Double] {
        var logs = logarithms
        for member in logs.indices {
            if !isAwake[member] {
                logs[member] = -.infinity
            } else if uncertainty != 0, !entropies[member].isNaN {
                logs[member] -= uncertainty * entropies[member]
            }
        }
        let total = Self.logSum(logs)
        guard total > -.infinity else { return logs }
        return logs.map { $0 - total }
    }

    /// u_m of the members that are awake.
    package func weights(entropies: [Double], isAwake: [Bool]) -> [Double] {
        logWeights(entropies: entropies, isAwake: isAwake).map { exp($0) }
    }

    /// log Σ u_m P_m of a step, then takes it in.
    /// - Parameters:
    ///   - logProbabilities: log P_m of what came, tempered where the member has a temperature; NaN for those asleep.
    ///   - entropies: as for `logWeights`.
    /// - Returns: −∞ where nobody who is awake can say it.
    package mutating func read(_ logProbabilities: [Double], entropies: [Double]) -> Double {
        let isAwake = logProbabilities.map { !$0.isNaN }
        let logs = logWeights(entropies: entropies, isAwake: isAwake)
        let mixed = Self.logSum(zip(logs, logProbabilities).map { $0 > -.infinity ? $0 + $1 : -.infinity })
        update(logProbabilities)
        return mixed
    }

    /// Takes in what came.
    /// - Parameter logProbabilities: as for `read`.
    package mutating func update(_ logProbabilities: [Double]) {
        guard hasRecency else { return }
        // The awake members' part, and what it becomes.
        var before: [Double] = []
        var after: [Double] = []
        for (weight, value) in zip(logarithms, logProbabilities) where !value.isNaN && weight > -.infinity {
            before.append(weight)
            after.append(weight + rate * value)
        }
        let total = Self.logSum(after)
        // What nobody could say teaches nothing.
        guard total > -.infinity else { return }
        let scale = Self.logSum(before) - total
        for (member, value) in logProbabilities.enumerated() where logarithms[member] > -.infinity {
            if !value.isNaN { logarithms[member] += rate * value + scale }
            guard share > 0 else { continue }
            let updated = exp(logarithms[member])
            logarithms[member] = log(updated + share * (start[member] - updated))
        }
    }

    private static func logSum(_ values: [Double]) -> Double {
        let top = values.reduce(-Double.infinity) { max($0, $1) }
        return top > -.infinity ? top + log(values.reduce(0) { $0 + exp($1 - top) }) : -.infinity
    }
}
