import Foundation
import SwarmComposition
import SwarmModels
import SwarmTestSupport
import SwarmTokenizers
import Testing

@Suite struct TextScorerTests {
    let text = Array("the cat liked the sea and the dog.\n".utf8)

    /// log p of every token, one token at a time.
    private func naive(_ member: Member, _ text: [UInt8]) throws -> [Double] {
        let session = member.model.makeSession(capacity: 4096, pool: SmallMembers.pool)
        var node = session.root
        var row: [Float]?
        var result: [Double] = []
        let start = member.tokenizer.startToken.map { [$0] } ?? []
        for (index, token) in (start + member.tokenizer.encode(text, addSpecial: false).ids).enumerated() {
            if index >= start.count {
                let row = try #require(row)
                let roles = member.tokenizer.roles
                let counted = row.indices.filter { roles[$0] == .text || roles[$0] == .byte || roles[$0] == .endOfText }
                let sum = counted.reduce(0) { $0 + exp(Double(row[$1])) }
                result.append(counted.contains(token.index) ? log(exp(Double(row[token.index])) / sum) : -.infinity)
            }
            let answer = try session.evaluate([PendingToken(parent: .node(node), token: token, needsLogits: true)])
            node = answer.nodes[0]
            row = answer.logits
        }
        return result
    }

    @Test func equalsTheChainRule() throws {
        for member in try SmallMembers.all() {
            let scores = try TextScorer(member: member, pool: SmallMembers.pool).score(text)
            let expected = try naive(member, text)
            #expect(scores.ends.last == text.count)
            #expect(scores.logProbabilities.count == expected.count)
            for (found, expected) in zip(scores.logProbabilities, expected) {
                #expect(found == expected || abs(found - expected) < 1e-6, "\(member.name)")
            }
        }
    }

    @Test func windowsGiveWhatTheModelCanSee() throws {
        // A trigram model sees two tokens, and every window keeps more than that.
        let tokenizer = try SmallTokenizers.byteLevel(words: SmallMembers.words)
        let long = (0..<20).flatMap { _ in text }
        let whole = try TextScorer(
            member: SmallMembers.member("m", tokenizer, order: 3), pool: SmallMembers.pool
        ).score(long)
        for window in [7, 8, 64, 100] {
            let member = SmallMembers.member("m", tokenizer, order: 3, contextLength: window)
            let scorer = TextScorer(member: member, pool: SmallMembers.pool)
            #expect(try scorer.score(long) == whole)
            #expect(scorer.statistics.rows == whole.ends.count)
        }
        // The smallest windows there are end, too.
        for window in [1, 2, 3] {
            let member = SmallMembers.member("m", tokenizer, order: 2, contextLength: window)
            let scores = try TextScorer(member: member, pool: SmallMembers.pool).score(long)
            #expect(scores.logProbabilities.count == whole.ends.count)
        }
    }

    @Test func continuationsShareTheirPrompt() throws {
        let prompt = (0..<10).flatMap { _ in text }
        let continuations = [" the cat", " a dog.", "", "s were"].map { Array($0.utf8) }
        for member in try SmallMembers.all() {
            let scorer = TextScorer(member: member, pool: SmallMembers.pool)
            let together = try scorer.score(prompt: prompt, continuations: continuations)
            let evaluations = scorer.statistics.evaluations
            for (continuation, scores) in zip(continuations, together) {
                #expect(try scorer.score(prompt + continuation) == scores)
            }
            #expect(scorer.statistics.evaluations > 4 * (evaluations - 40))
        }
        let empty = try TextScorer(member: SmallMembers.bytes(), pool: SmallMembers.pool)
            .score(prompt: [], continuations: [[], [97]])
        #expect(empty.map(\.ends) == [[], [1]])
    }

    @Test func withoutAStartTokenTheFirstTokenIsUniform() throws {
        let member = SmallMembers.member("m", .bytes(endOfText: false), order: 3)
        let scorer = TextScorer(member: member, pool: SmallMembers.pool)
        #expect(try scorer.score(text).logProbabilities[0] == -log(256))
        let choices = try scorer.score(prompt: text, continuations: [[97], [98]])
        #expect(try choices[1] == scorer.score(text + [98]))
        #expect(try scorer.score([]).logProbabilities.isEmpty)
    }

    @Test func whatCannotBeSaidIsMinusInfinity() throws {
        let scores = try TextScorer(member: SmallMembers.unigram(), pool: SmallMembers.pool).score(text)
        #expect(scores.logProbabilities.last == -.infinity)
        #expect(scores.logProbabilities.dropLast().allSatisfy { $0.isFinite })
    }

    @Test func faultyRowsAreLeftOutOrRefused() throws {
        let tokenizer = Tokenizer.bytes(endOfText: true)
        let base = try #require(SmallMembers.bytes().model as? NGramModel)
        for spoil: @Sendable ([Float]) -> [Float] in [
            { row in [.nan] + row.dropFirst() }, { row in [.infinity] + row.dropFirst() },
            { row in row.map { _ in -.infinity } },
        ] {
            let member = Member(name: "bad", model: SpoiltModel(base: base, spoil: spoil), tokenizer: tokenizer)
            let scorer = TextScorer(member: member, pool: SmallMembers.pool)
            #expect(try scorer.score(text).logProbabilities.allSatisfy { $0.isNaN })
            #expect(scorer.statistics.faultyRows == text.count)
            let strict = TextScorer(member: member, pool: SmallMembers.pool, isStrict: true)
            #expect(throws: CompositionError.faultyRow(member: "bad", position: 0)) { try strict.score(text) }
        }
    }
}
