import Foundation
import SwarmComposition
import SwarmModels
import SwarmTestSupport
import SwarmTokenizers
import SwarmVocabulary
import Testing

@Suite struct UnionStepTests {
    let members: [Member]
    let map: SharedVocabulary

    init() throws {
        members = try SmallMembers.all()
        map = try SharedVocabulary(members: members.map { ($0.name, $0.tokenizer) })
    }

    /// A random distribution over a member's tokens, with control tokens at 0.
    private func distribution(_ member: Int, seed: UInt64) -> [Double] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(member + 1)
        let masses = members[member].tokenizer.roles.map { role -> Double in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            guard role == .text || role == .byte || role == .endOfText else { return 0 }
            return pow(Double(state >> 40) / 0x1p24, 8)
        }
        let sum = masses.reduce(0, +)
        return masses.map { $0 / sum }
    }

    @Test(arguments: AlignmentSettings.Policy.allCases) func sumsToOneAndIsNeverNegative(
        policy: AlignmentSettings.Policy
    ) throws {
        let pools = [
            PoolSettings(), PoolSettings(constraint: .affine), PoolSettings(kind: .logLinear),
        ]
        for pool in pools {
            let step = UnionStep(map: map, policy: policy, pool: pool)
            for (seed, weights) in [
                [0.25, 0.25, 0.25, 0.25], [0.7, 0.1, 0.1, 0.1], [0, 0.5, 0, 0.5], [0.96, 0.04, 0, 0], [3, 1, 1, 2],
                [1.5, -0.2, -0.2, -0.1], [1, -0.5, 0.25, 0.25],
            ].enumerated() where pool != PoolSettings() || weights.allSatisfy({ $0 >= 0 }) {
                for isStart in [false, true] {
                    let answers = members.indices.map { ($0, weights[$0], distribution($0, seed: UInt64(seed))) }
                    let mixed = try #require(step.mix(answers, isStart: isStart))
                    #expect(mixed.count == map.symbolCount)
                    #expect(mixed.allSatisfy { $0 >= 0 })
                    #expect(abs(mixed.reduce(0, +) - 1) < 1e-9)
                }
            }
        }
    }

    @Test(arguments: AlignmentSettings.Policy.allCases) func theOrderOfMembersDoesNotMatter(
        policy: AlignmentSettings.Policy
    ) throws {
        let step = UnionStep(map: map, policy: policy, pool: PoolSettings())
        let answers = members.indices.map { ($0, Double($0 + 1) / 10, distribution($0, seed: 5)) }
        let forward = try #require(step.mix(answers, isStart: false))
        let backward = try #require(step.mix(answers.reversed(), isStart: false))
        for (a, b) in zip(forward, backward) { #expect(abs(a - b) < 1e-12) }
        // Neither does their order in the map.
        let reversed = try SharedVocabulary(members: members.reversed().map { ($0.name, $0.tokenizer) })
        #expect(reversed.keys == map.keys)
        let other = UnionStep(map: reversed, policy: policy, pool: PoolSettings())
        let again = try #require(
            other.mix(answers.map { (members.count - 1 - $0.0, $0.1, $0.2) }, isStart: false))
        for (a, b) in zip(forward, again) { #expect(abs(a - b) < 1e-12) }
    }

    @Test(arguments: AlignmentSettings.Policy.allCases) func oneMemberIsItself(
        policy: AlignmentSettings.Policy
    ) throws {
        let step = UnionStep(map: map, policy: policy, pool: PoolSettings())
        for index in members.indices {
            let probabilities = distribution(index, seed: 3)
            let mixed = try #require(step.mix([(index, 1, probabilities)], isStart: false))
            var own = [Double](repeating: 0, count: map.symbolCount)
            for (token, probability) in probabilities.enumerated() where probability > 0 {
                own[try #require(map.members[index].symbol(of: TokenID(token))).index] += probability
            }
            for (a, b) in zip(mixed, own) { #expect(abs(a - b) < 1e-15) }
            // A member of weight 0 changes nothing, bit for bit, not even its NaN.
            let other = (index + 1) % members.count
            let spoilt = [Double](repeating: .nan, count: members[other].tokenizer.vocabularySize)
            #expect(step.mix([(other, 0, spoilt), (index, 1, probabilities)], isStart: false) == mixed)
        }
    }

    @Test(arguments: AlignmentSettings.Policy.allCases) func identicalMembersAreTheMember(
        policy: AlignmentSettings.Policy
    ) throws {
        let tokenizer = members[1].tokenizer
        let map = try SharedVocabulary(members: [("a", tokenizer), ("b", tokenizer), ("c", tokenizer)])
        let step = UnionStep(map: map, policy: policy, pool: PoolSettings())
        let probabilities = distribution(1, seed: 9)
        let alone = try #require(step.mix([(0, 1, probabilities)], isStart: false))
        for weights in [[0.2, 0.3, 0.5], [0.9, 0.05, 0.05], [1, 1, 1]] {
            let mixed = try #require(
                step.mix((0..<3).map { ($0, weights[$0], probabilities) }, isStart: false))
            for (a, b) in zip(alone, mixed) { #expect(abs(a - b) < 1e-14) }
        }
    }

    /// Two vocabularies by hand: one has "a", "b" and "ab", the other "a" and "b" only.
    @Test func policiesByHand() throws {
        let long = try SmallTokenizers.byteLevel(words: ["ab"])
        let short = try SmallTokenizers.byteLevel(words: [])
        let map = try SharedVocabulary(members: [("long", long), ("short", short)])
        func probabilities(_ tokenizer: Tokenizer, _ masses: [String: Double]) -> [Double] {
            tokenizer.tokenBytes.enumerated().map { token, bytes in
                tokenizer.roles[token] == .text ? masses[String(decoding: bytes, as: UTF8.self)] ?? 0 : 0
            }
        }
        let a = probabilities(long, ["a": 0.1, "b": 0.3, "ab": 0.6])
        let b = probabilities(short, ["a": 0.8, "b": 0.2])
        func mix(_ policy: AlignmentSettings.Policy, _ w: Double) throws -> [Double] {
            let step = UnionStep(map: map, policy: policy, pool: PoolSettings())
            let mixed = try #require(step.mix([(0, w, a), (1, 1 - w, b)], isStart: false))
            return try ["a", "b", "ab"].map { mixed[try #require(map.symbol(ofKey: Array($0.utf8))).index] }
        }
        func expect(_ found: [Double], _ expected: [Double]) {
            for (found, expected) in zip(found, expected) { #expect(abs(found - expected) < 1e-12) }
        }
        expect(try mix(.zero, 0.5), [0.45, 0.25, 0.3])
        // first: the second says 0.8, 0.2, 0.8, together 1.8.
        expect(try mix(.first, 0.5), [0.05 + 0.4 / 1.8, 0.15 + 0.1 / 1.8, 0.3 + 0.4 / 1.8])
        // share at w = ½: α = 1; "a" of 0.8 goes 1 : 6 to "a" and "ab".
        expect(try mix(.share, 0.5), [0.05 + 0.4 / 7, 0.25, 0.3 + 0.4 * 6 / 7])
        // At w_short = 0.9, α = 0.2: 0.8 · (0.8 + 0.2/7) stays.
        let kept = 0.8 * (0.8 + 0.2 / 7)
        expect(try mix(.share, 0.1), [0.01 + 0.9 * kept, 0.03 + 0.18, 0.06 + 0.9 * (0.8 - kept)])
    }
}

@Suite(.enabled(if: TestData.path != nil)) struct RealUnionStepTests {
    @Test func largeVocabulariesMixQuickly() throws {
        let path = (TestData.path ?? "") + "/tokenizers/"
        let tokenizers = try [Tokenizer(path: path + "phi-2"), Tokenizer(path: path + "t5-small")]
        let map = try SharedVocabulary(members: [("phi-2", tokenizers[0]), ("t5", tokenizers[1])])
        let answers = tokenizers.enumerated().map { index, tokenizer in
            (index, 0.5, [Double](repeating: 1 / Double(tokenizer.vocabularySize), count: tokenizer.vocabularySize))
        }
        for policy in AlignmentSettings.Policy.allCases {
            let step = UnionStep(map: map, policy: policy, pool: PoolSettings())
            var mixed: [Double]?
            let time = ContinuousClock().measure { for _ in 0..<10 { mixed = step.mix(answers, isStart: false) } }
            print("union step over \(map.symbolCount) symbols, \(policy): \(time / 10)")
            #expect(abs((mixed?.reduce(0, +) ?? 0) - 1) < 1e-9)
        }
    }
}
