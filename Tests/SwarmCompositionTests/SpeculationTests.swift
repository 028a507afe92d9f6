import Foundation
import SwarmComposition
import SwarmKernels
import SwarmTokenizers
import SwarmVocabulary
import Testing

/// Guessing ahead and leaving members out: less work, the same text.
@Suite struct SpeculationTests {
    private let prompt = Array("the cat sat on the mat.\nthe dog sat on the log.\nthe cat".utf8)
    private let weights = [0.4, 0.2, 0.3, 0.1]
    private static let modes: [AlignmentSettings.Mode] = [.union, .bytes, .hybrid]

    private func generate(
        _ members: [Member], _ mode: AlignmentSettings.Mode, after before: ArraySlice<UInt8> = [], weights: [Double],
        temperature: Double,
        speculation: SpeculationSettings = SpeculationSettings(), skips: Bool = false, seed: UInt64 = 5,
        policy: AlignmentSettings.Policy = .share, contextPolicy: GenerationOptions.ContextPolicy = .slide
    ) throws -> Generated {
        let engine = DecodingEngine(
            composition: try Composition(
                members: members, alignment: AlignmentSettings(mode: mode, policy: policy)), pool: SmallMembers.pool)
        var options = GenerationOptions(
            maxTokens: 40, sampling: SamplerSettings(temperature: temperature, seed: seed), speculation: speculation,
            skips: skips)
        options.contextPolicy = contextPolicy
        return try engine.generate(prompt: Array(before) + prompt, weights: weights, options: options)
    }

    @Test(arguments: modes, [SpeculationSettings.Source.lookup, .member])
    func guessesChangeNoText(mode: AlignmentSettings.Mode, source: SpeculationSettings.Source) throws {
        let members = try SmallMembers.all()
        var (drafted, accepted) = (0, 0)
        for temperature in [0.0, 1] {
            for seed in 0..<4 as Range<UInt64> {
                let plain = try generate(members, mode, weights: weights, temperature: temperature, seed: seed)
                let found = try generate(
                    members, mode, weights: weights, temperature: temperature,
                    speculation: SpeculationSettings(source: source, longest: 6), seed: seed)
                #expect(found.text == plain.text && found.finish == plain.finish)
                #expect(plain.draftedBytes == nil)
                drafted += try #require(found.draftedBytes)
                accepted += try #require(found.acceptedBytes)
            }
        }
        // Texts of so small a world go on as they did before.
        #expect(accepted > 0 && accepted <= drafted, "\(accepted) of \(drafted)")
    }

    /// Branches and guesses beside a text that fills a window have room: nothing has the text evaluated once more.
    @Test(arguments: modes, [100, 2048])
    func aFullWindowIsReadOnce(mode: AlignmentSettings.Mode, window: Int) throws {
        let members = try [
            SmallMembers.member("bytes", .bytes(endOfText: true), order: 4, contextLength: window),
            SmallMembers.byteLevel(),
        ]
        let before = (0..<window).map { prompt[$0 % prompt.count] }.suffix(window - 10 - prompt.count)
        for source in [SpeculationSettings.Source.none, .lookup, .member] {
            let found = try generate(
                members, mode, after: before, weights: [0.5, 0.5], temperature: 0,
                speculation: SpeculationSettings(source: source), contextPolicy: .stop)
            #expect(found.finish == .context)
            #expect(found.members.allSatisfy { $0.evaluations < window + 10 }, "\(found.members.map(\.evaluations))")
        }
    }

