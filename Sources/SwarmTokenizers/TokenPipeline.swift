internal import SwarmFormats

/// Text to tokens: added tokens are cut out, the rest is normalized, cut into words and tokenized by the model.
struct TokenPipeline: Sendable {
    var added: AddedTokens
    var normalizer: Normalizer?
    var preTokenizer: PreTokenizer?
    var model: any TokenModel
    var decoder: TokenDecoder?
    /// Put in front of and behind a text by `addSpecial`.
    var prefix: [Int32] = []
    var suffix: [Int32] = []
    /// What is written for two texts; nil where it is what is written for each, one after the other.
    var pair: [PairPart]?
    /// Whether ▁ after anything but ▁ always starts a token, so that text without a pre-tokenizer may be cut there.
    var cutsBeforeMark = false
    /// Words repeat: their tokens are remembered within one call where the text is cut into words.
    var remembersWords = true

    /// A part of what is written for two texts.
    enum PairPart: Sendable {
        case first
        case second
        case special([Int32])
    }

    /// Tokens of `text` without those of `addSpecial`, with ends as offsets in `text`.
    func encode(_ text: [UInt8], parseSpecial: Bool) -> TokenBuffer {
        var state = State()
        guard added.hasPlain else {
            encodePart(text, origin: 0, parseSpecial, &state)
            state.finish(text.count)
            return state.tokens
        }
        var position = 0
        for (token, range) in added.matches(text, afterNormalization: false, parseSpecial: parseSpecial) {
            if position < range.lowerBound {
                encodePart(Array(text[position..<range.lowerBound]), origin: position, parseSpecial, &state)
            }
            state.tokens.append(token.id, end: range.upperBound)
            position = range.upperBound
        }
        if position < text.count {
            encodePart(position == 0 ? text : Array(text[position...]), origin: position, parseSpecial, &state)
        }
        state.finish(text.count)
        return state.tokens
    }

    /// Where `text` is cut before the model sees it: the offsets just after each word and each added token.
    func wordEnds(_ text: [UInt8]) -> [Int] {
        var state = State()
        state.collectsWords = true
        if added.hasPlain {
            var position = 0
            for (_, range) in added.matches(text, afterNormalization: false, parseSpecial: false) {
                if position < range.lowerBound {
                    encodePart(Array(text[position..<range.lowerBound]), origin: position, false, &state)
                }
                state.tokens.ends.append(range.upperBound)
                position = range.upperBound
            }
            if position < text.count {
                encodePart(position == 0 ? text : Array(text[position...]), origin: position, false, &state)
            }
        } else {
            encodePart(text, origin: 0, false, &state)
        }
        var ends: [Int] = []
        for end in state.tokens.ends where end > (ends.last ?? 0) { ends.append(min(end, text.count)) }
        if let last = ends.last, last < text.count { ends[ends.count - 1] = text.count }
        return ends
    }

    private struct State {
        var tokens = TokenBuffer()
        /// Whether only the ends of words are wanted, not their tokens.
        var collectsWords = false
        /// Words seen, and where the tokens of each lie in `known`.
        var words = Vocabulary()
        var spans: [(start: Int32, count: Int32)] = []
        var known = TokenBuffer()

        /// Ends never fall back, and the last is the length of the text, whatever normalization dropped.
        mutating func finish(_ count: Int) {
            var ends = tokens.ends.mutableSpan
            var last = 0
            for index in ends.indices {
                last = max(last, min(ends[index], count))
                ends[index] = last
            }
            if !ends.isEmpty { ends[ends.count - 1] = count }
        }
    }

