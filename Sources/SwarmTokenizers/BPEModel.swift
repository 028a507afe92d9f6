internal import SwarmFormats

/// Byte-pair encoding by a list of merges (Sennrich et al. 2016).
struct BPEModel: TokenModel {
    let vocabulary: Vocabulary
    let merges: MergeTable
    /// Symbols start as single bytes, not scalars: byte-level vocabularies with their letters decoded.
    let worksOnBytes: Bool
    var unknown: Int32? { didSet { noteSpelling() } }
    var fusesUnknown = false
    /// The ids of `<0x00>` … `<0xFF>`, −1 for those missing; nil without byte fallback.
    var byteFallback: [Int32]? { didSet { noteSpelling() } }
    /// A word that is in the vocabulary is one token, whatever the merges say.
    var ignoresMerges = false
    /// The same for words of newlines only.
    var keepsNewlineRuns = false
    var continuingPrefix: [UInt8] = [] { didSet { noteSpelling() } }
    var endOfWordSuffix: [UInt8] = [] { didSet { noteSpelling() } }
    /// The ids of single bytes, −1 for none; used where `worksOnBytes`.
    private let byteIDs: [Int32]
    /// What the merges join, so that a word is cut where none does.
    private let joins: JoinTable
    /// By id: whether a merge joins it to another.
    private let isJoined: [Bool]
    /// Whether the pieces that merges join are spelled like the text they stand for.
    private var isSpelled = true

    init(vocabulary: Vocabulary, merges: MergeTable, worksOnBytes: Bool) {
        self.vocabulary = vocabulary
        self.merges = merges
        self.worksOnBytes = worksOnBytes
        byteIDs = (0...255).map { vocabulary.id(of: [$0 as UInt8]) ?? -1 }
        var joins = JoinTable()
        var isJoined = [Bool](repeating: false, count: vocabulary.count)
        merges.forEachPair { left, right in
            guard let end = vocabulary.pieces.slice(Int(left)).last,
                let start = vocabulary.pieces.slice(Int(right)).first
            else {
                return
            }
            joins.insert(end, start)
            isJoined[Int(left)] = true
            isJoined[Int(right)] = true
        }
        self.joins = joins
        self.isJoined = isJoined
    }

    private mutating func noteSpelling() {
        let strange = (byteFallback ?? []) + [unknown ?? -1]
        isSpelled =
            continuingPrefix.isEmpty && endOfWordSuffix.isEmpty
            && !strange.contains { isJoined.indices.contains(Int($0)) && isJoined[Int($0)] }
    }

    func id(of piece: [UInt8]) -> Int32? { vocabulary.id(of: piece) }

    func tokenize(_ text: [UInt8], _ word: Range<Int>, into tokens: inout TokenBuffer) {
        guard !word.isEmpty else { return }
        if ignoresMerges || (keepsNewlineRuns && text[word].allSatisfy { $0 == 0x0A }),
            let id = vocabulary.id(of: text, word)
        {
            tokens.append(id, end: word.upperBound)
            return
        }
        // Taken out of the buffer, so that it is changed in place.
        var symbols = SymbolMerger()
        swap(&symbols, &tokens.symbols)
        defer { swap(&symbols, &tokens.symbols) }
        symbols.removeAll()
        appendSymbols(text, word, to: &symbols, &tokens)
        merge(&symbols, into: &tokens)
    }

    /// Merges the symbols so far and writes what they became.
    @inline(__always)
    private func merge(_ symbols: inout SymbolMerger, into tokens: inout TokenBuffer) {
        symbols.mergeAll { chain, left, right in merges.find(chain.ids[left], chain.ids[right]) }
        for index in 0..<symbols.count { tokens.append(symbols.ids[index], end: Int(symbols.ends[index])) }
        symbols.removeAll()
    }

    /// Appends a symbol; where no merge reaches over its start, those before it are done with.
    @inline(__always)
    private func append(
        _ id: Int32, _ text: [UInt8], _ start: Int, _ end: Int, to symbols: inout SymbolMerger,
        _ tokens: inout TokenBuffer
    ) {
        if isSpelled, let last = symbols.ends.last, !joins.contains(text[Int(last) - 1], text[start]) {
            merge(&symbols, into: &tokens)
        }
        symbols.append(id, start: start, end: end)
    }

    private func appendSymbols(
        _ text: [UInt8], _ word: Range<Int>, to symbols: inout SymbolMerger, _ tokens: inout TokenBuffer
    ) {
        if worksOnBytes, continuingPrefix.isEmpty, endOfWordSuffix.isEmpty {
            var pending: Int?
            for index in word {
                let id = byteIDs[Int(text[index])]
                if id >= 0 {
                    flush(&pending, text, index, &symbols, &tokens)
                    append(id, text, index, index + 1, to: &symbols, &tokens)
                } else {
                    miss(text, index, index + 1, &pending, &symbols, &tokens)
                }
            }
            flush(&pending, text, word.upperBound, &symbols, &tokens)
            return
        }
        var pending: Int?
        var index = word.lowerBound
        while index < word.upperBound {
            let length = worksOnBytes ? 1 : UnicodeText.decodeScalar(text, at: index).length
            let end = min(index + length, word.upperBound)
            var id: Int32?
            if (index > word.lowerBound && !continuingPrefix.isEmpty)
                || (end == word.upperBound && !endOfWordSuffix.isEmpty)
            {
                let prefix = index > word.lowerBound ? continuingPrefix : []
                let suffix = end == word.upperBound ? endOfWordSuffix : []
                id = vocabulary.id(of: prefix + text[index..<end] + suffix)
            } else {
                id = vocabulary.id(of: text, index, end)
            }
            if let id {
                flush(&pending, text, index, &symbols, &tokens)
                append(id, text, index, end, to: &symbols, &tokens)
            } else if let byteFallback, text[index..<end].allSatisfy({ byteFallback[Int($0)] >= 0 }) {
                flush(&pending, text, index, &symbols, &tokens)
                for position in index..<end {
                    append(byteFallback[Int(text[position])], text, position, position + 1, to: &symbols, &tokens)
                }
            } else {
                miss(text, index, end, &pending, &symbols, &tokens)
            }
            index = end
        }
        flush(&pending, text, word.upperBound, &symbols, &tokens)
    }

    /// Notes that `start..<end` is in no vocabulary entry. Without an unknown token it is left out.
    private func miss(
        _ text: [UInt8], _ start: Int, _ end: Int, _ pending: inout Int?, _ symbols: inout SymbolMerger,
        _ tokens: inout TokenBuffer
    ) {
        guard unknown != nil else { return }
        if pending != nil, !fusesUnknown { flush(&pending, text, start, &symbols, &tokens) }
        if pending == nil { pending = start }
    }

    @inline(__always)
    private func flush(
        _ pending: inout Int?, _ text: [UInt8], _ end: Int, _ symbols: inout SymbolMerger, _ tokens: inout TokenBuffer
    ) {
        guard let start = pending, let unknown else { return }
        append(unknown, text, start, end, to: &symbols, &tokens)
        pending = nil
    }
}
