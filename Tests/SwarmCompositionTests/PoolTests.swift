import Foundation
import SwarmComposition
import Testing

@Suite struct PoolTests {
    let linear = PoolSettings()

    private func table(_ items: [[[Double]]]) -> SegmentTable {
        let members = items.first?.first?.count ?? 1
        var table = SegmentTable(memberCount: members)
        for item in items {
            let scores = (0..<members).map { member in
                TokenScores(ends: Array(1...item.count), logProbabilities: item.map { $0[member] })
            }
            table.append(JointSegments(scores))
        }
        return table
    }

    @Test func isTheLogOfTheMixture() throws {
        let table = table([[[-1, -2, -3], [-0.5, -7, -.infinity]], [[-20, -10, -30]]])
        let particles = [[0.2, 0.3, 0.5], [2, 3, 5], [1, 0, 0], [0, 0, 1], [0.9, -0.1, 0.2]]
        let found = try Pool.logLikelihoods(of: table, particles: particles, pool: linear)
        func mix(_ weights: [Double], _ row: [Double]) -> Double {
            log(zip(weights, row).reduce(0) { $0 + $1.0 * exp($1.1) } / weights.reduce(0, +))
        }
        for (weights, found) in zip(particles, found) where weights[2] != 1 {
            #expect(abs(found[0] - mix(weights, [-1, -2, -3]) - mix(weights, [-0.5, -7, -.infinity])) < 1e-12)
            #expect(weights.contains { $0 < 0 } || abs(found[1] - mix(weights, [-20, -10, -30])) < 1e-12)
        }
        // One-hot: the member, bit for bit. Impossible: −∞.
        #expect(found[2] == [-1.5, -20])
        #expect(found[3] == [-.infinity, -30])
    }

    @Test func neverUnderflowsAgainstAMemberItDoesNotUse() throws {
        let table = table([[[-1, -2000, -2001]]])
        let found = try Pool.logLikelihoods(of: table, particles: [[0, 0.5, 0.5]], pool: linear)
        #expect(abs(found[0][0] - (-2000 + log(0.5 * (1 + exp(-1))))) < 1e-9)
    }

    @Test func faultyMembersAreLeftOut() throws {
        let table = table([[[-1, .nan, -3], [.nan, .nan, .nan]], [[.nan, -2, -3]]])
        let found = try Pool.logLikelihoods(of: table, particles: [[0.2, 0.2, 0.6], [1, 0, 0]], pool: linear)
        #expect(found[0][0] == -.infinity)
        #expect(abs(found[0][1] - log((0.2 * exp(-2) + 0.6 * exp(-3)) / 0.8)) < 1e-12)
        #expect(found[1] == [-.infinity, -.infinity])
    }

    @Test func invalidParticlesAreMinusInfinity() throws {
        let table = table([[[-1, -2]]])
        let found = try Pool.logLikelihoods(
            of: table, particles: [[0, 0], [.nan, 1], [1, -1], [.infinity, 1], [2, -5.0], [1]], pool: linear)
        #expect(found.dropLast().filter { $0 != [-.infinity] }.count <= 1)
        #expect(found.allSatisfy { !$0[0].isNaN })
        #expect(found[5] == [-.infinity])
    }

    @Test func logLinearNeedsWholeDistributions() {
        let settings = PoolSettings(kind: .logLinear)
        #expect(throws: CompositionError.logLinearNeedsDistributions) {
            try Pool.logLikelihoods(of: SegmentTable(memberCount: 1), particles: [[1]], pool: settings)
        }
    }

    @Test func logLinearScoresOfChoices() {
        let table = table([[[-1, -2], [-3, -.infinity]], [[-4, -1]]])
        let found = Pool.logLinearScores(
            of: table, particles: [[1, 0.5], [1, 0]].map { Mixing(weights: $0) }, epsilon: exp(-10))
        #expect(found == [[-4 + 0.5 * -12, -4.5], [-4, -4]])
    }

    @Test func weightsAreChecked() throws {
        let names = ["a", "b"]
        try Pool.check([1, 0], members: names, pool: linear)
        try Pool.check([1.5, -0.5], members: names, pool: PoolSettings(constraint: .affine))
        try Pool.check([1, -1], members: names, pool: PoolSettings(kind: .logLinear))
        #expect(throws: CompositionError.weightCount(found: 1, members: 2)) {
            try Pool.check([1], members: names, pool: linear)
        }
        #expect(throws: CompositionError.weightsSumToZero([0, 0])) {
            try Pool.check([0, 0], members: names, pool: linear)
        }
        #expect(throws: CompositionError.weightsSumToZero([1, -1])) {
            try Pool.check([1, -1], members: names, pool: PoolSettings(constraint: .affine))
        }
        #expect(throws: CompositionError.negativeWeight(member: "b", found: -1)) {
            try Pool.check([2, -1], members: names, pool: linear)
        }
        #expect(throws: CompositionError.self) { try Pool.check([1, .nan], members: names, pool: linear) }
    }
}
