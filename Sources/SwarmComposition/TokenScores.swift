/// One member's canonical reading of a text: where each token ends and how likely the member found it.
package struct TokenScores: Equatable, Sendable, Codable {
    /// Byte offset in the text just after each token; non-decreasing, the last one the length of the text.
    package var ends: [Int]
    /// Natural log of p_m(token | tokens before), one a token; −∞ where the member cannot say it (an unknown token); NaN
    /// where its logits were faulty, so that it is left out there.
    package var logProbabilities: [Double]

    package init(ends: [Int] = [], logProbabilities: [Double] = []) {
        self.ends = ends
        self.logProbabilities = logProbabilities
    }
}
