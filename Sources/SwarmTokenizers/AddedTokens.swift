/// Tokens that are found in text before the model sees it.
struct AddedTokens: Sendable {
    struct Token: Sendable {
        var id: Int32
        var content: [UInt8]
        var isSpecial = false
        var isNormalized = false
        /// Matches only where no word character stands beside it.
        var isSingleWord = false
        var stripsLeft = false
        var stripsRight = false
    }

    let tokens: [Token]
    /// Indices into `tokens` of those found in the text as it stands.
    private let plain: ByteTrie
    /// Indices into `tokens` of those found after normalization, by their normalized content.
    private let normalized: ByteTrie

    init(_ tokens: [Token], normalize: ([UInt8]) -> [UInt8]) {
        self.tokens = tokens
        let numbered = tokens.enumerated().map { (index: Int32($0.offset), token: $0.element) }
        plain = ByteTrie(numbered.filter { !$0.token.isNormalized }.map { ($0.token.content[...], $0.index) })
        normalized = ByteTrie(
            numbered.filter { $0.token.isNormalized }.map { (normalize($0.token.content)[...], $0.index) })
    }

    var hasPlain: Bool { !plain.isEmpty }
    var hasNormalized: Bool { !normalized.isEmpty }

    /// The added tokens in `text`, leftmost and longest first, with the spaces that some take along.
    func matches(_ text: [UInt8], afterNormalization: Bool, parseSpecial: Bool) -> [(token: Token, range: Range<Int>)] {
        let trie = afterNormalization ? normalized : plain
        guard !trie.isEmpty else { return [] }
        var result: [(Token, Range<Int>)] = []
        var index = 0
        var covered = 0
        while index < text.count {
            guard trie.starts(text[index]), let match = trie.longestMatch(text, at: index, before: text.count)
            else {
                index += 1
                continue
            }
            var start = index
            var end = match.end
            let token = tokens[Int(match.value)]
            index = end
            if token.isSpecial, !parseSpecial { continue }
            if token.isSingleWord {
                let before = start > 0 ? UnicodeText.decodeScalar(text, endingAt: start).scalar : nil
                let after = end < text.count ? UnicodeText.decodeScalar(text, at: end).scalar : nil
                if before.map(UnicodeText.isWord) ?? false || after.map(UnicodeText.isWord) ?? false { continue }
            }
            if token.stripsLeft {
                while start > covered {
                    let (scalar, before) = UnicodeText.decodeScalar(text, endingAt: start)
                    guard let scalar, UnicodeText.isWhitespace(scalar) else { break }
                    start = max(before, covered)
                }
            }
            if token.stripsRight {
                while end < text.count {
                    let (scalar, length) = UnicodeText.decodeScalar(text, at: end)
                    guard let scalar, UnicodeText.isWhitespace(scalar) else { break }
                    end += length
                }
            }
            // A token of spaces may lie within the spaces that the one before took along: it is a token all the same,
            // as in the reference.
            result.append((token, min(start, end)..<end))
            covered = end
        }
        return result
    }
}
