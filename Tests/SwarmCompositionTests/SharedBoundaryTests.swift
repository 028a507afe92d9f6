import Foundation
import SwarmComposition
import SwarmModels
import SwarmTestSupport
import SwarmTokenizers
import SwarmVocabulary
import Testing

/// Generation with alignment `hybrid`.
@Suite struct SharedBoundaryTests {
    private let prompt = Array("the ca".utf8)

    private func engine(
        _ members: [Member], mode: AlignmentSettings.Mode = .hybrid, pool: PoolSettings = PoolSettings()
    ) throws -> DecodingEngine {
        DecodingEngine(
            composition: try Composition(members: members, alignment: AlignmentSettings(mode: mode), pool: pool),
            pool: SmallMembers.pool)
    }

    private func options(_ temperature: Double, _ seed: UInt64, eager: Bool = false) -> GenerationOptions {
        GenerationOptions(
            maxTokens: 12, sampling: SamplerSettings(temperature: temperature, seed: seed), isEager: eager)
    }

    /// Members of one vocabulary are asked about one node a token each, where `bytes` is unsure of more.
    @Test func sharedVocabulariesCostOneNodeAToken() throws {
        let members = [try SmallMembers.byteLevel("a", order: 2), try SmallMembers.byteLevel("b", order: 3)]
        var cost: [AlignmentSettings.Mode: Int] = [:]
        var tokens: [AlignmentSettings.Mode: Int] = [:]
        for mode in [AlignmentSettings.Mode.hybrid, .bytes] {
            let engine = try engine(members, mode: mode)
            _ = try engine.generate(prompt: prompt, weights: [0.5, 0.5], options: options(0, 0))
            for seed in 0..<8 as Range<UInt64> {
                let found = try engine.generate(prompt: prompt, weights: [0.5, 0.5], options: options(1, seed))
                let ids = members[0].tokenizer.encode(prompt + found.text, addSpecial: false, parseSpecial: false).ids
                tokens[mode, default: 0] += ids.count
                cost[mode, default: 0] += found.members[0].evaluations + found.members[1].evaluations
            }
        }
        let hybrid = Double(try #require(cost[.hybrid])) / Double(try #require(tokens[.hybrid]))
        let bytes = Double(try #require(cost[.bytes])) / Double(try #require(tokens[.bytes]))
        #expect(hybrid < 2.2)
        #expect(hybrid <= bytes + 0.05)
    }

    /// A member that reads bytes reads in one pass what the others are likely to write, and seldom more than is written.
    @Test(arguments: [0.0, 1]) func whatIsLikelyIsReadInOnePass(temperature: Double) throws {
        let words = [try SmallMembers.byteLevel("a", order: 2), try SmallMembers.byteLevel("b")]
        let engine = try engine(words + [SmallMembers.bytes()])
        var (bytes, evaluations, passes) = (0, 0, 0)
        for seed in 0..<8 as Range<UInt64> {
            let found = try engine.generate(
                prompt: prompt, weights: [0.4, 0.3, 0.3], options: options(temperature, seed))
            bytes += found.text.count
            evaluations += found.members[2].evaluations
            passes += found.members[2].passes
        }
        #expect(Double(passes) < 0.75 * Double(bytes))
        #expect(Double(evaluations) < 1.3 * Double(bytes + prompt.count))
    }

    @Test func eagerIsLazyAndAKeptCacheIsAFreshOne() throws {
        let members = try SmallMembers.all()
        for pool in [PoolSettings(), PoolSettings(kind: .logLinear), PoolSettings(constraint: .affine)] {
            let weights = pool.constraint == .affine ? [0.5, 0.7, -0.4, 0.2] : [0.1, 0.4, 0.3, 0.2]
            let kept = try engine(members, pool: pool)
            for seed in 0..<3 as Range<UInt64> {
                for temperature in [0.0, 1, 0.7] {
                    let lazy = try kept.generate(
                        prompt: prompt, weights: weights, options: options(temperature, seed))
                    let eager = try engine(members, pool: pool).generate(
                        prompt: prompt, weights: weights, options: options(temperature, seed, eager: true))
                    #expect(lazy.text == eager.text)
                    #expect(lazy.finish == eager.finish)
                    #expect(UTF8State.isValid(lazy.text))
                }
            }
        }
    }

    @Test func theOrderOfMembersDoesNotMatter() throws {
        let members = try SmallMembers.all()
        let weights = [0.1, 0.4, 0.3, 0.2]
        let found = try engine(members).generate(prompt: prompt, weights: weights, options: options(0, 0))
        let reversed = try engine(members.reversed()).generate(
            prompt: prompt, weights: weights.reversed(), options: options(0, 0))
        #expect(found.text == reversed.text)
        #expect(!found.text.isEmpty)
    }

    @Test func identicalMembersAreTheMember() throws {
        let twice = try engine([try SmallMembers.byteLevel("a"), try SmallMembers.byteLevel("b")])
        let thrice = try engine(["a", "b", "c"].map { try SmallMembers.byteLevel($0) })
        // What is drawn depends on how the members' bounds lie beside each other; the likeliest does not.
        for prompt in ["the ca", "there was", "Tom liked"].map({ Array($0.utf8) }) {
            let expected = try twice.generate(prompt: prompt, weights: [0.5, 0.5], options: options(0, 0))
            let found = try thrice.generate(prompt: prompt, weights: [0.25, 0.5, 0.25], options: options(0, 0))
            #expect(found.text == expected.text)
        }
    }

    @Test func oneHotIsTheMemberBitForBit() throws {
        let members = try SmallMembers.all()
        let composed = try engine(members)
        for (index, member) in members.enumerated() {
            let alone = try engine([member], mode: .union)
            let weights = members.indices.map { $0 == index ? 0.3 : 0 }
            for options in [options(0, 0), options(1, 1)] {
                let found = try composed.generate(prompt: prompt, weights: weights, options: options)
                #expect(found.text == (try alone.generate(prompt: prompt, weights: [1], options: options)).text)
            }
        }
    }
}
