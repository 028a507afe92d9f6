import SwarmComposition
import SwarmModels
import SwarmTokenizers
import SwarmVocabulary
import Testing

/// Generation with alignment `bytes`.
@Suite struct ByteDecodingTests {
    private let prompt = Array("the ca".utf8)

    private func engine(
        _ members: [Member], mode: AlignmentSettings.Mode = .bytes, pool: PoolSettings = PoolSettings(),
        epsilon: Double = 0
    ) throws -> DecodingEngine {
        DecodingEngine(
            composition: try Composition(
                members: members, alignment: AlignmentSettings(mode: mode, epsilon: epsilon), pool: pool),
            pool: SmallMembers.pool)
    }

    private func options(_ temperature: Double, _ seed: UInt64, eager: Bool = false) -> GenerationOptions {
        GenerationOptions(
            maxTokens: 12, sampling: SamplerSettings(temperature: temperature, seed: seed), isEager: eager)
    }

    @Test func eagerIsLazy() throws {
        let members = try SmallMembers.all()
        for pool in [PoolSettings(), PoolSettings(kind: .logLinear), PoolSettings(constraint: .affine)] {
            let weights = pool.constraint == .affine ? [0.5, 0.7, -0.4, 0.2] : [0.1, 0.4, 0.3, 0.2]
            var (lazyCost, eagerCost) = (0, 0)
            for seed in 0..<3 as Range<UInt64> {
                for temperature in [0.0, 1] {
                    let lazy = try engine(members, pool: pool).generate(
                        prompt: prompt, weights: weights, options: options(temperature, seed))
                    let eager = try engine(members, pool: pool).generate(
                        prompt: prompt, weights: weights, options: options(temperature, seed, eager: true))
                    #expect(lazy.text == eager.text)
                    #expect(lazy.finish == eager.finish)
                    lazyCost += lazy.members.reduce(0) { $0 + $1.evaluations }
                    eagerCost += eager.members.reduce(0) { $0 + $1.evaluations }
                }
            }
            #expect(lazyCost <= eagerCost)
        }
    }

    /// What earlier calls left in the caches changes nothing.
    @Test func aKeptCacheIsAFreshOne() throws {
        let members = try SmallMembers.all()
        let kept = try engine(members)
        for seed in 0..<8 as Range<UInt64> {
            let weights = [0.1, 0.4, 0.3, Double(seed) / 10]
            let fresh = try engine(members).generate(prompt: prompt, weights: weights, options: options(1, seed))
            let again = try kept.generate(prompt: prompt, weights: weights, options: options(1, seed))
            #expect(again.text == fresh.text)
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
        let alone = try engine([try SmallMembers.byteLevel("a")])
        let twice = try engine([try SmallMembers.byteLevel("a"), try SmallMembers.byteLevel("b")])
        for seed in 0..<4 as Range<UInt64> {
            let expected = try alone.generate(prompt: prompt, weights: [1], options: options(0, seed))
            let found = try twice.generate(prompt: prompt, weights: [0.3, 0.7], options: options(0, seed))
            #expect(found.text == expected.text)
        }
    }

    @Test func everyTextIsValidUTF8() throws {
        let members = try SmallMembers.all()
        let engine = try engine(members)
        for seed in 0..<10 as Range<UInt64> {
            var streamed: [UInt8] = []
            let found = try engine.generate(
                prompt: Array("the sea 🌊 caf".utf8), weights: [0.4, 0.3, 0.2, 0.1], options: options(1, seed)
            ) { streamed += $0 }
            #expect(UTF8State.isValid(found.text))
            #expect(streamed == found.text)
        }
    }

    @Test func epsilonIsAccountedFor() throws {
        let found = try engine(try SmallMembers.all(), epsilon: 1e-3).generate(
            prompt: prompt, weights: [1, 1, 1, 1], options: options(1, 3))
        let bound = try #require(found.totalVariationBound)
        #expect(bound >= 0 && bound < 0.05)
    }

    @Test(arguments: [AlignmentSettings.Mode.bytes, .hybrid])
    func fullWindowsStopSlideOrDrop(mode: AlignmentSettings.Mode) throws {
        let small = SmallMembers.member("small", try SmallMembers.byteLevel().tokenizer, order: 3, contextLength: 12)
        let members = [SmallMembers.bytes(), small]
        for (policy, finish) in [
            (GenerationOptions.ContextPolicy.stop, Generated.Finish.context), (.slide, .length), (.drop, .length),
        ] {
            var options = GenerationOptions(maxTokens: 60, contextPolicy: policy)
            options.sampling.temperature = 1
            options.sampling.seed = 5
            let found = try engine(members, mode: mode).generate(prompt: prompt, weights: [0.6, 0.4], options: options)
            #expect(found.finish == finish || (found.finish == .end && policy != .stop))
            #expect(found.members[1].isDropped == (policy == .drop))
        }
    }

    /// Tokens are counted by the member of the largest weight; where that is left out, by the one that is left.
    @Test(arguments: [AlignmentSettings.Mode.bytes, .hybrid])
    func tokensAreCountedWithoutTheHeaviest(mode: AlignmentSettings.Mode) throws {
        let small = SmallMembers.member("small", try SmallMembers.byteLevel().tokenizer, order: 3, contextLength: 12)
        for seed in 0..<4 as Range<UInt64> {
            var options = GenerationOptions(maxTokens: 60, contextPolicy: .drop)
            options.sampling.temperature = 1
            options.sampling.seed = seed
            let found = try engine([SmallMembers.bytes(), small], mode: mode).generate(
                prompt: prompt, weights: [0.3, 0.7], options: options)
            #expect(found.finish == .length ? found.tokenCount == 60 : found.finish == .end && found.tokenCount <= 60)
            #expect(found.text.count < 200)
        }
    }

    /// A member of one byte a token is penalised as decoding over its tokens does, in every mode.
    @Test func repetitionPenaltiesAreOfTokens() throws {
        let member = SmallMembers.bytes()
        let twin = Member(name: "twin", model: member.model, tokenizer: member.tokenizer)
        var options = options(0, 0)
        options.sampling.repetitionWindow = 5
        var texts: Set<[UInt8]> = []
        for penalty in [1, 1.3, 3] {
            options.sampling.repetitionPenalty = penalty
            func text(_ members: [Member], _ mode: AlignmentSettings.Mode) throws -> [UInt8] {
                let composition = try Composition(members: members, alignment: AlignmentSettings(mode: mode))
                let weights = [Double](repeating: 1, count: members.count)
                return try DecodingEngine(composition: composition, pool: SmallMembers.pool)
                    .generate(prompt: prompt, weights: weights, options: options).text
            }
            let expected = try text([member], .union)
            #expect(try text([member], .bytes) == expected)
            #expect(try text([member, twin], .bytes) == expected)
            #expect(try text([member, twin], .hybrid) == expected)
            texts.insert(expected)
        }
        #expect(texts.count > 1)
    }
}
