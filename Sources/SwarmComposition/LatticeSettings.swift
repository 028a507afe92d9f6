/// What a byte lattice counts and what it leaves out.
package struct LatticeSettings: Equatable, Sendable {
    /// Which token paths count.
    package enum Paths: String, Sendable, Codable, CaseIterable {
        /// Those that the tokenizer may write; for Unigram vocabularies as `all`.
        case canonical
        /// Every segmentation into tokens that reach over no word end. One that the tokenizer would not write goes on
        /// only by tokens of a probability of `leastShare` or more.
        case all
    }

    package var paths: Paths
    /// Pending heads lighter than this share of a member's mass are dropped, and what they may have had is reported; 0
    /// drops nothing.
    package var epsilon: Double
    /// The least probability after its path of a token by which a path leaves the canonical one.
    package var leastShare: Double

    package init(paths: Paths = .canonical, epsilon: Double = 0, leastShare: Double = 1e-3) {
        self.paths = paths
        self.epsilon = epsilon
        self.leastShare = leastShare
    }
}
