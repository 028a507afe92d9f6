internal import Foundation

/// Where more evaluations stop paying: `--budget auto`.
///
/// The estimator looks at the best utility so far, b(n), in windows that halve backwards, W_j = (n/2^{j+1}, n/2^j], of
/// which j is the last with a new best:
///
///     G_j = b(n/2^j) − b(n/2^{j+1}),  k = new bests in W_j,  r = G_j / G_{j+1} within ½ … 1
///     Ĝ = 2^{−j} · r · G_j · (k + ½)/k
///
/// is what as many evaluations again are expected to gain. For independent draws new bests come at the rate 1/n (Rényi
/// 1962), so a doubling brings about as many of them as the one before; r is how much smaller their gains have become, no
/// less than a half, since one window is a poor witness; the ½ is the mean of a Poisson rate's posterior under Jeffreys'
/// prior; and every doubling without a new best halves what the next is expected to bring. The knee is where Ĝ is below
/// `threshold` of what the search has gained over the best member. A search that stood still and would have jumped later
/// is stopped too early by it.
package struct Knee: Codable, Sendable, Equatable {
    /// The share of the gain so far that as many evaluations again must be expected to add.
    package var threshold: Double
    /// Evaluations before which the search never stops.
    package var minimumEvaluations: Int

    package init(threshold: Double = 0.005, minimumEvaluations: Int = 100) {
        self.threshold = threshold
        self.minimumEvaluations = minimumEvaluations
    }

    /// Ĝ after the evaluations with these utilities, in their order; infinite where nothing valid was found yet.
    package func expectedGain(_ utilities: [Double]) -> Double {
        let bests = Self.bests(utilities)
        var end = bests.count
        guard end >= 4, let last = bests.last, last > -.infinity else { return .infinity }
        var halvings = 0
        // An end at or below 1 has no window before it: nothing was ever found after the first point.
        while end >= 2, bests[end - 1] == bests[end / 2 - 1] { (end, halvings) = (end / 2, halvings + 1) }
        guard end >= 2 else { return 0 }
        let half = bests[end / 2 - 1]
        guard half > -.infinity else { return .infinity }
        let gain = bests[end - 1] - half
        let quarter = end >= 4 ? bests[end / 4 - 1] : -.infinity
        let before = half - quarter
        let shrink = quarter > -.infinity && before > 0 ? min(1, max(0.5, gain / before)) : 1
        let found = Double((end / 2..<end).count { bests[$0] > bests[$0 - 1] })
        return shrink * gain * (found + 0.5) / found * pow(0.5, Double(halvings))
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
