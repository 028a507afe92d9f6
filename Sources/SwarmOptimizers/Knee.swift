/// Where more evaluations stop paying: `--budget auto`.
///
/// The estimator looks at the best utility so far, b(n), over the last two halvings of the run:
///
///     G₀ = b(n) − b(n/2),  G₁ = b(n/2) − b(n/4),  k = evaluations in (n/2, n] that were a new best
///     Ĝ = r · G₀ · (k + ½)/k,   r = min(1, G₀/G₁)
///
/// is what as many evaluations again are expected to gain. For independent draws new bests come at the rate 1/n (Rényi
/// 1962), so a doubling brings about as many of them as the one before; r is how much smaller their gains have become;
/// the ½ is the mean of a Poisson rate's posterior under Jeffreys' prior, so that no new best at all is not taken for
/// certainty. With k = 0, half an improvement of half the mean size is expected: Ĝ = ¼ (b(n) − b(1)) / (1 + all new
/// bests). The knee is where Ĝ is below `threshold` of what the search has gained over the best member. A search that
/// stood still and would have jumped later is stopped too early by it.
package struct Knee: Codable, Sendable, Equatable {
    /// The share of the gain so far that as many evaluations again must be expected to add.
    package var threshold: Double
    /// Evaluations before which the search never stops.
    package var minimumEvaluations: Int

    package init(threshold: Double = 0.01, minimumEvaluations: Int = 100) {
        self.threshold = threshold
        self.minimumEvaluations = minimumEvaluations
    }

    /// Ĝ after the evaluations with these utilities, in their order; infinite where nothing valid was found yet.
    package func expectedGain(_ utilities: [Double]) -> Double {
        let bests = Self.bests(utilities)
        let n = bests.count
        guard n >= 4, let last = bests.last, last > -.infinity else { return .infinity }
        let (half, quarter) = (bests[n / 2 - 1], bests[n / 4 - 1])
        guard half > -.infinity else { return .infinity }
        let recent = last - half
        if recent > 0 {
            let before = half - quarter
            let shrink = quarter > -.infinity && before > 0 ? min(1, recent / before) : 1
            let found = Double((n / 2..<n).count { bests[$0] > bests[$0 - 1] })
            return shrink * recent * (found + 0.5) / found
        }
        let first = bests.first { $0 > -.infinity } ?? last
        let found = Double((1..<n).count { bests[$0] > bests[$0 - 1] && bests[$0 - 1] > -.infinity })
        return (last - first) / (1 + found) / 4
    }

    /// Whether the search should stop.
    /// - Parameter members: M; the best of the first M evaluations is what has to be gained on.
    package func isReached(_ utilities: [Double], members: Int) -> Bool {
        guard utilities.count >= max(minimumEvaluations, 4 * members) else { return false }
        let start = utilities.prefix(members).reduce(-Double.infinity) { max($0, $1) }
        let gained = utilities.reduce(-Double.infinity) { max($0, $1) } - start
        // No member is a composition: everything found is a gain.
        guard gained.isFinite else { return false }
        return expectedGain(utilities) <= threshold * gained
    }

    /// The best so far after each evaluation; NaN counts as −∞.
    package static func bests(_ utilities: [Double]) -> [Double] {
        var best = -Double.infinity
        return utilities.map { utility in
            if utility > best { best = utility }
            return best
        }
    }
}
