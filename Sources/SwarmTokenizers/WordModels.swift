internal import SwarmFormats

/// WordPiece (Schuster and Nakajima 2012; BERT): the longest piece first, from the left.
struct WordPieceModel: TokenModel {
    let vocabulary: Vocabulary
    let unknown: Int32?
    let continuingPrefix: [UInt8]
    /// Longer words are unknown as a whole.
    let longestWord: Int
    /// What a word may start with.
    private let first: ByteTrie
    /// What it may go on with, the prefix left out.
    private let following: ByteTrie

    init(vocabulary: Vocabulary, unknown: Int32?, continuingPrefix: [UInt8] = Array("##".utf8), longestWord: Int = 100)
    {
        self.vocabulary = vocabulary
        self.unknown = unknown
        self.continuingPrefix = continuingPrefix
        self.longestWord = longestWord
        first = ByteTrie(vocabulary)
        following = ByteTrie(
            vocabulary.pieces.indices.lazy.filter {
                vocabulary.pieces.slice($0).starts(with: continuingPrefix)
            }.map {
                (vocabulary.pieces.slice($0).dropFirst(continuingPrefix.count), Int32(truncatingIfNeeded: $0))
            })
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
            let pieces = start > word.lowerBound ? following : first
            guard let match = pieces.longestMatch(text, at: start, before: word.upperBound) else { break }
            tokens.append(match.value, end: match.end)
            start = match.end
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
