/// WordPiece (Schuster and Nakajima 2012; BERT): the longest piece first, from the left.
struct WordPieceModel: TokenModel {
    let vocabulary: Vocabulary
    let unknown: Int32?
    var continuingPrefix: [UInt8] = Array("##".utf8)
    /// Longer words are unknown as a whole.
    var longestWord = 100

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
            var end = word.upperBound
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
