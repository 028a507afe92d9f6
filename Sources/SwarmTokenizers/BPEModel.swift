/// Byte-pair encoding by a list of merges (Sennrich et al. 2016).
struct BPEModel: TokenModel {
    let vocabulary: Vocabulary
    let merges: MergeTable
    /// Symbols start as single bytes, not scalars: byte-level vocabularies with their letters decoded.
    let worksOnBytes: Bool
    var unknown: Int32?
    var fusesUnknown = false
    /// The ids of `<0x00>` … `<0xFF>`, −1 for those missing; nil without byte fallback.
    var byteFallback: [Int32]?
    /// A word that is in the vocabulary is one token, whatever the merges say.
    var ignoresMerges = false
    /// The same for words of newlines only.
    var keepsNewlineRuns = false
    var continuingPrefix: [UInt8] = []
    var endOfWordSuffix: [UInt8] = []
    /// The ids of single bytes, −1 for none; used where `worksOnBytes`.
    private let byteIDs: [Int32]

    init(vocabulary: Vocabulary, merges: MergeTable, worksOnBytes: Bool) {
        self.vocabulary = vocabulary
        self.merges = merges
        self.worksOnBytes = worksOnBytes
        byteIDs = (0...255).map { vocabulary.id(of: [$0 as UInt8]) ?? -1 }
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
        var symbols = SymbolMerger()
        appendSymbols(text, word, to: &symbols)
        symbols.mergeAll { chain, left, right in merges.find(chain.ids[left], chain.ids[right]) }
        for index in 0..<symbols.count { tokens.append(symbols.ids[index], end: Int(symbols.ends[index])) }
    }

    private func appendSymbols(_ text: [UInt8], _ word: Range<Int>, to symbols: inout SymbolMerger) {
        if worksOnBytes, continuingPrefix.isEmpty, endOfWordSuffix.isEmpty {
            var pending: Int?
            for index in word {
                let id = byteIDs[Int(text[index])]
                if id >= 0 {
                    flush(&pending, index, &symbols)
                    symbols.append(id, start: index, end: index + 1)
                } else {
                    miss(index, index + 1, &pending, &symbols)
                }
            }
            flush(&pending, word.upperBound, &symbols)
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
                flush(&pending, index, &symbols)
                symbols.append(id, start: index, end: end)
            } else if let byteFallback, text[index..<end].allSatisfy({ byteFallback[Int($0)] >= 0 }) {
                flush(&pending, index, &symbols)
                for position in index..<end {
                    symbols.append(byteFallback[Int(text[position])], start: position, end: position + 1)
                }
            } else {
                miss(index, end, &pending, &symbols)
            }
            index = end
        }
        flush(&pending, word.upperBound, &symbols)
    }

    /// Notes that `start..<end` is in no vocabulary entry. Without an unknown token it is left out.
    private func miss(_ start: Int, _ end: Int, _ pending: inout Int?, _ symbols: inout SymbolMerger) {
        guard unknown != nil else { return }
        if pending != nil, !fusesUnknown { flush(&pending, start, &symbols) }
        if pending == nil { pending = start }
    }

    private func flush(_ pending: inout Int?, _ end: Int, _ symbols: inout SymbolMerger) {
        guard let start = pending, let unknown else { return }
        symbols.append(unknown, start: start, end: end)
        pending = nil
    }
}
