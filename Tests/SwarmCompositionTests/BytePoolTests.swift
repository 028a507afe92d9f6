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
            JointSegments(try members.map { try ByteScorer(member: $0, pool: SmallMembers.pool).score(Self.text) }))
        return table
    }

    @Test func everyByteIsASegment() throws {
        let table = try table([try SmallMembers.byteLevel(), try SmallMembers.sentencePiece()])
        #expect(table.segmentCount == Self.text.count)
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
    }

    @Test func theOrderOfMembersDoesNotMatter() throws {
        let members = [try SmallMembers.byteLevel(), try SmallMembers.sentencePiece(), SmallMembers.bytes()]
        let forward = try Pool.logLikelihoods(
            of: table(members), particles: [[0.5, 0.3, 0.2]], pool: PoolSettings())
        let backward = try Pool.logLikelihoods(
            of: table(members.reversed()), particles: [[0.2, 0.3, 0.5]], pool: PoolSettings())
        #expect(abs(forward[0][0] - backward[0][0]) < 1e-6)
    }

    /// A composition over bytes scores byte by byte.
    @Test func compositionsScoreByBytes() throws {
        let members = [try SmallMembers.byteLevel(), try SmallMembers.sentencePiece()]
        let weights = [0.4, 0.6]
        let composition = try Composition(members: members, alignment: AlignmentSettings(mode: .bytes))
        let bits = try composition.bitsPerByte(of: Self.text, weights: weights, threads: SmallMembers.pool)
        let expected = try Pool.logLikelihoods(of: table(members), particles: [weights], pool: PoolSettings())[0][0]
        #expect(abs(bits.composition + expected / log(2) / Double(Self.text.count)) < 1e-9)
        #expect(bits.segments == Self.text.count)
    }
}
