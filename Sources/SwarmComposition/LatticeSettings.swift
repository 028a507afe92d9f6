/// What a byte lattice counts and what it leaves out.
package struct LatticeSettings: Equatable, Sendable {
    /// Which token paths count.
    package enum Paths: String, Sendable, Codable, CaseIterable {
        /// Those that the tokenizer may write.
        case canonical
        /// Every segmentation into tokens that reach over no word end, but for what `leastShare` and `mostPaths` leave out.
        case all
    }

    /// Nil: all for Unigram vocabularies, whose models may have seen several segmentations of a word, else canonical.
    package var paths: Paths?
    /// Pending heads lighter than this share of a member's mass are dropped, and what they may have had is reported; 0
    /// drops nothing.
    package var epsilon: Double
    /// Of `all` paths: one that the tokenizer would not write is left out where its next token has less than this share
    /// of all that go on the same path with the text, and where a word is over and the path has less than this share of
    /// all. 0 leaves nothing out.
    package var leastShare: Double
    /// Of `all` paths: so many go on from word to word at most, the heaviest, the tokenizer's own among them.
    package var mostPaths: Int

    package init(paths: Paths? = nil, epsilon: Double = 0, leastShare: Double = 0.01, mostPaths: Int = 16) {
        self.paths = paths
        self.epsilon = epsilon
        self.leastShare = leastShare
        self.mostPaths = mostPaths
    }

    /// Those of a mode. `hybrid` mixes joint segments, which are made of the tokenizers' own tokens.
    package init(_ alignment: AlignmentSettings) {
        self.init(paths: alignment.mode == .hybrid ? .canonical : nil, epsilon: alignment.epsilon)
    }
}
