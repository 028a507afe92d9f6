internal import SwarmTokenizers
internal import SwarmVocabulary

/// How a tokenizer may read a text whose end is still open.
///
/// A path of tokens that ends where the text ends is viable when the tokenizer begins with it on some continuation of the
/// text. In merging, Unigram and longest-match tokenizers alike the beginning of a reading is the reading of what it
/// spells, for words are cut as they are; so one continuation for every way in which the last words can be cut is enough:
/// mostly the empty one. Others matter after spaces (which may go with the next word), apostrophes (contractions), digits
/// (groups from the right) and inside a scalar (whose class is open).
struct OpenReading {
    let tokenizer: Tokenizer
    /// Every token is one byte and no two are the same: there is one reading and no words.
    let isByteVocabulary: Bool
    private var completions: [[UInt8]: [[UInt8]]] = [:]
    /// What was found of windows lately: texts say the same words again, and lattices look at one place several times.
    private var known: [[UInt8]: (readings: [Encoding]?, wordEnds: [[Int]]?)] = [:]
    private static let knownLimit = 4096

    init(tokenizer: Tokenizer, index: PrefixIndex) {
        self.tokenizer = tokenizer
        isByteVocabulary =
            index.longest == 1 && !tokenizer.addsPrefixSpace
            && (0..<256).allSatisfy { index.positions(startingWith: UInt8($0)).count <= 1 }
    }

    /// Continuations that stand for all.
    mutating func continuations(of text: ArraySlice<UInt8>) -> [[UInt8]] {
        let partial = Self.partialScalar(text)
        if !partial.isEmpty { return completions(of: Array(partial)) }
        guard let last = text.last else {
            return [[], [0x61], [0x0A], [0x31], [0x21], Array("é".utf8), Array("🌊".utf8)]
        }
        switch last {
        case 0x09...0x0D, 0x20: return [[], [0x61], [0x31], [0x21], [0x0A]]
        case 0x30...0x39: return [[], [0x31], [0x31, 0x31], [0x61]]
        default:
            if text.suffix(3).contains(0x27) { return [[], [0x73], [0x6C], [0x65], [0x61]] }
            if Self.endsInSpace(text) { return [[], [0x61], [0x31], [0x21], [0x0A]] }
            return [[]]
        }
    }

    /// The tokens of `text` and every continuation, from `base` on, up to the end of the text where a token ends there.
    ///
    /// What a continuation merges with the last word another does not, so that word is also read alone.
    ///
    /// - Returns: ends are offsets from `base`.
    mutating func readings(of text: [UInt8], from base: Int) -> [Encoding] {
        let key = key(text, base)
        if let readings = known[key]?.readings { return readings }
        let readings = findReadings(of: text, from: base)
        if known.count >= Self.knownLimit { known = [:] }
        known[key, default: (nil, nil)].readings = readings
        return readings
    }

    /// A window, and what continuations depend on.
    private func key(_ text: [UInt8], _ base: Int) -> [UInt8] {
        text.count - base >= 4 ? Array(text[base...]) : text.suffix(4) + [0xFF] + text[base...]
    }

    private mutating func findReadings(of text: [UInt8], from base: Int) -> [Encoding] {
        var result: [Encoding] = []
        let window = Array(text[base...])
        func add(_ ids: [TokenID], _ ends: [Int]) {
            let reading = Encoding(ids: ids, ends: ends)
            if !result.contains(reading) { result.append(reading) }
        }
        for continuation in continuations(of: text[...]) {
            let encoding = tokenizer.encode(window + continuation, addSpecial: false, parseSpecial: false)
            if let last = encoding.ends.lastIndex(of: window.count) {
                add(Array(encoding.ids[...last]), Array(encoding.ends[...last]))
            } else if !tokenizer.addsPrefixSpace,
                let cut = tokenizer.wordEnds(of: window + continuation).last(where: { $0 < window.count }),
                let before = encoding.ends.lastIndex(of: cut)
            {
                let word = Array(window[cut...])
                guard tokenizer.wordEnds(of: word) == [word.count] else { continue }
                let alone = tokenizer.encode(word, addSpecial: false, parseSpecial: false)
                add(
                    Array(encoding.ids[...before]) + alone.ids,
                    Array(encoding.ends[...before]) + alone.ends.map { $0 + cut })
            }
        }
        return result
    }

