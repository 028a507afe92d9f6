import Foundation
import SwarmComposition
import SwarmModels
import SwarmTestSupport
import SwarmTokenizers
import Testing

@Suite struct ByteScorerTests {
    static let texts = [
        "the cat sat on the mat. Tom liked the sea and  the sun.\n\nthere was a small café — 20 € 🌊 and 海 the dog",
        "🌞",
    ].map { Array($0.utf8) }

    /// Reading ahead changes nothing: the lattice asked byte by byte says the same, to the bit.
    @Test func readingAheadChangesNothing() throws {
        for member in try SmallMembers.all() {
            let lattice = ByteLattice(member: member, pool: SmallMembers.pool)
            for text in Self.texts {
                let scores = try ByteScorer(
                    member: member, temperatures: [0.5, 2], keepsRows: true, pool: SmallMembers.pool
                )
                .score(text)
                #expect(scores.ends == Array(1...text.count))
                try lattice.start([])
                for (index, byte) in text.enumerated() {
                    let row = try #require(try lattice.row())
                    #expect(scores.logProbabilities[index] == log(row[Int(byte)]), "\(member.name) at \(index)")
                    #expect(abs(scores.entropies[index] + row.reduce(0) { $0 + ($1 > 0 ? $1 * log($1) : 0) }) < 1e-9)
                    for (column, temperature) in [0.5, 2].enumerated() {
                        let sum = row.reduce(0) { $0 + pow($1, 1 / temperature) }
                        #expect(abs(scores.logPartitions[2 * index + column] - log(sum)) < 1e-9)
                    }
                    #expect(scores.rows[257 * index + Int(byte)] == Float(log(row[Int(byte)])))
                    try lattice.push(byte)
                }
                #expect(scores.rows.count == 257 * text.count)
            }
        }
    }

    /// Choices after one prompt score as the whole texts do.
    @Test func choicesScoreAsWholeTexts() throws {
        let prompt = Array("Tom liked the s".utf8)
        let choices = ["ea and the sun", "un. the", "ea"].map { Array($0.utf8) }
        for member in try SmallMembers.all() {
            let scorer = ByteScorer(member: member, pool: SmallMembers.pool)
            let found = try scorer.score(prompt: prompt, continuations: choices)
            for (choice, scores) in zip(choices, found) {
                let whole = try ByteScorer(member: member, pool: SmallMembers.pool).score(prompt + choice)
                #expect(scores == whole, "\(member.name)")
            }
            // Asked again, nothing that was left behind counts.
            #expect(try scorer.score(prompt: prompt, continuations: choices) == found)
        }
    }

    /// A byte member has one token a byte: bytes and tokens are the same law.
    @Test func bytesOfAByteMemberAreItsTokens() throws {
        let member = SmallMembers.bytes()
        for text in Self.texts {
            let bytes = try ByteScorer(member: member, pool: SmallMembers.pool).score(text)
            let tokens = try TextScorer(member: member, pool: SmallMembers.pool).score(text)
            #expect(bytes.ends == tokens.ends)
            // Logits are Float: rows sum to 1 within its rounding, and bytes are normalised once more.
            for (a, b) in zip(bytes.logProbabilities, tokens.logProbabilities) { #expect(abs(a - b) < 1e-6) }
        }
    }

    /// A window of 24 tokens reads a long text in pieces, every byte of it.
    @Test func longTextsAreReadInWindows() throws {
        let text = Array(repeatElement(Self.texts[0], count: 4).joined())
        for member in try SmallMembers.all() {
            let short = SmallMembers.member(member.name, member.tokenizer, order: 3, contextLength: 24)
            let long = SmallMembers.member(member.name, member.tokenizer, order: 3)
            let found = try ByteScorer(member: short, pool: SmallMembers.pool).score(text)
            let whole = try ByteScorer(member: long, pool: SmallMembers.pool).score(text)
            #expect(found.logProbabilities.count == text.count)
            // An n-gram of two tokens' context forgets the window's beginning at once.
            let far = zip(found.logProbabilities, whole.logProbabilities).count { abs($0 - $1) > 0.5 }
            #expect(far < text.count / 10, "\(member.name): \(far) of \(text.count)")
        }
    }
}
