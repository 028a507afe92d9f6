import Foundation
import SwarmComposition
import SwarmTestSupport
import SwarmTokenizers
import SwarmVocabulary
import Testing

/// Generation over bytes against what it must equal.
@Suite struct BytesModeTests {
    private static func engine(
        _ members: [Member], mode: AlignmentSettings.Mode = .bytes, pool: PoolSettings = PoolSettings()
    ) throws -> DecodingEngine {
        DecodingEngine(
            composition: try Composition(members: members, alignment: AlignmentSettings(mode: mode), pool: pool),
            pool: SmallMembers.pool)
    }

    private static func tiny(_ kind: Int, seed: UInt64, isFaithful: Bool = false) throws -> Member {
        let tiny = TinyMember(
            try TinyKind.all.get()[kind], seed: seed, isFaithful: isFaithful, spread: 1 + Double(seed % 3),
            needsOracle: false)
        return Member(name: "\(kind) \(seed)", model: tiny.model, tokenizer: tiny.tokenizer)
    }

    /// 1,000 random compositions, prompts and seeds: what is evaluated before a choice never changes it.
    @Test func lazyIsEager() throws {
        var draws = Draws(seed: 77)
        let kinds = try TinyKind.all.get()
        var evaluations = (lazy: 0, eager: 0)
        for number in 0..<1_000 {
            let count = 1 + Int(draws.next() % 3)
            let members = try (0..<count).map { place in
                try Self.tiny(Int(draws.next() % UInt64(kinds.count)), seed: UInt64(4 * number + place))
            }
            let weights = members.map { _ in 0.05 + draws.uniform() }
            let pool = number % 5 == 4 ? PoolSettings(kind: .logLinear) : PoolSettings()
            let mode = number % 3 == 2 ? AlignmentSettings.Mode.hybrid : .bytes
            let prompt = Array(["", "a", "ab ", "a b"][Int(draws.next() % 4)].utf8)
            let sampling = SamplerSettings(temperature: number % 2 == 0 ? 0 : 1, seed: UInt64(number))
            var options = GenerationOptions(maxTokens: 4, sampling: sampling)
            let lazy = try Self.engine(members, mode: mode, pool: pool).generate(
                prompt: prompt, weights: weights, options: options)
            options.isEager = true
            let eager = try Self.engine(members, mode: mode, pool: pool).generate(
                prompt: prompt, weights: weights, options: options)
            #expect(lazy.text == eager.text, "case \(number)")
            #expect(lazy.finish == eager.finish, "case \(number)")
            evaluations.lazy += lazy.members.reduce(0) { $0 + $1.evaluations }
            evaluations.eager += eager.members.reduce(0) { $0 + $1.evaluations }
        }
        #expect(evaluations.lazy < evaluations.eager)
    }

    /// Sampled texts of one member begin as brute force says (chi-square at 1 in 1,000, fixed seed).
    @Test(arguments: 0..<8) func sampledBytesHaveTheirFrequencies(kind: Int) throws {
        let tiny = TinyMember(try TinyKind.all.get()[kind], seed: 9, isFaithful: true)
        let member = Member(name: tiny.name, model: tiny.model, tokenizer: tiny.tokenizer)
        let engine = try Self.engine([member])
        let count = 3_000
        var seen: [[UInt8]: Int] = [:]
        /// Two bytes decide, and beyond what brute force enumerated the model is of no use.
        struct Enough: Error {}
        for seed in 0..<count {
            var text: [UInt8] = []
            do {
                _ = try engine.generate(
                    prompt: [], weights: [1],
                    options: GenerationOptions(
                        maxTokens: 4, sampling: SamplerSettings(temperature: 1, seed: UInt64(seed)))
                ) { piece in
                    text += piece
                    if text.count >= 2 { throw Enough() }
                }
            } catch is Enough {}
            seen[Array(text.prefix(2)), default: 0] += 1
        }
        // What two bytes can be, by chains of conditionals; texts that end inside a scalar are cut before it.
        var expected: [[UInt8]: Double] = [:]
        for (text, mass) in tiny.oracle.mass where text.count == 2 && UTF8State.isValid(text) { expected[text] = mass }
        for (text, mass) in tiny.oracle.endMass where text.count < 2 { expected[text] = mass }
        let statistic = ChiSquare(
            observed: seen.filter { expected[$0.key] != nil }, expected: expected, count: count)
        #expect(statistic.isPlausible, "\(tiny.name): \(statistic)")
    }

