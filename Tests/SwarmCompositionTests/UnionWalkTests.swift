import Foundation
import SwarmComposition
import SwarmTestSupport
import SwarmTokenizers
import Testing

@Suite struct UnionWalkTests {
    /// Where every symbol is a byte there is one cut, and the walk is the product over bytes.
    @Test func bytesHaveOneCut() throws {
        // Nothing that would have to be masked: letters alone, and the end.
        let tokens = Set([0x61, 0x62, 0x20, 256].map { TokenID($0) })
        let members = (0..<2).map { seed in
            Member(
                name: "\(seed)",
                model: TableModel(vocabularySize: 257, seed: UInt64(seed), allowed: { _ in tokens }),
                tokenizer: .bytes(endOfText: true))
        }
        let composition = try Composition(members: members)
        let text = Array("ab ba a".utf8)
        let bits = try composition.bitsPerByte(of: text, weights: [0.4, 0.6], threads: SmallMembers.pool)
        let walk = UnionWalk(composition: composition, threads: SmallMembers.pool)
        let found = try walk.logProbability(of: text, weights: [0.4, 0.6])
        #expect(abs(found + bits.composition * log(2) * Double(text.count)) < 1e-6)
    }

    /// What the engine samples begins with a text as often as the walk says (chi-square at 1 in 1,000, fixed seed).
    @Test(arguments: AlignmentSettings.Policy.allCases) func generationWritesWhatTheWalkSays(
        policy: AlignmentSettings.Policy
    ) throws {
        let kinds = try TinyKind.all.get()
        let members = [0, 4].map { index in
            let tiny = TinyMember(kinds[index], seed: UInt64(index + 3), isFaithful: true)
            return Member(name: "\(index)", model: tiny.model, tokenizer: tiny.tokenizer)
        }
        let composition = try Composition(members: members, alignment: AlignmentSettings(mode: .union, policy: policy))
        let engine = DecodingEngine(composition: composition, pool: SmallMembers.pool)
        let walk = UnionWalk(composition: composition, threads: SmallMembers.pool)
        let weights = [0.6, 0.4]
        let count = 3_000
        var seen: [[UInt8]: Int] = [:]
        for seed in 0..<count {
            let options = GenerationOptions(
                maxTokens: 3, sampling: SamplerSettings(temperature: 1, seed: UInt64(seed)))
            let text = try engine.generate(prompt: [], weights: weights, options: options).text
            // Three symbols are at least three bytes, unless the text ended before.
            if text.count >= 3 { seen[Array(text.prefix(3)), default: 0] += 1 }
        }
        // Texts of three bytes that are whole scalars; all else is one cell.
        var expected: [[UInt8]: Double] = [:]
        let letters: [UInt8] = Array("ab ".utf8)
        for a in letters {
            for b in letters {
                for c in letters {
                    expected[[a, b, c]] = exp(try walk.logProbability(of: [a, b, c], weights: weights))
                }
            }
        }
        let observed = seen.filter { expected[$0.key] != nil }
        let statistic = ChiSquare(observed: observed, expected: expected, count: count)
        #expect(statistic.isPlausible, "\(policy): \(statistic)")
    }
}
