internal import Foundation
package import SwarmKernels
package import SwarmTokenizers

/// An interpolated n-gram model that learns from token ids in a second: a member that needs no checkpoint.
///
/// Smoothing is Witten–Bell (Witten & Bell 1991) down to an add-k unigram:
///
///     p_1(t)     = (c(t) + k) / (N + k·V)
///     p_n(t | h) = (c(h t) + d(h) · p_{n−1}(t | h′)) / (c(h) + d(h))
///
/// where h′ is the history h without its oldest token, d(h) how many different tokens followed h, and an unseen history
/// leaves p_{n−1} as it is. Every row is a distribution over the whole vocabulary; logits are its logarithms.
package struct NGramModel: LanguageModel {
    package let vocabularySize: Int
    package let contextLength: Int
    /// Tokens a prediction is made from, the predicted one included: 1 is a unigram.
    package let order: Int

    /// p_1.
    private let unigram: [Double]
    /// A history grows backwards in time: `child[history << 32 | older token]` is the history one token longer.
    private let child: [UInt64: Int32]
    /// Where a history's followers start in `followers` and `counts`; one more entry than there are histories.
    private let offsets: [Int32]
    private let followers: [Int32]
    private let counts: [Int32]
    /// c(h).
    private let totals: [Int32]

    /// Counts `texts`.
    /// - Parameters:
    ///   - texts: token ids, each a text of its own with its start and end tokens where the model is to know them; ids
    ///     from 0 to `vocabularySize − 1`.
    ///   - order: at least 1.
    ///   - addK: what is added to every unigram count; above 0.
    package init(
        texts: [[TokenID]], vocabularySize: Int, order: Int = 3, contextLength: Int = 1 << 20, addK: Double = 0.1
    ) {
        precondition(vocabularySize > 0 && order >= 1 && contextLength >= 1 && addK > 0, "an n-gram model of nothing")
        self.vocabularySize = vocabularySize
        self.contextLength = contextLength
        self.order = order

        var tokenCounts = [Int](repeating: 0, count: vocabularySize)
        var child: [UInt64: Int32] = [:]
        var histories: Int32 = 1
        // (history << 32 | follower) → how often.
        var pairs: [UInt64: Int32] = [:]
        for text in texts {
            for position in text.indices {
                let token = text[position].rawValue
                precondition(token >= 0 && token < vocabularySize, "token \(token) of \(vocabularySize)")
                tokenCounts[Int(token)] += 1
                var history: Int32 = 0
                for back in stride(from: 1, to: min(order, position + 1), by: 1) {
                    let key = Self.key(history, text[position - back].rawValue)
                    if let known = child[key] {
                        history = known
                    } else {
                        child[key] = histories
                        history = histories
                        histories += 1
                    }
                    pairs[Self.key(history, token), default: 0] += 1
                }
            }
        }

        let sum = Double(tokenCounts.reduce(0, +)) + addK * Double(vocabularySize)
        unigram = tokenCounts.map { (Double($0) + addK) / sum }
        var offsets = [Int32](repeating: 0, count: Int(histories) + 1)
        var totals = [Int32](repeating: 0, count: Int(histories))
        let sorted = pairs.sorted { $0.key < $1.key }
        for (key, count) in sorted {
            let history = Int(key >> 32)
            offsets[history + 1] += 1
            totals[history] += count
        }
        for history in 0..<Int(histories) { offsets[history + 1] += offsets[history] }
        self.child = child
        self.offsets = offsets
        self.totals = totals
        followers = sorted.map { Int32(truncatingIfNeeded: $0.key) }
        counts = sorted.map(\.value)
    }

    package var summary: ModelSummary {
        let entries = followers.count + child.count + vocabularySize
        return ModelSummary(
            architecture: "ngram", parameters: entries, layers: 0, hiddenSize: 0, heads: 0, keyValueHeads: 0,
            vocabularySize: vocabularySize, contextLength: contextLength, types: ["counts": entries],
            weightBytes: followers.count * 8 + child.count * 12 + vocabularySize * 8, cacheBytesPerToken: 8)
    }

    package func makeSession(capacity: Int, pool: ThreadPool) -> any ModelSession {
        NGramSession(model: self, capacity: capacity)
    }

    /// log p(· | history), the most recent token first; at most `order − 1` of its tokens count.
    func logits(after history: [TokenID]) -> [Float] {
        var row = unigram
        var node: Int32 = 0
        for token in history.prefix(order - 1) {
            guard let next = child[Self.key(node, token.rawValue)] else { break }
            node = next
            let range = Int(offsets[Int(node)])..<Int(offsets[Int(node) + 1])
            let total = Double(totals[Int(node)]) + Double(range.count)
            let backOff = Double(range.count) / total
            for index in row.indices { row[index] *= backOff }
            for index in range { row[Int(followers[index])] += Double(counts[index]) / total }
        }
        return row.map { Float(log($0)) }
    }

    private static func key(_ history: Int32, _ token: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: history)) << 32 | UInt64(UInt32(bitPattern: token))
    }
}
