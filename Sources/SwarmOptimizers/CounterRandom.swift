internal import Foundation

/// A random stream addressed by what it is for, not by what was drawn before: (seed, stream, iteration, particle)
/// names it, and the draws are numbered from 0. A resumed search therefore continues with the very same numbers.
///
/// The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011).
package struct CounterRandom: RandomNumberGenerator, Sendable {
    /// What a stream is for; different purposes never share numbers.
    package enum Stream: UInt32, Sendable {
        case start
        case scatter
        case move
        case dirichlet
        case bootstrap
        case user
        case evolution
        case simplex
        case differential
        case race
    }

    private let key: SIMD2<UInt32>
    private let particle: UInt32
    private let iteration: UInt32
    private let stream: UInt32
    private var block: UInt32 = 0
    /// The second half of the last block, not yet handed out.
    private var spare: UInt64?

    /// The stream of (`seed`, `stream`, `iteration`, `particle`); both numbers at least 0.
    package init(seed: UInt64, stream: Stream, iteration: Int, particle: Int = 0) {
        key = [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)]
        self.stream = stream.rawValue
        self.iteration = UInt32(truncatingIfNeeded: iteration)
        self.particle = UInt32(truncatingIfNeeded: particle)
    }

    /// The next 64 random bits.
    package mutating func next() -> UInt64 {
        if let value = spare {
            spare = nil
            return value
        }
        let words = Self.philox(counter: [block, particle, iteration, stream], key: key)
        block &+= 1
        spare = UInt64(words[2]) | UInt64(words[3]) << 32
        return UInt64(words[0]) | UInt64(words[1]) << 32
    }

    /// Uniform in [0, 1), a multiple of 2⁻⁵³.
    package mutating func uniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Uniform in the open interval (0, 1).
    package mutating func openUniform() -> Double {
        (Double(next() >> 12) + 0.5) * 0x1p-52
    }

    /// Uniform in `0..<bound`, `bound` at least 1.
    package mutating func index(below bound: Int) -> Int {
        precondition(bound > 0, "no index below \(bound)")
        // Lemire's multiplication; the bias, bound / 2⁶⁴, is far below anything a search could notice.
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Exponential with mean 1.
    package mutating func exponential() -> Double {
        -log(openUniform())
    }

    /// Standard normal, by Box and Muller's transform.
    package mutating func normal() -> Double {
        let radius = (2 * exponential()).squareRoot()
        return radius * cos(2 * .pi * uniform())
    }

    /// Gamma with the given shape (> 0) and scale 1, by Marsaglia and Tsang's method (2000).
    package mutating func gamma(shape: Double) -> Double {
        precondition(shape > 0, "a gamma variable needs a positive shape, found \(shape)")
        if shape < 1 {
            // Γ(a) = Γ(a + 1) · U^{1/a}
            let boosted = gamma(shape: shape + 1)
            return boosted * pow(openUniform(), 1 / shape)
        }
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal()
            let root = 1 + c * x
            guard root > 0 else { continue }
            let v = root * root * root
            if log(openUniform()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
        }
    }

    /// A point of the simplex from the symmetric Dirichlet distribution; concentration 1 is uniform.
    package mutating func dirichlet(count: Int, concentration: Double = 1) -> [Double] {
        precondition(count > 0, "a point of the simplex needs at least one coordinate")
        while true {
            var point = [Double](repeating: 0, count: count)
            for i in point.indices {
                point[i] = concentration == 1 ? exponential() : gamma(shape: concentration)
            }
            let total = point.reduce(0, +)
            if total > 0 { return point.map { $0 / total } }
        }
    }

    /// Ten rounds of Philox on four 32-bit words.
    package static func philox(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var (a, b, c, d) = (counter[0], counter[1], counter[2], counter[3])
        var (k0, k1) = (key[0], key[1])
        for _ in 0..<10 {
            let first = a.multipliedFullWidth(by: 0xD251_1F53)
            let second = c.multipliedFullWidth(by: 0xCD9E_8D57)
            (a, b, c, d) = (second.high ^ b ^ k0, second.low, first.high ^ d ^ k1, first.low)
            k0 &+= 0x9E37_79B9
            k1 &+= 0xBB67_AE85
        }
        return [a, b, c, d]
    }
}
