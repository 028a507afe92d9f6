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
    /// Words repeat: their tokens are remembered within one call where the text is cut into words.
    var remembersWords = true

    /// Tokens of `text` without those of `addSpecial`, with ends as offsets in `text`.
    func encode(_ text: [UInt8], parseSpecial: Bool) -> TokenBuffer {
        var state = State()
        guard added.hasPlain else {
            encodePart(text, origin: 0, parseSpecial, &state)
            return finish(state.tokens, text.count)
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
        return finish(state.tokens, text.count)
    }

    private struct State {
        var tokens = TokenBuffer()
        var words: [ArraySlice<UInt8>: (ids: [Int32], ends: [Int])] = [:]
        var remembered = 0
    }

    /// Ends never fall back, and the last is the length of the text, whatever normalization dropped.
    private func finish(_ tokens: TokenBuffer, _ count: Int) -> TokenBuffer {
        var tokens = tokens
        var last = 0
        for index in tokens.ends.indices {
            last = max(last, min(tokens.ends[index], count))
            tokens.ends[index] = last
        }
        if !tokens.ends.isEmpty { tokens.ends[tokens.ends.count - 1] = count }
        return tokens
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
            words(position..<range.lowerBound)
            state.tokens.append(token.id, end: normalized.end(range.upperBound - 1))
            position = range.upperBound
        }
        words(position..<normalized.bytes.count)
    }

    private func encodeWords(_ input: PieceText, _ state: inout State) {
        let cut = preTokenizer?.apply(input) ?? input
        let bytes = cut.text.bytes
        var buffer = TokenBuffer()
        let remembers = remembersWords && cut.pieces.count > 16
        for word in cut.pieces {
            if remembers, word.count <= 64, word.count > 1 {
                if let known = state.words[bytes[word]] {
                    buffer.ids += known.ids
                    for end in known.ends { buffer.ends.append(word.lowerBound + end) }
                    continue
                }
                let mark = buffer.ids.count
                model.tokenize(bytes, word, into: &buffer)
                if state.remembered < 1 << 16 {
                    state.remembered += 1
                    state.words[bytes[word]] = (
                        Array(buffer.ids[mark...]), buffer.ends[mark...].map { $0 - word.lowerBound }
                    )
                }
            } else {
                model.tokenize(bytes, word, into: &buffer)
            }
        }
        state.tokens.ids += buffer.ids
        for end in buffer.ends { state.tokens.ends.append(end > 0 ? cut.text.end(end - 1) : cut.text.origin) }
    }
}
