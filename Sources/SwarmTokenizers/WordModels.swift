internal import SwarmFormats

/// WordPiece (Schuster and Nakajima 2012; BERT): the longest piece first, from the left.
struct WordPieceModel: TokenModel {
    let vocabulary: Vocabulary
    let unknown: Int32?
    let continuingPrefix: [UInt8]
    /// Longer words are unknown as a whole.
    let longestWord: Int
    /// Bytes of the longest entry: no piece of a word is longer, so that long words take time in proportion to their length.
    private let longestPiece: Int

    init(vocabulary: Vocabulary, unknown: Int32?, continuingPrefix: [UInt8] = Array("##".utf8), longestWord: Int = 100)
    {
        self.vocabulary = vocabulary
        self.unknown = unknown
        self.continuingPrefix = continuingPrefix
        self.longestWord = longestWord
        longestPiece = vocabulary.pieces.reduce(0) { max($0, $1.count) }
    }

    func id(of piece: [UInt8]) -> Int32? { vocabulary.id(of: piece) }

    func tokenize(_ text: [UInt8], _ word: Range<Int>, into tokens: inout TokenBuffer) {
        guard !word.isEmpty else { return }
        var scalars = 0
        var index = word.lowerBound
        while index < word.upperBound {
            index += UnicodeText.decodeScalar(text, at: index).length
            scalars += 1
        }
        let mark = tokens.ids.count
        var start = word.lowerBound
        while scalars <= longestWord, start < word.upperBound {
            var end = min(word.upperBound, start + longestPiece)
            // Not within a scalar.
            while end < word.upperBound, end > start, text[end] & 0xC0 == 0x80 { end -= 1 }
            var found: Int32?
            while end > start {
                found =
                    start > word.lowerBound
                    ? vocabulary.id(of: continuingPrefix + text[start..<end]) : vocabulary.id(of: text, start, end)
                if found != nil { break }
                end = UnicodeText.decodeScalar(text, endingAt: end).start
            }
            guard let found else { break }
            tokens.append(found, end: end)
            start = end
        }
        guard start < word.upperBound else { return }
        tokens.ids.removeLast(tokens.ids.count - mark)
        tokens.ends.removeLast(tokens.ends.count - mark)
        if let unknown { tokens.append(unknown, end: word.upperBound) }
    }
}

/// A vocabulary of whole words.
struct WordLevelModel: TokenModel {
    let vocabulary: Vocabulary
    let unknown: Int32?

    func id(of piece: [UInt8]) -> Int32? { vocabulary.id(of: piece) }

    func tokenize(_ text: [UInt8], _ word: Range<Int>, into tokens: inout TokenBuffer) {
        guard !word.isEmpty, let id = vocabulary.id(of: text, word) ?? unknown else { return }
        tokens.append(id, end: word.upperBound)
    }
}