    /// For each continuation, the offsets from `base` to the end of `text` that no token reaches over.
    ///
    /// The end of the text is one of them only where a continuation shows it: nothing follows otherwise.
    mutating func wordEnds(of text: [UInt8], from base: Int) -> [[Int]] {
        let key = key(text, base)
        let found: [[Int]]
        if let ends = known[key]?.wordEnds {
            found = ends
        } else {
            found = findWordEnds(of: text, from: base)
            if known.count >= Self.knownLimit { known = [:] }
            known[key, default: (nil, nil)].wordEnds = found
        }
        return base == 0 ? found : found.map { $0.map { $0 + base } }
    }

    private mutating func findWordEnds(of text: [UInt8], from base: Int) -> [[Int]] {
        var result: [[Int]] = []
        let window = Array(text[base...])
        for continuation in continuations(of: text[...]) {
            let ends = tokenizer.wordEnds(of: window + continuation)
            let kept = ends.filter { continuation.isEmpty ? $0 < window.count : $0 <= window.count }
            if !result.contains(kept) { result.append(kept) }
        }
        return result
    }

    /// The bytes of a scalar that the text ends inside of.
    private static func partialScalar(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var start = text.endIndex
        while start > text.startIndex, text.endIndex - start < 4 {
            start -= 1
            let byte = text[start]
            if byte < 0x80 { return [] }
            if byte >= 0xC0 {
                var state = UTF8State()
                let fits = state.advance(over: text[start...])
                return fits && !state.isComplete ? text[start...] : []
            }
        }
        return []
    }

    private static func endsInSpace(_ text: ArraySlice<UInt8>) -> Bool {
        let last = Array(text.suffix(3))
        if last.suffix(2) == [0xC2, 0xA0] || last.suffix(2) == [0xC2, 0x85] { return true }
        guard last.count == 3 else { return false }
        switch (last[0], last[1]) {
        case (0xE2, 0x80): return last[2] <= 0x8A || (0xA8...0xAF).contains(last[2])
        case (0xE2, 0x81): return last[2] == 0x9F
        case (0xE3, 0x80): return last[2] == 0x80
        case (0xE1, 0x9A): return last[2] == 0x80
        default: return false
        }
    }

    /// Ways to complete a scalar, one for every kind of reading: cut off from a letter before it or not, and by how many
    /// tokens, whole or by bytes.
    private mutating func completions(of partial: [UInt8]) -> [[UInt8]] {
        if let known = completions[partial] { return known }
        var found: [[Int]: [UInt8]] = [:]
        var order: [[Int]] = []
        func visit(_ tail: [UInt8]) {
            let scalar = partial + tail
            let letters = tokenizer.encode([0x61] + scalar + [0x61], addSpecial: false, parseSpecial: false)
            let words = tokenizer.wordEnds(of: [0x20, 0x61] + scalar + [0x61])
            let digits = tokenizer.wordEnds(of: [0x31] + scalar + [0x31])
            // Whether tokens end inside the scalar, and where words do.
            let inside = letters.ends.filter { $0 > 1 && $0 <= scalar.count + 1 }
            let kind = inside + [-1] + words + [-1] + digits
            if found[kind] == nil {
                found[kind] = tail
                order.append(kind)
            }
        }
        var state = UTF8State()
        _ = state.advance(over: partial)
        let missing = Int(state.missing)
        // All of the last byte; of the one before that every one, of a third before those every eighth.
        func extend(_ tail: [UInt8], _ state: UTF8State, _ missing: Int) {
            guard order.count < 8 else { return }
            guard missing > 0 else { return visit(tail) }
            let step = missing == 3 ? 8 : missing == 2 ? 3 : 1
            for byte in stride(from: 0x80, through: 0xBF, by: step) {
                var next = state
                if next.advance(UInt8(byte)) { extend(tail + [UInt8(byte)], next, missing - 1) }
            }
        }
        extend([], state, missing)
        let result = order.compactMap { found[$0] }
        completions[partial] = result.isEmpty ? [[]] : result
        return completions[partial] ?? [[]]
    }
}
