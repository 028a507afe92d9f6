internal import Foundation

/// Maximum-likelihood weights of a linear mixture, w = argmax Σ_e c_e log Σ_j w_j q_j(e), a convex problem solved by
/// expectation maximisation:
///
///     r_je = w_j q_j(e) / Σ_k w_k q_k(e),    w_j ← Σ_e c_e r_je / Σ_e c_e
///
/// The objective f (mean log-likelihood an event) is concave with gradient d_j = mean_e r_je / w_j and Σ_j w_j d_j = 1,
/// so no weights can beat the current ones by more than max_j d_j − 1. That bound is the stopping rule.
package enum ExpectationMaximization {
    /// What a fit found.
    package struct Result: Codable, Sendable, Equatable {
        /// One a member; non-negative, sum 1.
        package var weights: [Double]
        /// f at `weights`, in nats an event, over the events that any member finds possible.
        package var meanLogLikelihood: Double
        /// No weights have a mean log-likelihood above `meanLogLikelihood + gap`.
        package var gap: Double
        package var iterations: Int
        /// Whether `gap` reached the tolerance.
        package var converged: Bool
        /// Events that every member finds impossible; they are left out, no weights can explain them.
        package var impossibleEvents: Int
    }

    /// Fits the weights.
    /// - Parameters:
    ///   - logLikelihoods: log q_j(e) [members × events], natural logs; −∞ is allowed, NaN counts as −∞.
    ///   - counts: how often each event occurred; nil means once each.
    ///   - tolerance: the gap, in nats an event, at which to stop.
    /// - Returns: equal weights when there is no possible event.
    /// - Precondition: at least one member, all rows of one length, `counts` of that length and not negative.
    package static func fit(
        logLikelihoods: [[Double]], counts: [Double]? = nil, tolerance: Double = 1e-7, maximumIterations: Int = 20_000
    ) -> Result {
        let members = logLikelihoods.count
        precondition(members >= 1, "a mixture needs at least one member")
        let events = logLikelihoods[0].count
        precondition(logLikelihoods.allSatisfy { $0.count == events }, "rows of different lengths")
        precondition(counts.map { $0.count == events } ?? true, "one count an event")

        var problem = Problem(members: members)
        var impossible = 0
        for e in 0..<events {
            let row = logLikelihoods.map { $0[e].isNaN ? -.infinity : $0[e] }
            if !problem.add(row, count: counts?[e] ?? 1) { impossible += 1 }
        }
        var result = Result(
            weights: Simplex.uniform(count: members), meanLogLikelihood: 0, gap: 0, iterations: 0, converged: true,
            impossibleEvents: impossible)
        guard problem.total > 0 else { return result }
        problem.solve(&result, tolerance: tolerance, maximumIterations: maximumIterations)
        return result
    }

    /// The events as probabilities relative to the likeliest member, so that nothing underflows.
    private struct Problem {
        let members: Int
        /// [events × members]
        var ratios: [Double] = []
        var counts: [Double] = []
        var total = 0.0
        /// Σ_e c_e max_j log q_j(e)
        var offset = 0.0

        init(members: Int) { self.members = members }

        /// Adds an event; false when it is impossible or never happened.
        mutating func add(_ row: [Double], count: Double) -> Bool {
            let top = row.max() ?? -.infinity
            guard top > -.infinity else { return false }
            guard count > 0 else { return true }
            ratios.append(contentsOf: row.map { exp($0 - top) })
            counts.append(count)
            total += count
            offset += count * top
            return true
        }

        /// Plain EM steps, three at a time: two steps show the direction and the rate of convergence, and a squared
        /// extrapolation (Varadhan and Roland 2008) jumps ahead; the jump is taken only where it is no worse.
        func solve(_ result: inout Result, tolerance: Double, maximumIterations: Int) {
            var w = result.weights
            var gradient = [Double](repeating: 0, count: members)
            var value = evaluate(w, gradient: &gradient)
            result.converged = false
            while true {
                result.gap = max((gradient.max() ?? 1) - 1, 0)
                if result.gap <= tolerance {
                    result.converged = true
                    break
                }
                if result.iterations >= maximumIterations { break }
                let first = step(w, gradient)
                value = evaluate(first, gradient: &gradient)
                let second = step(first, gradient)
                let secondValue = evaluate(second, gradient: &gradient)
                result.iterations += 2
                var jumpGradient = gradient
                if let jump = Self.extrapolate(w, first, second) {
                    let jumpValue = evaluate(jump, gradient: &jumpGradient)
                    result.iterations += 1
                    if jumpValue >= secondValue {
                        (w, value, gradient) = (jump, jumpValue, jumpGradient)
                        continue
                    }
                }
                (w, value) = (second, secondValue)
            }
            result.weights = w
            result.meanLogLikelihood = value
        }

        private func step(_ w: [Double], _ gradient: [Double]) -> [Double] {
            let next = zip(w, gradient).map { $0 * $1 }
            let sum = next.reduce(0, +)
            return next.map { $0 / sum }
        }

        private static func extrapolate(_ a: [Double], _ b: [Double], _ c: [Double]) -> [Double]? {
            let r = zip(b, a).map { $0 - $1 }
            let v = a.indices.map { c[$0] - 2 * b[$0] + a[$0] }
            let rr = r.reduce(0) { $0 + $1 * $1 }
            let vv = v.reduce(0) { $0 + $1 * $1 }
            guard vv > 0, rr > vv else { return nil }
            let length = (rr / vv).squareRoot()
            let point = a.indices.map { a[$0] + 2 * length * r[$0] + length * length * v[$0] }
            // Weights must stay positive: EM never revives a zero.
            let kept = point.indices.map { max(point[$0], c[$0] * 1e-3) }
            let sum = kept.reduce(0, +)
            return sum > 0 && sum.isFinite ? kept.map { $0 / sum } : nil
        }

        /// f(w) and its gradient.
        private func evaluate(_ w: [Double], gradient: inout [Double]) -> Double {
            for j in 0..<members { gradient[j] = 0 }
            var logs = 0.0
            var position = 0
            for count in counts {
                var mixture = 0.0
                for j in 0..<members { mixture += w[j] * ratios[position + j] }
                logs += count * log(mixture)
                let scale = count / mixture
                for j in 0..<members { gradient[j] += scale * ratios[position + j] }
                position += members
            }
            for j in 0..<members { gradient[j] /= total }
            return (offset + logs) / total
        }
    }
}
