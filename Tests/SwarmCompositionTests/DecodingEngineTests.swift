import Foundation
import SwarmComposition
import SwarmModels
import SwarmTestSupport
import SwarmTokenizers
import SwarmVocabulary
import Testing

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

@Suite struct DecodingEngineTests {
    let prompt = Array("the cat".utf8)

    private func engine(
        _ members: [Member], policy: AlignmentSettings.Policy = .share, pool: PoolSettings = PoolSettings()
    ) throws -> DecodingEngine {
        DecodingEngine(
            composition: try Composition(
                members: members, alignment: AlignmentSettings(mode: .union, policy: policy), pool: pool),
            pool: SmallMembers.pool)
    }

    private func sampled(_ seed: UInt64, maxTokens: Int = 60, temperature: Double = 1) -> GenerationOptions {
        GenerationOptions(
            maxTokens: maxTokens, sampling: SamplerSettings(temperature: temperature, seed: seed))
    }

    @Test func oneHotIsTheMemberBitForBit() throws {
        let members = try SmallMembers.all()
        let composed = try engine(members)
        for (index, member) in members.enumerated() {
            let alone = try engine([member])
            var weights = [0.0, 0, 0, 0]
            weights[index] = 0.3
            for options in [GenerationOptions(maxTokens: 40), sampled(1), sampled(2)] {
                let found = try composed.generate(prompt: prompt, weights: weights, options: options)
                let expected = try alone.generate(prompt: prompt, weights: [1], options: options)
                #expect(found.text == expected.text)
                #expect(found.finish == expected.finish)
                for other in members.indices where other != index { #expect(found.members[other].evaluations == 0) }
            }
        }
    }

    /// The plainest loop over one member's tokens.
    @Test func oneMemberIsOrdinaryDecoding() throws {
        let member = try SmallMembers.byteLevel()
        let session = member.model.makeSession(capacity: 100, pool: SmallMembers.pool)
        var node = session.root
        var row: [Float] = []
        func read(_ token: TokenID) throws {
            let answer = try session.evaluate([PendingToken(parent: .node(node), token: token, needsLogits: true)])
            node = answer.nodes[0]
            row = answer.logits
        }
        try read(#require(member.tokenizer.startToken))
        for token in member.tokenizer.encode(prompt, addSpecial: false).ids { try read(token) }
        var expected: [UInt8] = []
        for _ in 0..<25 {
            let best = try #require(row.indices.max { row[$0] < row[$1] || (row[$0] == row[$1] && $0 > $1) })
            if member.tokenizer.roles[best] == .endOfText { break }
            expected += member.tokenizer.tokenBytes[best]
            try read(TokenID(best))
        }
        let found = try engine([member]).generate(
            prompt: prompt, weights: [1], options: GenerationOptions(maxTokens: 25))
        #expect(text(found.text) == text(expected))
        #expect(found.text.count > 10)
    }

    @Test(arguments: AlignmentSettings.Policy.allCases) func identicalMembersAreTheMember(
        policy: AlignmentSettings.Policy
    ) throws {
        // Even what is sampled is the same.
        let alone = try engine([SmallMembers.bytes()])
        let three = try engine(
            [SmallMembers.bytes("a"), SmallMembers.bytes("b"), SmallMembers.bytes("c")], policy: policy)
        for options in [GenerationOptions(maxTokens: 80), sampled(3), sampled(4)] {
            let expected = try alone.generate(prompt: prompt, weights: [1], options: options)
            let found = try three.generate(prompt: prompt, weights: [0.2, 0.5, 0.3], options: options)
            #expect(text(found.text) == text(expected.text))
            #expect(found.finish == expected.finish)
            #expect(found.tokenCount == expected.tokenCount)
        }
    }

    @Test func theOrderOfMembersDoesNotMatter() throws {
        let members = try SmallMembers.all()
        let forward = try engine(members)
        let backward = try engine(members.reversed())
        let weights = [0.1, 0.3, 0.4, 0.2]
        for seed in 0..<5 {
            let a = try forward.generate(prompt: prompt, weights: weights, options: sampled(UInt64(seed)))
            let b = try backward.generate(prompt: prompt, weights: weights.reversed(), options: sampled(UInt64(seed)))
            #expect(text(a.text) == text(b.text))
        }
    }

    @Test func aKeptCacheIsAFreshOne() throws {
        let members = try SmallMembers.all()
        let kept = try engine(members)
        let prompts = ["", "the cat", "the cat sat", "a small café by", "", "the cat"].map { Array($0.utf8) }
        for (index, prompt) in prompts.enumerated() {
            for weights in [[0.25, 0.25, 0.25, 0.25], [0, 0.5, 0.5, 0], [0, 0, 1, 0]] {
                let found = try kept.generate(prompt: prompt, weights: weights, options: sampled(UInt64(index)))
                let fresh = try engine(members).generate(
                    prompt: prompt, weights: weights, options: sampled(UInt64(index)))
                #expect(text(found.text) == text(fresh.text))
                #expect(found.finish == fresh.finish)
            }
        }
    }

    @Test func promptsAreReadOnce() throws {
        let engine = try engine(SmallMembers.all())
        let long = (0..<20).flatMap { _ in SmallMembers.texts[0] }
        let options = GenerationOptions(maxTokens: 1, skips: false)
        let first = try engine.generate(prompt: long, weights: [1, 1, 1, 1], options: options)
        let second = try engine.generate(prompt: long, weights: [3, 1, 1, 1], options: options)
        for (member, again) in zip(first.members, second.members) {
            #expect(member.evaluations > 300)
            #expect(again.evaluations <= 1)
        }
    }

    @Test func neverStreamsAReplacementCharacter() throws {
        // High temperatures over bytes and byte tokens reach every corner of UTF-8.
        for members in try [
            [SmallMembers.bytes()], [SmallMembers.bytes("a"), SmallMembers.bytes("b")], SmallMembers.all(),
            [SmallMembers.byteLevel(), SmallMembers.sentencePiece()],
        ] {
            let engine = try engine(members)
            for seed in 0..<12 {
                var streamed: [UInt8] = []
                let found = try engine.generate(
                    prompt: Array("the sun is warm ".utf8), weights: members.map { _ in 1 },
                    options: sampled(UInt64(seed), maxTokens: 80, temperature: 3)
                ) { chunk in
                    #expect(!chunk.isEmpty && UTF8State.isValid(chunk))
                    streamed += chunk
                }
                #expect(streamed == found.text)
                #expect(UTF8State.isValid(found.text))
            }
        }
    }

    @Test func seedsRepeatAndDiffer() throws {
        let engine = try engine(SmallMembers.all())
        let texts = try [1, 1, 2, 3].map {
            try engine.generate(prompt: prompt, weights: [1, 1, 1, 1], options: sampled($0)).text
        }
        #expect(texts[0] == texts[1])
        #expect(Set(texts).count == 3)
    }

    @Test func stopStringsAreNeverStreamed() throws {
        for members in try [[SmallMembers.bytes()], SmallMembers.all()] {
            let engine = try engine(members)
            let weights = members.map { _ in 1.0 }
            let whole = try engine.generate(
                prompt: prompt, weights: weights, options: GenerationOptions(maxTokens: 60))
            // Any stretch of the text, token borders or not.
            for start in stride(from: 1, to: whole.text.count - 6, by: 3) {
                let stop = Array(whole.text[start..<start + 5])
                var streamed: [UInt8] = []
                let found = try engine.generate(
                    prompt: prompt, weights: weights,
                    options: GenerationOptions(maxTokens: 60, stop: [Array("never".utf8), stop])
                ) { streamed += $0 }
                let expected = try #require(text(whole.text).range(of: text(stop)))
                #expect(found.finish == .stop)
                #expect(text(found.text) == String(text(whole.text)[..<expected.lowerBound]))
                #expect(streamed == found.text)
            }
        }
        #expect(throws: CompositionError.self) {
            try engine([SmallMembers.bytes()]).generate(
                prompt: [], weights: [1], options: GenerationOptions(stop: [[]]))
        }
    }

    @Test func halfAStopStringIsLetOutAtTheEnd() throws {
        let engine = try engine([SmallMembers.bytes()])
        let whole = try engine.generate(prompt: prompt, weights: [1], options: GenerationOptions(maxTokens: 10))
        var streamed: [UInt8] = []
        let found = try engine.generate(
            prompt: prompt, weights: [1],
            options: GenerationOptions(maxTokens: 10, stop: [whole.text.suffix(3) + Array("???".utf8)])
        ) { streamed += $0 }
        #expect(found == whole.withEvaluations(of: found))
        #expect(streamed == whole.text)
    }

    @Test func fullWindowsStopSlideOrDrop() throws {
        let tokenizer = Tokenizer.bytes(endOfText: false)
        let short = SmallMembers.member("short", tokenizer, order: 3, contextLength: 16)
        let long = SmallMembers.member("long", tokenizer, order: 3)
        var options = GenerationOptions(maxTokens: 40)
        for members in [[short], [short, long]] {
            let engine = try engine(members)
            let weights = members.map { _ in 1.0 }
            options.contextPolicy = .stop
            let stopped = try engine.generate(prompt: prompt, weights: weights, options: options)
            #expect(stopped.finish == .context)
            #expect(stopped.tokenCount == 16 - prompt.count + 1)
            // A trigram model sees no further than its window: sliding changes nothing.
            options.contextPolicy = .slide
            let slid = try engine.generate(prompt: prompt, weights: weights, options: options)
            let unlimited = try self.engine([long]).generate(prompt: prompt, weights: [1], options: options)
            #expect(text(slid.text) == text(unlimited.text))
            #expect(slid.finish == .length)
        }
        options.contextPolicy = .drop
        let dropped = try engine([short, long]).generate(prompt: prompt, weights: [1, 1], options: options)
        #expect(dropped.finish == .length)
        #expect(dropped.members.map(\.isDropped) == [true, false])
    }

    @Test func membersSurviveWhatTheyCannotWrite() throws {
        // The Unigram member has no line feed, digits or accents: it reads `<unk>` and goes on.
        let members = try [SmallMembers.unigram(), SmallMembers.bytes()]
        let found = try engine(members).generate(
            prompt: Array("the cat sat on the mat.\nthe d".utf8), weights: [0.3, 0.7],
            options: GenerationOptions(maxTokens: 24))
        #expect(text(found.text).hasPrefix("og sat on the "))
    }

    @Test func faultyMembersAreLeftOut() throws {
        let base = try #require(SmallMembers.bytes().model as? NGramModel)
        let bad = Member(
            name: "bad", model: SpoiltModel(base: base) { row in row.map { _ in .nan } },
            tokenizer: .bytes(endOfText: true))
        let engine = try engine([SmallMembers.bytes(), bad])
        var options = GenerationOptions(maxTokens: 20)
        let found = try engine.generate(prompt: prompt, weights: [0.1, 0.9], options: options)
        let expected = try engine.generate(prompt: prompt, weights: [1, 0], options: options)
        #expect(text(found.text) == text(expected.text))
        #expect(found.members[1].faultyRows == 20)
        options.isStrict = true
        #expect(throws: CompositionError.faultyRow(member: "bad", position: 7)) {
            try engine.generate(prompt: prompt, weights: [0.1, 0.9], options: options)
        }
        #expect(throws: CompositionError.allMembersFaulty(position: 7)) {
            try engine.generate(prompt: prompt, weights: [0, 1], options: options)
        }
    }

    @Test func theEndEndsTheText() throws {
        for weights in [[1.0, 0], [0.5, 0.5]] {
            let found = try engine([SmallMembers.bytes(), SmallMembers.byteLevel()]).generate(
                prompt: Array("Lily had a dog. the dog liked the mat.".utf8), weights: weights,
                options: GenerationOptions(maxTokens: 50))
            #expect(found.finish == .end)
            #expect(text(found.text) == "\n")
        }
    }

    @Test func anEmptyPromptStartsAText() throws {
        let members = try SmallMembers.all()
        let engine = try engine(members)
        let starts = ["the", "a s", "there", "Lily"]
        for seed in 0..<6 {
            let found = try engine.generate(
                prompt: [], weights: [0.4, 0.3, 0.2, 0.1],
                options: GenerationOptions(
                    maxTokens: 12, sampling: SamplerSettings(temperature: 0.2, seed: UInt64(seed))))
            #expect(starts.contains { text(found.text).hasPrefix($0) }, "\(text(found.text))")
        }
    }

    @Test func logLinearPoolsAndContrast() throws {
        let members = try [SmallMembers.byteLevel(), SmallMembers.sentencePiece()]
        let engine = try engine(members, pool: PoolSettings(kind: .logLinear))
        for weights in [[0.5, 0.5], [1.5, -0.5]] {
            let found = try engine.generate(prompt: prompt, weights: weights, options: GenerationOptions(maxTokens: 10))
            #expect(found.tokenCount > 3 && found.finish != .deadEnd)
        }
        #expect(throws: CompositionError.logLinearNeedsShare(policy: "zero")) {
            try self.engine(members, policy: .zero, pool: PoolSettings(kind: .logLinear))
        }
    }

    @Test func repetitionIsPenalised() throws {
        let engine = try engine(SmallMembers.all())
        var options = GenerationOptions(maxTokens: 60)
        let plain = try engine.generate(prompt: prompt, weights: [1, 1, 1, 1], options: options)
        options.sampling.repetitionPenalty = 1.5
        let penalised = try engine.generate(prompt: prompt, weights: [1, 1, 1, 1], options: options)
        #expect(plain.text != penalised.text)
    }
}

extension Generated {
    /// Itself with another's account of evaluations, which depends on what was read before.
    fileprivate func withEvaluations(of other: Generated) -> Generated {
        var copy = self
        copy.members = other.members
        return copy
    }
}
