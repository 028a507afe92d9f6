import Foundation
import SwarmComposition
import SwarmTestSupport
import SwarmTokenizers
import Testing

/// Pools over bytes of given texts.
@Suite struct BytePoolTests {
    private static let text = Array("the cat sat — Tom liked the sea 🌊.".utf8)

    private func table(_ members: [Member]) throws -> SegmentTable {
        var table = SegmentTable(memberCount: members.count)
        table.append(
            JointSegments(
                try members.map {
                    try ByteScorer(member: $0, keepsRows: true, pool: SmallMembers.pool).score(Self.text)
                }))
        return table
    }

    @Test func everyByteIsASegment() throws {
        let table = try table([try SmallMembers.byteLevel(), try SmallMembers.sentencePiece()])
        #expect(table.segmentCount == Self.text.count)
        #expect(table.hasRows)
    }

    /// Whatever the weights, copies of a member are that member; a one-hot composition is, to the bit.
    @Test func identicalMembersAreTheMember() throws {
        let member = try SmallMembers.sentencePiece()
        let table = try table([member, Member(name: "copy", model: member.model, tokenizer: member.tokenizer)])
        let alone = try ByteScorer(member: member, pool: SmallMembers.pool).score(Self.text).logProbabilities
            .reduce(0, +)
        let linear = try Pool.logLikelihoods(
            of: table, particles: [[1, 0], [0.3, 0.7], [5, 2]], pool: PoolSettings())
        #expect(linear[0][0] == alone)
        for values in linear { #expect(abs(values[0] - alone) < 1e-6) }
        // To the bit also where the floor would change something.
        let oneHot = try Pool.logLikelihoods(
            of: table, particles: [[0, 1]], pool: PoolSettings(kind: .logLinear, epsilon: 0.1))
        #expect(oneHot[0][0] == alone)
        // A floor far below everything there is.
        let pool = PoolSettings(kind: .logLinear, epsilon: 1e-30)
        let logLinear = try Pool.logLikelihoods(of: table, particles: [[1, 0], [0.3, 0.7], [1.5, -0.5]], pool: pool)
        for values in logLinear { #expect(abs(values[0] - alone) < 1e-3, "\(values[0]), \(alone)") }
    }

    @Test func theOrderOfMembersDoesNotMatter() throws {
        let members = [try SmallMembers.byteLevel(), try SmallMembers.sentencePiece(), SmallMembers.bytes()]
        for pool in [PoolSettings(), PoolSettings(kind: .logLinear)] {
            let forward = try Pool.logLikelihoods(of: table(members), particles: [[0.5, 0.3, 0.2]], pool: pool)
            let backward = try Pool.logLikelihoods(
                of: table(members.reversed()), particles: [[0.2, 0.3, 0.5]], pool: pool)
            #expect(abs(forward[0][0] - backward[0][0]) < 1e-6)
        }
    }

    /// The log-linear pool against its definition.
    @Test func logLinearIsItsDefinition() throws {
        let members = [try SmallMembers.byteLevel(), SmallMembers.bytes()]
        let pool = PoolSettings(kind: .logLinear, epsilon: 1e-7)
        let weights = [[0.5, 0.5], [1.5, -0.4], [0, 2]]
        let found = try Pool.logLikelihoods(of: table(members), particles: weights, pool: pool)
        let lattices = members.map { ByteLattice(member: $0, pool: SmallMembers.pool) }
        for lattice in lattices { try lattice.start([]) }
        var expected = [Double](repeating: 0, count: weights.count)
        for byte in Self.text {
            let rows = try lattices.map { try #require(try $0.row()) }
            for (index, weight) in weights.enumerated() {
                let masses = (0..<257).map { symbol in
                    pow(max(rows[0][symbol], 1e-7), weight[0]) * pow(max(rows[1][symbol], 1e-7), weight[1])
                }
                expected[index] += log(masses[Int(byte)] / masses.reduce(0, +))
            }
            for lattice in lattices { try lattice.push(byte) }
        }
        for (values, value) in zip(found, expected) { #expect(abs(values[0] - value) < 1e-3) }
    }

    /// In a composition: `bytes` scores by bytes, and log-linear pools score text there; `hybrid` decides once a segment.
    @Test func compositionsScoreByBytes() throws {
        let members = [try SmallMembers.byteLevel(), try SmallMembers.sentencePiece()]
        let weights = [0.4, 0.6]
        let composition = try Composition(members: members, alignment: AlignmentSettings(mode: .bytes))
        let bits = try composition.bitsPerByte(of: Self.text, weights: weights, threads: SmallMembers.pool)
        let expected = try Pool.logLikelihoods(of: table(members), particles: [weights], pool: PoolSettings())[0][0]
        #expect(abs(bits.composition + expected / log(2) / Double(Self.text.count)) < 1e-9)
        #expect(bits.segments == Self.text.count)
        let pool = PoolSettings(kind: .logLinear)
        let logLinear = try Composition(members: members, alignment: AlignmentSettings(mode: .bytes), pool: pool)
        #expect(
            try logLinear.bitsPerByte(of: Self.text, weights: weights, threads: SmallMembers.pool).composition.isFinite)
        let union = try Composition(members: members, alignment: AlignmentSettings(mode: .union), pool: pool)
        #expect(throws: CompositionError.logLinearNeedsDistributions) {
            try union.bitsPerByte(of: Self.text, weights: weights, threads: SmallMembers.pool)
        }
    }
}
