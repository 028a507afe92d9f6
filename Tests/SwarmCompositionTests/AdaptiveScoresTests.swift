import Foundation
import SwarmComposition
import SwarmKernels
import SwarmModels
import SwarmTokenizers
import Testing

@Suite struct AdaptiveScoresTests {
    private let temperatures = [0.5, 0.8, 2]
    private let texts = ["the cat liked the sea and the dog.\n", "a small café by the sea. the sun sat on Tom.", "Tom"]

    private func scores(_ members: [Member], _ text: String) throws -> [TokenScores] {
        try members.map {
            try TextScorer(member: $0, temperatures: temperatures, pool: SmallMembers.pool).score(Array(text.utf8))
        }
    }

    private func table(_ members: [Member]) throws -> SegmentTable {
        var table = SegmentTable(memberCount: members.count, temperatures: temperatures)
        for text in texts { table.append(JointSegments(try scores(members, text))) }
        return table
    }

    private let pool = PoolSettings()

    /// Entropies and partitions of every token, from the logits themselves.
    @Test func tokensComeWithTheirDistributionsSums() throws {
        let member = SmallMembers.bytes()
        let text = Array("the cat".utf8)
        let scores = try TextScorer(member: member, temperatures: temperatures, pool: SmallMembers.pool).score(text)
        let start = try #require(member.tokenizer.startToken)
        let session = member.model.makeSession(capacity: 64, pool: SmallMembers.pool)
        var node = session.root
        for (index, token) in ([start] + member.tokenizer.encode(text, addSpecial: false).ids.dropLast()).enumerated() {
            let answer = try session.evaluate([PendingToken(parent: .node(node), token: token, needsLogits: true)])
            node = answer.nodes[0]
            let logs = logSoftmax(answer.logits[...])
            #expect(abs(scores.entropies[index] + logs.reduce(0) { $0 + exp($1) * $1 }) < 1e-6)
            for (column, temperature) in temperatures.enumerated() {
                let expected = log(logs.reduce(0) { $0 + exp($1 / temperature) })
                #expect(abs(scores.logPartitions[index * temperatures.count + column] - expected) < 1e-6)
            }
        }
    }

    /// The chance to write any one text instead of another: tempered tokens are a distribution, too.
    @Test func temperedTokensSumToOne() throws {
        let member = SmallMembers.bytes()
        let before = Array("the c".utf8)
        for column in temperatures.indices {
            var sum = 0.0
            let scorer = TextScorer(member: member, temperatures: temperatures, pool: SmallMembers.pool)
            let scored = try scorer.score(prompt: before, continuations: (0...255).map { [UInt8($0)] })
            for text in scored {
                let partition = text.logPartitions[before.count * temperatures.count + column]
                sum += exp(text.logProbabilities[before.count] / temperatures[column] - partition)
            }
            // The end of the text has the rest.
            #expect(sum < 1 + 1e-6 && sum > 0.9)
        }
    }

    @Test func neutralParticlesAreBitForBitWhatTheyWere() throws {
        let table = try table(SmallMembers.all())
        let weights = [[0.1, 0.2, 0.3, 0.4], [0, 1, 0, 0], [0.5, 0, 0, 0.5], [0, 0, 0, 0]]
        let fixed = try Pool.logLikelihoods(of: table, particles: weights, pool: pool)
        let neutral = PoolDimensions(temperatures: [1, 1, 1, 1], uncertainty: 0, recencyShare: 1, recencyRate: 0.4)
        let mixings = weights.map { Mixing(weights: $0, dimensions: neutral) }
        #expect(try Pool.logLikelihoods(of: table, particles: mixings, pool: pool) == fixed)
        // Beside others that are not neutral, too.
        let moving = Mixing(weights: weights[0], dimensions: PoolDimensions(uncertainty: 0.3))
        #expect(try Pool.logLikelihoods(of: table, particles: [moving] + mixings, pool: pool).dropFirst() == fixed[...])
    }

    @Test func followsTheFormulasOverSegments() throws {
        let members = try SmallMembers.all()
        let table = try table(members)
        let dimensions = PoolDimensions(
            temperatures: [1, 0.8, 2, 1], uncertainty: 0.4, recencyShare: 0.05, recencyRate: 0.8)
        let weights = [0.4, 0.1, 0.2, 0.3]
        let particles = [
            Mixing(weights: weights, dimensions: dimensions),
            Mixing(weights: weights, dimensions: PoolDimensions(temperatures: [2, 2, 0.5, 0.8])),
        ]
        let found = try Pool.logLikelihoods(of: table, particles: particles, pool: pool)
        for (item, text) in texts.enumerated() {
            let scores = try scores(members, text)
            for (mixing, found) in zip(particles, found) {
                // Tempered by hand, token by token; then cut and mixed as any scores are.
                let tempered = scores.enumerated().map { member, scores in
                    let column = temperatures.firstIndex(of: mixing.dimensions.temperature(of: member))
                    var result = TokenScores(ends: scores.ends, entropies: scores.entropies)
                    result.logProbabilities = scores.logProbabilities.enumerated().map { token, value in
                        guard let column else { return value }
                        return value / temperatures[column]
                            - scores.logPartitions[token * temperatures.count + column]
                    }
                    return result
                }
                let segments = JointSegments(tempered)
                var state = AdaptiveWeights(mixing)
                var expected = 0.0
                for segment in 0..<segments.count {
                    let row = segment * members.count..<(segment + 1) * members.count
                    expected += state.read(
                        Array(segments.logProbabilities[row]), entropies: Array(segments.entropies[row]))
                }
                #expect(abs(found[item] - expected) < 1e-9 * abs(expected))
            }
        }
    }

