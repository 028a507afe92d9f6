import SwarmComposition
import SwarmModels
import SwarmTestSupport
import SwarmTokenizers
import SwarmVocabulary
import Testing

/// Segments drawn by `hybrid` have the frequencies that brute force gives them (chi-square at 1 in 1,000, fixed seeds).
@Suite struct SegmentSamplerTests {
    private static let count = 3_000

    private static func engine(_ members: [Member]) throws -> DecodingEngine {
        DecodingEngine(
            composition: try Composition(members: members, alignment: AlignmentSettings(mode: .hybrid)),
            pool: SmallMembers.pool)
    }

    private static func member(_ tiny: TinyMember, _ name: String) -> Member {
        Member(name: name, model: tiny.model, tokenizer: tiny.tokenizer)
    }

    /// How often texts begin with which `length` bytes; texts that end before are counted as they are.
    private static func beginnings(
        _ members: [Member], prompt: String = "", weights: [Double], length: Int
    ) throws -> [[UInt8]: Int] {
        struct Enough: Error {}
        let engine = try engine(members)
        var seen: [[UInt8]: Int] = [:]
        for seed in 0..<count {
            var text: [UInt8] = []
            let options = GenerationOptions(
                maxTokens: 8, sampling: SamplerSettings(temperature: 1, seed: UInt64(seed)))
            do {
                _ = try engine.generate(prompt: Array(prompt.utf8), weights: weights, options: options) { piece in
                    text += piece
                    if text.count >= length { throw Enough() }
                }
            } catch is Enough {}
            seen[Array(text.prefix(length)), default: 0] += 1
        }
        return seen
    }

    /// What texts begin with by one member; those that end inside a scalar are cut before it.
    private static func expected(_ tiny: TinyMember, length: Int) -> [[UInt8]: Double] {
        var expected: [[UInt8]: Double] = [:]
        for (text, mass) in tiny.oracle.mass where text.count == length && UTF8State.isValid(text) {
            expected[text] = mass
        }
        for (text, mass) in tiny.oracle.endMass where text.count < length { expected[text] = mass }
        return expected
    }

    /// Brute force counts all segmentations of Unigram vocabularies; joint segments are made of the tokenizer's own tokens.
    private static let kinds = TinyKind.all.map { $0.filter { !$0.countsAll } }

    /// Whoever writes, copies of a member write as it does: neither peeking at what follows a segment nor drawing again
    /// changes what is likely.
    @Test(arguments: 0..<7) func copiesAreTheMember(kind: Int) throws {
        let tiny = TinyMember(try Self.kinds.get()[kind], seed: 9, isFaithful: true)
        let copies = ["a", "b", "c"].map { Self.member(tiny, $0) }
        let expected = Self.expected(tiny, length: 3)
        let seen = try Self.beginnings(copies, weights: [0.5, 0.3, 0.2], length: 3)
        let statistic = ChiSquare(
            observed: seen.filter { expected[$0.key] != nil }, expected: expected, count: Self.count)
        #expect(statistic.isPlausible, "\(tiny.name): \(statistic)")
    }

    /// The first byte is as likely as the members' weights and what they say of it make it, whatever their tokens are.
    @Test(arguments: 0..<7) func firstBytesAreTheMixture(kind: Int) throws {
        let kinds = try Self.kinds.get()
        let tiny = [kind, (kind + 3) % kinds.count].enumerated().map { place, kind in
            TinyMember(kinds[kind], seed: UInt64(20 + place), isFaithful: true)
        }
        let weights = [0.7, 0.3]
        var expected: [[UInt8]: Double] = [:]
        for (tiny, weight) in zip(tiny, weights) {
            expected.merge(Self.expected(tiny, length: 1).mapValues { weight * $0 }, uniquingKeysWith: +)
        }
        let members = [Self.member(tiny[0], "a"), Self.member(tiny[1], "b")]
        let seen = try Self.beginnings(members, weights: weights, length: 1)
        let statistic = ChiSquare(
            observed: seen.filter { expected[$0.key] != nil }, expected: expected, count: Self.count)
        #expect(statistic.isPlausible, "\(tiny.map(\.name)): \(statistic)")
    }

