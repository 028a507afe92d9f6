internal import Foundation

/// One member's canonical reading of a text: where each token ends and how likely the member found it.
package struct TokenScores: Equatable, Sendable, Codable {
    /// Byte offset in the text just after each token; non-decreasing, the last one the length of the text.
    package var ends: [Int]
    /// Natural log of p_m(token | tokens before), one a token; −∞ where the member cannot say it (an unknown token); NaN
    /// where its logits were faulty, so that it is left out there.
    package var logProbabilities: [Double]
    /// The entropy in nats of p_m(· | tokens before), one a token; NaN where the logits were faulty. Empty where it is
    /// not known.
    package var entropies: [Double]
    /// log Σ_t p_m(t | tokens before)^{1/τ} [tokens × temperatures]: what normalises the tempered distribution. The
    /// temperatures are those the reading was asked for.
    package var logPartitions: [Double]
    /// Where the tokens are bytes and whole distributions were asked for: natural log p_m of each of the 256 bytes and of
    /// the end, before each byte [bytes × 257]; NaN where the logits were faulty. Else empty.
    package var rows: [Float]

    package init(
        ends: [Int] = [], logProbabilities: [Double] = [], entropies: [Double] = [], logPartitions: [Double] = [],
        rows: [Float] = []
    ) {
        self.ends = ends
        self.logProbabilities = logProbabilities
        self.entropies = entropies
        self.logPartitions = logPartitions
        self.rows = rows
    }

    /// Adds what is known of a token but where it ends.
    mutating func append(_ score: TokenScore) {
        logProbabilities.append(score.logProbability)
        entropies.append(score.entropy)
        logPartitions += score.logPartitions
    }
}

/// What one row of logits says of the token that came.
struct TokenScore: Equatable, Sendable {
    var logProbability: Double
    var entropy: Double
    /// One a temperature.
    var logPartitions: [Double]

    /// Faulty logits.
    static func unknown(temperatures: Int) -> TokenScore {
        TokenScore(
            logProbability: .nan, entropy: .nan, logPartitions: [Double](repeating: .nan, count: temperatures))
    }

    /// One of `count` tokens that are equally likely; `isPossible`: whether it is one of them.
    static func uniform(count: Int, isPossible: Bool, temperatures: [Double]) -> TokenScore {
        let entropy = log(Double(count))
        return TokenScore(
            logProbability: isPossible ? -entropy : -.infinity, entropy: entropy,
            logPartitions: temperatures.map { (1 - 1 / $0) * entropy })
    }
}