    /// With exact Bayesian mixing no text costs more than with any member alone, but for −log of its weight.
    @Test func bayesianMixingKeepsItsBound() throws {
        let members = [SmallMembers.bytes(), try SmallMembers.byteLevel()]
        let table = try table(members)
        let weights = [0.9, 0.1]
        let bayes = Mixing(weights: weights, dimensions: PoolDimensions(recencyShare: 0))
        let alone = [Mixing(weights: [1, 0]), Mixing(weights: [0, 1])]
        let found = try Pool.logLikelihoods(of: table, particles: [bayes] + alone, pool: pool)
        for item in texts.indices {
            for member in 0..<2 {
                #expect(-found[0][item] <= -found[1 + member][item] - log(weights[member]) + 1e-9)
            }
        }
    }

    @Test func aSingleMemberIsItselfAtItsTemperature() throws {
        let table = try table(SmallMembers.all())
        let dimensions = PoolDimensions(
            temperatures: [2, 0.8, 1, 1], uncertainty: 3, recencyShare: 0.2, recencyRate: 0.5)
        let found = try Pool.logLikelihoods(
            of: table,
            particles: [[1.0, 0, 0, 0], [0, 0, 1, 0]].map { Mixing(weights: $0, dimensions: dimensions) }, pool: pool)
        let plain = try Pool.logLikelihoods(of: table, particles: [[0, 0, 1, 0]], pool: pool)
        #expect(found[1] == plain[0])
        for item in texts.indices {
            let expected = (table.itemOffsets[item]..<table.itemOffsets[item + 1]).reduce(0.0) {
                $0 + table.tempered[2][$1 * 4]
            }
            #expect(found[0][item] == expected)
        }
    }

    @Test func doesNotDependOnThreads() throws {
        let table = try table(SmallMembers.all())
        let particles = (1..<6).map {
            Mixing(
                weights: [1, 2, 3, 4],
                dimensions: PoolDimensions(uncertainty: Double($0) / 10, recencyShare: 0.01 * Double($0)))
        }
        let alone = try Pool.logLikelihoods(of: table, particles: particles, pool: pool)
        let threads = ThreadPool(threadCount: 3)
        #expect(try Pool.logLikelihoods(of: table, particles: particles, pool: pool, threads: threads) == alone)
        // Nor on the particles beside it.
        let single = try Pool.logLikelihoods(of: table, particles: [particles[3]], pool: pool)
        #expect(single[0] == alone[3])
    }

    @Test func whatCannotBeMixedIsMinusInfinityOrAnError() throws {
        let table = try table(SmallMembers.all())
        let recency = PoolDimensions(recencyShare: 0.1)
        let found = try Pool.logLikelihoods(
            of: table,
            particles: [
                Mixing(weights: [1.5, -0.5, 0, 0], dimensions: recency),
                Mixing(weights: [0, 0, 0, 0], dimensions: recency),
                Mixing(weights: [1, 1], dimensions: recency), Mixing(weights: [.nan, 1, 0, 0], dimensions: recency),
            ], pool: pool)
        #expect(found.allSatisfy { $0.allSatisfy { $0 == -.infinity } })
        #expect(throws: CompositionError.self) {
            try Pool.logLikelihoods(
                of: table,
                particles: [Mixing(weights: [1, 0, 0, 0], dimensions: PoolDimensions(temperatures: [3, 1, 1, 1]))],
                pool: pool)
        }
    }

    @Test func settingsAreChecked() throws {
        func check(_ dimensions: PoolDimensions, _ pool: PoolSettings = PoolSettings(), _ weights: [Double] = [1, 1])
            throws
        {
            try dimensions.check(members: 2, pool: pool, weights: weights)
        }
        try check(PoolDimensions(temperatures: [0.5, 2], uncertainty: 1, recencyShare: 0, recencyRate: 2))
        try check(PoolDimensions(uncertainty: 1), PoolSettings(kind: .logLinear), [2, -1])
        let bad: [(PoolDimensions, PoolSettings, [Double])] = [
            (PoolDimensions(temperatures: [1]), PoolSettings(), [1, 1]),
            (PoolDimensions(temperatures: [1, 0]), PoolSettings(), [1, 1]),
            (PoolDimensions(temperatures: [1, .nan]), PoolSettings(), [1, 1]),
            (PoolDimensions(uncertainty: .infinity), PoolSettings(), [1, 1]),
            (PoolDimensions(recencyShare: 1.5), PoolSettings(), [1, 1]),
            (PoolDimensions(recencyShare: 0.5, recencyRate: -1), PoolSettings(), [1, 1]),
            (PoolDimensions(temperatures: [1, 2]), PoolSettings(kind: .logLinear), [1, 1]),
            (PoolDimensions(recencyShare: 0.5), PoolSettings(kind: .logLinear), [1, 1]),
            (PoolDimensions(recencyShare: 0.5), PoolSettings(constraint: .affine), [2, -1]),
            (PoolDimensions(uncertainty: 0.5), PoolSettings(constraint: .affine), [2, -1]),
        ]
        for (dimensions, pool, weights) in bad {
            #expect(throws: CompositionError.self) { try check(dimensions, pool, weights) }
        }
    }

    @Test func gatesTheLogLinearPoolsExponents() {
        let dimensions = PoolDimensions(uncertainty: 0.5)
        let gated = dimensions.gate([2, -1, 0], entropies: [1, 3, .nan])
        let raw = [2 * exp(-0.5), -exp(-1.5)]
        let scale = 3 / (raw[0] - raw[1])
        #expect(abs(gated[0] - raw[0] * scale) < 1e-12 && abs(gated[1] - raw[1] * scale) < 1e-12 && gated[2] == 0)
        #expect(PoolDimensions().gate([2, -1], entropies: [1, 3]) == [2, -1])
    }
}