    /// Between words, where both members have boundaries, each word is one member's: as likely as half of what that member
    /// says of the whole of it, although the other would go on otherwise after its first letter.
    @Test func oneMemberWritesAWord() throws {
        let tokenizer = try SmallTokenizers.byteLevel(words: [" cat", " dog", " cow", " cub"])
        var draws = Draws(seed: 4)
        func texts(_ words: [String]) -> [[UInt8]] {
            (0..<2_000).map { _ in Array(("a" + words[Int(draws.next() % 2)]).utf8) }
        }
        let members = [
            SmallMembers.member("words", tokenizer, texts: texts([" cat", " dog"]), order: 2),
            SmallMembers.member("bytes", .bytes(endOfText: true), texts: texts([" cow", " cub"]), order: 3),
        ]
        let seen = try Self.beginnings(members, prompt: "a", weights: [0.5, 0.5], length: 4)
        let words = [" cat", " dog", " cow", " cub"].map { Array($0.utf8) }
        let count = words.reduce(0) { $0 + (seen[$1] ?? 0) }
        #expect(Double(count) > 0.98 * Double(Self.count))
        let expected = Dictionary(uniqueKeysWithValues: words.map { ($0, 0.25) })
        let statistic = ChiSquare(observed: seen.filter { words.contains($0.key) }, expected: expected, count: count)
        #expect(statistic.isPlausible, "\(statistic): \(words.map { seen[$0] ?? 0 })")
    }

    /// Who does not write is not asked: of two members that cut alike, each token is one pass of its writer, and one more
    /// where another writes the next one.
    @Test func membersThatDoNotWriteAreNotAsked() throws {
        let members = [try SmallMembers.byteLevel("a", order: 2), try SmallMembers.byteLevel("b", order: 3)]
        let engine = try Self.engine(members)
        var (tokens, evaluations, passes) = (0, 0, 0)
        for seed in 0..<40 as Range<UInt64> {
            let found = try engine.generate(
                prompt: Array("the ca".utf8), weights: [0.5, 0.5],
                options: GenerationOptions(maxTokens: 24, sampling: SamplerSettings(temperature: 1, seed: seed)))
            tokens += members[0].tokenizer.encode(found.text, addSpecial: false, parseSpecial: false).ids.count
            evaluations += found.members.reduce(0) { $0 + $1.evaluations }
            passes += found.members.reduce(0) { $0 + $1.passes }
        }
        #expect(Double(evaluations) < 2.2 * Double(tokens))
        #expect(Double(passes) < 1.7 * Double(tokens))
    }

    /// Faulty members never write; where all are faulty, that is said.
    @Test func faultyMembersDoNotWrite() throws {
        let right = try SmallMembers.byteLevel("right")
        let spoilt = try SmallMembers.byteLevel("spoilt")
        let base = try #require(spoilt.model as? NGramModel)
        let faulty = ["x", "y"].map {
            Member(
                name: $0, model: SpoiltModel(base: base) { $0.map { _ in Float.nan } }, tokenizer: spoilt.tokenizer)
        }
        let options = GenerationOptions(maxTokens: 12, sampling: SamplerSettings(temperature: 1, seed: 3))
        let prompt = Array("the ca".utf8)
        let found = try Self.engine([right, faulty[0]]).generate(
            prompt: prompt, weights: [0.5, 0.5], options: options)
        #expect(!found.text.isEmpty && UTF8State.isValid(found.text))
        #expect(found.members[1].faultyRows > 0)
        #expect(throws: CompositionError.self) {
            try Self.engine(faulty).generate(prompt: prompt, weights: [0.5, 0.5], options: options)
        }
    }
}
