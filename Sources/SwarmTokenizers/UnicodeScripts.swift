internal import SwarmFormats

/// Cuts text where the script changes, as SentencePiece does: Hiragana and Katakana count as Han; spaces and marks
/// that many scripts share join what stands around them.
enum UnicodeScripts {
    static func split(_ input: PieceText) -> PieceText {
        // PCRE2 knows every script by name; without its tables at hand nothing is cut.
        guard let expression else { return input }
        var pieces: [Range<Int>] = []
        for piece in input.pieces {
            var matches: [Range<Int>] = []
            expression.forEachMatch(in: input.text.bytes, pieces: [piece]) { _, match in matches.append(match) }
            var position = piece.lowerBound
            for match in matches {
                if position < match.lowerBound { pieces.append(position..<match.lowerBound) }
                pieces.append(match)
                position = match.upperBound
            }
            if position < piece.upperBound { pieces.append(position..<piece.upperBound) }
        }
        return PieceText(text: input.text, pieces: pieces)
    }

    private static let scripts = [
        "Arabic", "Armenian", "Bengali", "Bopomofo", "Braille", "Cherokee", "Coptic", "Cyrillic", "Devanagari",
        "Ethiopic", "Georgian", "Greek", "Gujarati", "Gurmukhi", "Hangul", "Hebrew", "Kannada", "Khmer", "Lao",
        "Latin", "Malayalam", "Mongolian", "Myanmar", "Ogham", "Oriya", "Runic", "Sinhala", "Syriac", "Tamil",
        "Telugu", "Thaana", "Thai", "Tibetan", "Yi",
    ]

    private static let expression: RegularExpression? = {
        let others = (scripts.map { "(?:\\p{\($0)} *)+" }).joined(separator: "|")
        let han = "(?:[\\p{Han}\\p{Hiragana}\\p{Katakana}\\x{30FC}] *)+"
        let common = "(?:[\\p{Common}\\p{Inherited}])+"
        return RegularExpression.compile("\(han)|\(others)|\(common)").0
    }()
}
