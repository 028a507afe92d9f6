internal import SwarmOptimizers

/// How far a system's confidence is from how often it is right, on multiple choice.
///
/// Expected calibration error (Guo et al. 2017): examples are put into 15 bins by confidence, ((k−1)/15, k/15], and
/// ECE = Σ_bins n_bin/n · |accuracy_bin − confidence_bin|. Confidence is the probability of the likeliest choice among the
/// choices. The estimate cannot be below 0, so that chance alone makes it positive: the fewer examples, the more.
package struct Calibration: Codable, Sendable, Equatable {
    package struct Bin: Codable, Sendable, Equatable {
        /// Examples.
        package var n: Int
        package var confidence: Double
        package var accuracy: Double
    }

    package static let binCount = 15

    package var ece: Double
    /// 95%, by bootstrap over examples.
    package var interval: Interval?
    /// Those with examples, in order of confidence.
    package var bins: [Bin]

    /// One a system, all on the same resamples.
    /// - Parameters:
    ///   - right: 1 or 0 [systems][examples].
    ///   - confidence: in [0, 1] [systems][examples].
    package static func of(
        right: [[Double]], confidence: [[Double]], seed: UInt64, resamples: Int
    ) -> [Calibration] {
        let count = right.first?.count ?? 0
        let places = confidence.map { $0.map(bin) }
        let gaps = zip(confidence, right).map { zip($0, $1).map { $0 - $1 } }
        var draws = [[Double]](repeating: [], count: right.count)
        var sums = [Double](repeating: 0, count: binCount)
        for resample in 0..<(count > 0 ? resamples : 0) {
            var random = CounterRandom(seed: seed, stream: .bootstrap, iteration: resample)
            let drawn = (0..<count).map { _ in random.index(below: count) }
            for system in right.indices {
                for bin in sums.indices { sums[bin] = 0 }
                for index in drawn { sums[places[system][index]] += gaps[system][index] }
                draws[system].append(sums.reduce(0) { $0 + abs($1) } / Double(count))
            }
        }
        return right.indices.map { system in
            let bins = Self.bins(right[system], confidence[system], places[system])
            return Calibration(
                ece: bins.reduce(0) { $0 + Double($1.n) * abs($1.accuracy - $1.confidence) } / Double(max(1, count)),
                interval: Bootstrap.percentiles(draws[system]), bins: bins)
        }
    }

    private static func bin(_ confidence: Double) -> Int {
        let scaled = (confidence * Double(binCount)).rounded(.up)
        return min(max(Int(scaled.isFinite ? scaled : 1), 1), binCount) - 1
    }

    private static func bins(_ right: [Double], _ confidence: [Double], _ places: [Int]) -> [Bin] {
        (0..<binCount).compactMap { bin in
            let members = places.indices.filter { places[$0] == bin }
            guard !members.isEmpty else { return nil }
            let n = Double(members.count)
            return Bin(
                n: members.count, confidence: members.reduce(0) { $0 + confidence[$1] } / n,
                accuracy: members.reduce(0) { $0 + right[$1] } / n)
        }
    }
}