    @Test(arguments: modes) func membersSideBySideWriteTheSame(mode: AlignmentSettings.Mode) throws {
        let members = try SmallMembers.all()
        let composition = try Composition(members: members, alignment: AlignmentSettings(mode: mode))
        for (temperature, skips) in [(0.0, false), (0, true), (1, false)] {
            let options = GenerationOptions(
                maxTokens: 30, sampling: SamplerSettings(temperature: temperature, seed: 9), skips: skips)
            let texts = try [0, nil, 1, 2].map { threads in
                let engine = DecodingEngine(
                    composition: composition, pool: ThreadPool(threadCount: 2), threadsPerMember: threads)
                return try engine.generate(prompt: prompt, weights: weights, options: options)
            }
            #expect(!texts[0].text.isEmpty)
            for other in texts { #expect(other.text == texts[0].text && other.finish == texts[0].finish) }
        }
    }

    @Test func membersGoSideBySideWhereNoneHasMuchMoreToRead() {
        func isQuicker(_ megabytes: [Int], threads: Int) -> Bool {
            DecodingEngine.isQuickerSideBySide(megabytes.map { $0 << 20 }, threads: threads)
        }
        #expect(isQuicker([145, 136], threads: 2) && isQuicker([130, 130], threads: 2))
        #expect(!isQuicker([350, 240], threads: 2) && !isQuicker([90, 350], threads: 2))
        #expect(isQuicker([300, 150, 150], threads: 2) && !isQuicker([300, 150, 150], threads: 3))
        // Threads would be idle.
        #expect(!isQuicker([130, 130], threads: 4) && !isQuicker([130], threads: 2))
        #expect(!isQuicker([130, 130], threads: 1))
        // Too small to share between threads.
        #expect(isQuicker([1, 5], threads: 2))
    }

    @Test func aMemberAloneLooksUpOnly() throws {
        let members = [try SmallMembers.byteLevel()]
        for source in SpeculationSettings.Source.allCases {
            let plain = try generate(members, .union, weights: [1], temperature: 0)
            let found = try generate(
                members, .union, weights: [1], temperature: 0, speculation: SpeculationSettings(source: source))
            #expect(found.text == plain.text)
            if source == .member { #expect(found.draftedBytes == 0) }
        }
    }

    /// What is left out is what cannot matter: the same text, fewer tokens evaluated.
    @Test(arguments: [AlignmentSettings.Policy.zero, .share])
    func membersThatCannotMatterAreNotAsked(policy: AlignmentSettings.Policy) throws {
        let members = try SmallMembers.all()
        var saved = 0
        for weights in [[0.85, 0.05, 0.05, 0.05], [0.05, 0.8, 0.1, 0.05], [0.1, 0.1, 0.7, 0.1]] {
            let plain = try generate(members, .union, weights: weights, temperature: 0, policy: policy)
            let found = try generate(members, .union, weights: weights, temperature: 0, skips: true, policy: policy)
            #expect(found.text == plain.text && found.finish == plain.finish)
            saved += zip(plain.members, found.members).reduce(0) { $0 + $1.0.evaluations - $1.1.evaluations }
        }
        #expect(saved > 0)
    }

    /// Random rows: whenever `decided` answers, the whole mixture's choice is the same.
    @Test(arguments: [AlignmentSettings.Policy.zero, .share])
    func whatIsDecidedIsTheChoiceOfAll(policy: AlignmentSettings.Policy) throws {
        let members = try SmallMembers.all()
        let map = try Composition(members: members).map
        let step = UnionStep(map: map, policy: policy, pool: PoolSettings())
        var state: UInt64 = 11
        func number() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 40) / 0x1p24
        }
        var decisions = 0
        for _ in 0..<400 {
            let shares = members.map { _ in number() * number() }.sorted(by: >)
            let rows = members.map { member -> [Double] in
                var row = member.tokenizer.roles.map { role in
                    role == .text || role == .byte || role == .endOfText ? number() * number() * number() : 0
                }
                // Often one token has most.
                let likely = Int(number() * Double(row.count))
                if row[likely] > 0 { row[likely] += 200 * number() }
                let sum = row.reduce(0, +)
                return row.map { $0 / sum }
            }
            let total = shares.reduce(0, +)
            let answers = try members.indices.map {
                ($0, shares[$0] / total, try #require(NextToken(logits: rows[$0].map { Float(log($0)) })))
            }
            let all = try #require(
                step.mix(answers.map { ($0.0, $0.1, $0.2.probabilities()) }, isStart: false))
            for count in 1..<members.count {
                let some = step.lazily(Array(answers[..<count]), isStart: false)
                guard let found = some?.decided(without: NumberSet([], below: map.symbolCount)) else { continue }
                decisions += 1
                let best = all.indices.max { (all[$0], -$0) < (all[$1], -$1) }
                #expect(found == best)
            }
        }
        #expect(decisions > 20)
    }
}
