internal import Foundation

/// Geometry of {w : w_m ≥ 0, Σ w_m = 1}.
package enum Simplex {
    /// The vertex `index` of the simplex in `count` dimensions: all weight on one coordinate.
    package static func vertex(_ index: Int, count: Int) -> [Double] {
        var point = [Double](repeating: 0, count: count)
        point[index] = 1
        return point
    }

    /// The centre: equal weights.
    package static func uniform(count: Int) -> [Double] {
        [Double](repeating: 1 / Double(count), count: count)
    }

    /// The nearest point of the simplex in Euclidean distance, by sorting (Held, Wolfe, Crowder 1974):
    /// w_m = max(x_m − θ, 0) with θ so that the weights sum to 1. Finite coordinates only.
    package static func project(_ point: [Double]) -> [Double] {
        // A point already there stays bit for bit: one-hot weights must give the member itself.
        if point.allSatisfy({ $0 >= 0 }) && point.reduce(0, +) == 1 { return point }
        var sum = 0.0
        var threshold = 0.0
        for (i, value) in point.sorted(by: >).enumerated() {
            sum += value
            let candidate = (sum - 1) / Double(i + 1)
            if value <= candidate { break }
            threshold = candidate
        }
        return point.map { max($0 - threshold, 0) }
    }

    /// e^{x_m} / Σ e^{x_k}
    package static func softmax(_ point: [Double]) -> [Double] {
        let top = point.max() ?? 0
        let exponentials = point.map { exp($0 - top) }
        let total = exponentials.reduce(0, +)
        return exponentials.map { $0 / total }
    }
}
