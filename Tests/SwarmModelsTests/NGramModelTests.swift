import Foundation
import SwarmKernels
import SwarmModels
import SwarmTokenizers
import Testing

@Suite struct NGramModelTests {
    let pool = ThreadPool(threadCount: 1)
    // 0 1 2 1 2 3
    let model = NGramModel(
        texts: [[0, 1, 2, 1, 2, 3].map { TokenID($0) }], vocabularySize: 5, order: 2, contextLength: 8, addK: 0.5)

    private func row(_ tokens: [Int]) throws -> [Double] {
        let session = model.makeSession(capacity: 8, pool: pool)
        let batch = tokens.enumerated().map { index, token in
            PendingToken(
                parent: index == 0 ? .node(session.root) : .earlier(index - 1), token: TokenID(token),
                needsLogits: index == tokens.count - 1)
        }
        return try session.evaluate(batch).logits.map { exp(Double($0)) }
    }

    @Test func interpolatesAsWittenAndBell() throws {
        // Unigram: (c + ½) / (6 + 2½).
        let unigram = [1.5, 2.5, 2.5, 1.5, 0.5].map { $0 / 8.5 }
        // After 2 came 1 and 3, once each: (c + 2 p) / (2 + 2).
        let expected = zip([0.0, 1, 0, 1, 0], unigram).map { ($0 + 2 * $1) / 4 }
        for (found, expected) in zip(try row([0, 2]), expected) { #expect(abs(found - expected) < 1e-6) }
        // Nothing came after 3, nor after 4.
        for (found, expected) in zip(try row([3]), unigram) { #expect(abs(found - expected) < 1e-6) }
        for tokens in [[0], [1], [2, 1], [4, 4]] { #expect(abs(try row(tokens).reduce(0, +) - 1) < 1e-6) }
    }

    @Test func nodesAreATree() throws {
        let session = model.makeSession(capacity: 3, pool: pool)
        let first = try session.evaluate([
            PendingToken(parent: .node(session.root), token: TokenID(1), needsLogits: false)
        ])
        let branches = try session.evaluate(
            [2, 3].map {
                PendingToken(parent: .node(first.nodes[0]), token: TokenID($0), needsLogits: true)
            })
        #expect(try branches.logits.map { exp(Double($0)) } == row([1, 2]) + row([1, 3]))
        let more = PendingToken(parent: .node(first.nodes[0]), token: TokenID(1), needsLogits: true)
        #expect(throws: ModelError.sessionFull(capacity: 3, needed: 1)) { try session.evaluate([more]) }
        session.release([branches.nodes[1]])
        #expect(try session.evaluate([more]).logits.map { exp(Double($0)) } == row([1, 1]))
        #expect(throws: ModelError.self) {
            try session.evaluate([PendingToken(parent: .node(session.root), token: TokenID(5), needsLogits: false)])
        }
    }

    @Test func contextsEnd() throws {
        #expect(throws: ModelError.contextTooLong(limit: 8, length: 9)) {
            let session = model.makeSession(capacity: 20, pool: pool)
            _ = try session.evaluate(
                (0..<9).map {
                    PendingToken(
                        parent: $0 == 0 ? .node(session.root) : .earlier($0 - 1), token: TokenID(1), needsLogits: false)
                })
        }
    }

    @Test func learnsInASecond() {
        var state: UInt32 = 1
        let text = (0..<300_000).map { _ -> TokenID in
            state = state &* 1_664_525 &+ 1_013_904_223
            return TokenID(Int(state >> 24))
        }
        let time = ContinuousClock().measure {
            _ = NGramModel(texts: [text], vocabularySize: 256, order: 3)
        }
        print("n-gram model of 300,000 tokens: \(time)")
    }
}