    private func encodePart(_ part: [UInt8], origin: Int, _ parseSpecial: Bool, _ state: inout State) {
        let text = AlignedText(part, origin: origin)
        let normalized = normalizer?.apply(text) ?? text
        guard added.hasNormalized else {
            encodeWords(PieceText(text: normalized, pieces: [normalized.bytes.indices]), &state)
            return
        }
        // A piece at a time, because some pre-tokenizers treat the start of a piece specially.
        var position = 0
        func words(_ range: Range<Int>) {
            guard !range.isEmpty else { return }
            encodeWords(PieceText(text: normalized, pieces: [range]), &state)
        }
        for (token, range) in added.matches(normalized.bytes, afterNormalization: true, parseSpecial: parseSpecial) {
            if position < range.lowerBound { words(position..<range.lowerBound) }
            state.tokens.append(token.id, end: normalized.end(max(range.upperBound - 1, 0)))
            position = range.upperBound
        }
        if position < normalized.bytes.count { words(position..<normalized.bytes.count) }
    }

    /// Cuts before every ▁ that does not follow another.
    private func markedWords(_ bytes: [UInt8], _ piece: Range<Int>) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var start = piece.lowerBound
        var index = start
        var isAfterMark = true
        while index < piece.upperBound {
            if bytes[index] == 0xE2, index + 3 <= piece.upperBound, bytes[index + 1] == 0x96, bytes[index + 2] == 0x81 {
                if !isAfterMark {
                    words.append(start..<index)
                    start = index
                }
                isAfterMark = true
                index += 3
            } else {
                isAfterMark = false
                index += 1
            }
        }
        if start < piece.upperBound { words.append(start..<piece.upperBound) }
        return words
    }

    /// Whether no piece holds ▁ after anything but ▁ and ▁ itself is one: then no merge and no run of unknowns crosses
    /// such a place.
    static func cutsBeforeMark(_ vocabulary: Vocabulary) -> Bool {
        let mark: [UInt8] = [0xE2, 0x96, 0x81]
        guard vocabulary.id(of: mark) != nil else { return false }
        return !vocabulary.pieces.contains { piece in
            var index = 0
            var isAfterMark = true
            while index < piece.count {
                if piece[index] == 0xE2, piece[index...].starts(with: mark) {
                    if !isAfterMark { return true }
                    isAfterMark = true
                    index += 3
                } else {
                    isAfterMark = false
                    index += 1
                }
            }
            return false
        }
    }

    private func encodeWords(_ input: PieceText, _ state: inout State) {
        var cut = preTokenizer?.apply(input) ?? input
        if cutsBeforeMark { cut.pieces = cut.pieces.flatMap { markedWords(cut.text.bytes, $0) } }
        let bytes = cut.text.bytes
        if state.collectsWords {
            for word in cut.pieces where !word.isEmpty { state.tokens.ends.append(cut.text.end(word.upperBound - 1)) }
            return
        }
        let first = state.tokens.ids.count
        let remembers = remembersWords && cut.pieces.count > 16
        for word in cut.pieces {
            if remembers, word.count <= 64, word.count > 1 {
                if let id = state.words.id(of: bytes, word) {
                    let (start, count) = state.spans[Int(id)]
                    for index in Int(start)..<Int(start + count) {
                        state.tokens.append(state.known.ids[index], end: word.lowerBound + state.known.ends[index])
                    }
                    continue
                }
                let mark = state.tokens.ids.count
                model.tokenize(bytes, word, into: &state.tokens)
                if state.spans.count < 1 << 16 {
                    state.spans.append((Int32(state.known.ids.count), Int32(state.tokens.ids.count - mark)))
                    for index in mark..<state.tokens.ids.count {
                        state.known.append(state.tokens.ids[index], end: state.tokens.ends[index] - word.lowerBound)
                    }
                    _ = state.words.insert(Array(bytes[word]), id: state.spans.count - 1)
                }
            } else {
                model.tokenize(bytes, word, into: &state.tokens)
            }
        }
        var ends = state.tokens.ends.mutableSpan
        for index in first..<ends.count {
            let end = ends[index]
            ends[index] = end > 0 ? cut.text.end(end - 1) : cut.text.origin
        }
    }
}
