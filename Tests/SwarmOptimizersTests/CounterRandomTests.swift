import SwarmOptimizers
import Testing

@Suite struct CounterRandomTests {
    /// The known answers published with Random123 (Salmon et al. 2011) for philox4x32 with ten rounds.
    @Test func philoxKnownAnswers() {
        #expect(
            CounterRandom.philox(counter: [0, 0, 0, 0], key: [0, 0])
                == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
        #expect(
            CounterRandom.philox(counter: .init(repeating: .max), key: .init(repeating: .max))
                == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
        #expect(
            CounterRandom.philox(
                counter: [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], key: [0xa409_3822, 0x299f_31d0])
                == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
    }

    @Test func streamsAreAddressedNotShared() {
        func first(_ seed: UInt64, _ stream: CounterRandom.Stream, _ iteration: Int, _ particle: Int) -> UInt64 {
            var random = CounterRandom(seed: seed, stream: stream, iteration: iteration, particle: particle)
            return random.next()
        }
        #expect(first(1, .move, 2, 3) == first(1, .move, 2, 3))
        let others = [first(2, .move, 2, 3), first(1, .start, 2, 3), first(1, .move, 3, 3), first(1, .move, 2, 4)]
        #expect(Set(others + [first(1, .move, 2, 3)]).count == 5)
        #expect(first(1, .move, 0, 0) != first(1 << 32 | 1, .move, 0, 0))
    }

    @Test func momentsOfTheDistributions() {
        let n = 200_000
        var random = CounterRandom(seed: 7, stream: .user, iteration: 0)
        func moments(_ draw: (inout CounterRandom) -> Double) -> (mean: Double, variance: Double) {
            var (sum, squares) = (0.0, 0.0)
            for _ in 0..<n {
                let x = draw(&random)
                sum += x
                squares += x * x
            }
            let mean = sum / Double(n)
            return (mean, squares / Double(n) - mean * mean)
        }
        let uniform = moments { $0.uniform() }
        #expect(abs(uniform.mean - 0.5) < 0.003 && abs(uniform.variance - 1.0 / 12) < 0.001)
        let normal = moments { $0.normal() }
        #expect(abs(normal.mean) < 0.01 && abs(normal.variance - 1) < 0.02)
        for shape in [0.4, 1, 3.5] {
            let gamma = moments { $0.gamma(shape: shape) }
            #expect(abs(gamma.mean - shape) < 0.03 && abs(gamma.variance - shape) < 0.1)
        }
        let index = moments { Double($0.index(below: 4)) }
        #expect(abs(index.mean - 1.5) < 0.02 && abs(index.variance - 1.25) < 0.02)
    }

    @Test func dirichletIsUniformOnTheSimplex() {
        var sums = [0.0, 0, 0]
        var squares = 0.0
        for i in 0..<20_000 {
            var random = CounterRandom(seed: 3, stream: .dirichlet, iteration: i)
            let point = random.dirichlet(count: 3)
            #expect(abs(point.reduce(0, +) - 1) < 1e-14 && point.allSatisfy { $0 >= 0 })
            for m in 0..<3 { sums[m] += point[m] / 20_000 }
            squares += point[0] * point[0] / 20_000
        }
        #expect(sums.allSatisfy { abs($0 - 1.0 / 3) < 0.01 })
        // Var of one coordinate of Dirichlet(1, 1, 1) is 1/18.
        #expect(abs(squares - sums[0] * sums[0] - 1.0 / 18) < 0.003)
    }
}
