// Shared helpers of this target's tests: simulated mixtures.
import Foundation
import SwarmOptimizers

/// Events scored by members that each know a part of them: log-likelihoods [members × events].
func simulatedMixture(members: Int, events: Int, seed: UInt64) -> [[Double]] {
    var rows = [[Double]](repeating: [], count: members)
    for e in 0..<events {
        var random = CounterRandom(seed: seed, stream: .user, iteration: e)
        let expert = random.index(below: members)
        for m in 0..<members {
            rows[m].append(m == expert ? -1 - random.exponential() : -2 - 3 * random.exponential())
        }
    }
    return rows
}

/// Mean log-likelihood of the linear pool; −∞ where a mixture is not positive.
func meanLogLikelihood(_ rows: [[Double]], _ weights: [Double]) -> Double {
    var sum = 0.0
    for e in rows[0].indices {
        var mixture = 0.0
        for m in rows.indices { mixture += weights[m] * exp(rows[m][e]) }
        sum += mixture > 0 ? log(mixture) : -.infinity
    }
    return sum / Double(rows[0].count)
}

/// Runs an optimizer to its end.
func run(_ optimizer: inout some Optimizer, _ utility: ([Double]) -> Double) {
    while true {
        let points = optimizer.ask()
        if points.isEmpty { return }
        optimizer.tell(points.map(utility))
    }
}

/// Writes and reads back, as a study does.
func roundTrip<T: Codable>(_ value: T) throws -> T {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
        positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode(T.self, from: encoder.encode(value))
}

/// ‖a − b‖²
func squaredDistance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
}

extension ParticleSwarm {
    /// A swarm over weights alone.
    init(
        members: Int, constraint: SearchSpace.Constraint = .simplex, settings: SwarmSettings = SwarmSettings(),
        seed: UInt64
    ) {
        self.init(space: SearchSpace(members: members, constraint: constraint), settings: settings, seed: seed)
    }
}

/// Two members, a gate and a temperature.
func adaptiveSpace(_ constraint: SearchSpace.Constraint = .simplex, members: Int = 2) -> SearchSpace {
    SearchSpace(
        members: members, constraint: constraint,
        scalars: [
            .init(name: "beta", neutral: 0, lower: -1, upper: 3),
            .init(name: "temperature", neutral: 1, lower: 0.1, upper: 20, scale: .logarithmic),
        ])
}

/// Every optimizer that searches.
let searches = OptimizerKind.allCases.filter { $0 != .em }

/// A committed golden of `bench/oracles/optimizer_goldens.py`.
func golden<T: Decodable>(_ name: String, as type: T.Type) throws -> T {
    let folder = URL(filePath: #filePath).appending(path: "../../Fixtures/optimizers").standardizedFileURL
    return try JSONDecoder().decode(type, from: Data(contentsOf: folder.appending(path: name)))
}

/// −Σ 100 (x_{i+1} − x_i²)² + (1 − x_i)²
func negativeRosenbrock(_ x: [Double]) -> Double {
    -zip(x, x.dropFirst()).reduce(0) { sum, pair in
        let (valley, rest) = (pair.1 - pair.0 * pair.0, 1 - pair.0)
        return sum + 100 * valley * valley + rest * rest
    }
}

/// Whether all numbers of two lists are within a relative tolerance.
func isClose(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance * max(1, abs($0), abs($1)) }
}