    /// A one-hot composition is the member; copies of one are it too; the order of members changes nothing.
    @Test func compositionsKeepTheirPromises() throws {
        let members = [try SmallMembers.byteLevel(), try SmallMembers.sentencePiece(), SmallMembers.bytes()]
        let prompt = Array("Tom li".utf8)
        for temperature in [0.0, 1] {
            let options = GenerationOptions(maxTokens: 20, sampling: SamplerSettings(temperature: temperature, seed: 5))
            for (index, member) in members.enumerated() {
                let oneHot = members.indices.map { $0 == index ? 1.0 : 0 }
                let alone = try Self.engine([member]).generate(prompt: prompt, weights: [1], options: options)
                let composed = try Self.engine(members).generate(prompt: prompt, weights: oneHot, options: options)
                #expect(composed.text == alone.text)
                let copies = ["a", "b"].map { Member(name: $0, model: member.model, tokenizer: member.tokenizer) }
                if temperature == 0 {
                    let twice = try Self.engine(copies).generate(prompt: prompt, weights: [0.3, 0.7], options: options)
                    #expect(twice.text == alone.text)
                }
            }
            let forward = try Self.engine(members).generate(
                prompt: prompt, weights: [0.5, 0.3, 0.2], options: options)
            if temperature == 0 {
                let backward = try Self.engine(members.reversed()).generate(
                    prompt: prompt, weights: [0.2, 0.3, 0.5], options: options)
                #expect(forward.text == backward.text)
            }
            // An engine that has generated other texts in between says the same.
            let engine = try Self.engine(members)
            for other in ["Lily had", "Tom l", "🌊"] {
                _ = try engine.generate(prompt: Array(other.utf8), weights: [1, 1, 1], options: options)
            }
            #expect(
                try engine.generate(prompt: prompt, weights: [0.5, 0.3, 0.2], options: options).text == forward.text)
        }
    }

    /// Emoji and CJK that every member cuts in another way: 10,000 sampled texts, each let out in whole scalars.
    @Test(arguments: AlignmentSettings.Mode.allCases) func noStreamHasBrokenScalars(mode: AlignmentSettings.Mode) throws
    {
        let texts = ["海の波 🌊🌊 sea", "🌊海 🌞 naïve", "波🌞波 🌊", "海海 🌊 é"].map { Array($0.utf8) }
        // Tokens that end inside scalars, at other places in each.
        let tokenizers: [Tokenizer] = [
            .bytes(endOfText: true), try SmallTokenizers.byteLevel(words: ["海", "🌊", " 🌊🌊"]),
            try SmallTokenizers.sentencePiece(words: [" 海"], letters: "海波sea"),
        ]
        let members = tokenizers.enumerated().map { index, tokenizer in
            SmallMembers.member("\(index)", tokenizer, texts: texts, order: 2)
        }
        let engine = try Self.engine(members, mode: mode)
        let share = 10_000 / AlignmentSettings.Mode.allCases.count + 1
        var written = 0
        for seed in 0..<share {
            let options = GenerationOptions(
                maxTokens: 2, sampling: SamplerSettings(temperature: seed % 4 == 0 ? 1.5 : 1, seed: UInt64(seed)))
            // Every third prompt ends inside a scalar.
            let prompt: [UInt8] = seed % 3 == 0 ? [0xF0, 0x9F] : Array("海 ".utf8)
            var streamed: [UInt8] = []
            let text = try engine.generate(prompt: prompt, weights: [0.3, 0.4, 0.3], options: options) { piece in
                streamed += piece
                if seed % 3 != 0 { #expect(UTF8State.isValid(piece), "seed \(seed): \(piece)") }
            }.text
            let whole = seed % 3 == 0 && !text.isEmpty ? prompt + text : text
            #expect(streamed == text)
            #expect(UTF8State.isValid(whole), "seed \(seed): \(whole)")
            #expect(!String(decoding: whole, as: UTF8.self).contains("\u{FFFD}"))
            written += text.count
        }
        #expect(written > share)
    }
}
