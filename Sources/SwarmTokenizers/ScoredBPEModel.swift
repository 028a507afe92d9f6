internal import SwarmFormats

/// SentencePiece's BPE: any two neighbours whose joined text is a piece may merge, the best score first.
struct ScoredBPEModel: TokenModel {
    let vocabulary: Vocabulary
    /// By id: 0 is the best score; `SymbolMerger.none` for pieces that text is never merged into.
    let ranks: [UInt32]
    let unknown: Int32?
    /// Whether runs of unknown scalars are one token.
    var fusesUnknown = true
    /// The ids of the 256 byte pieces, −1 for those missing; nil without byte fallback.
    var byteFallback: [Int32]?
    /// What two pieces merge into, so that text is hashed only next to scalars that are no piece.
    private let merges: MergeTable
    /// What meets within pieces that are made by merging, so that a word is cut where nothing else can be.
    private let joins: JoinTable
    /// Pieces that merging may pass through but that text is not given: they are taken apart again.
    var unused: Set<Int32> = []

    /// - Parameter scores: by id; nil for pieces that are not made by merging.
    init(vocabulary: Vocabulary, scores: [Float?], unknown: Int32?) {
        self.vocabulary = vocabulary
        self.unknown = unknown
        var distinct = Array(Set(scores.compactMap { $0 }))
        distinct.sort(by: >)
        var rank: [Float: UInt32] = [:]
        for (index, score) in distinct.enumerated() { rank[score] = UInt32(index) }
        let ranks = scores.map { score in score.flatMap { rank[$0] } ?? SymbolMerger.none }
        self.ranks = ranks
        var merges = MergeTable(capacity: vocabulary.count)
        var joins = JoinTable()
        for (id, piece) in vocabulary.pieces.enumerated() where id < ranks.count && ranks[id] != SymbolMerger.none {
            var cut = 0
            while cut < piece.count {
                cut += UnicodeText.decodeScalar(piece, at: cut).length
                guard cut < piece.count else { break }
                joins.insert(piece[cut - 1], piece[cut])
                guard let left = vocabulary.id(of: piece, 0, cut),
                    let right = vocabulary.id(of: piece, cut, piece.count)
                else { continue }
                merges.insert(left, right, rank: Int(ranks[id]), id: Int32(id))
            }
        }
        self.merges = merges
        self.joins = joins
    }

    func id(of piece: [UInt8]) -> Int32? { vocabulary.id(of: piece) }

    func tokenize(_ text: [UInt8], _ word: Range<Int>, into tokens: inout TokenBuffer) {
        guard !word.isEmpty else { return }
        // Taken out of the buffer, so that it is changed in place.
        var symbols = SymbolMerger()
        swap(&symbols, &tokens.symbols)
        defer { swap(&symbols, &tokens.symbols) }
        symbols.removeAll()
        var isPreviousUnknown = false
        var index = word.lowerBound
        while index < word.upperBound {
            let end = min(index + UnicodeText.decodeScalar(text, at: index).length, word.upperBound)
            if index > word.lowerBound, !joins.contains(text[index - 1], text[index]) {
                finish(&symbols, text, into: &tokens, &isPreviousUnknown)
            }
            symbols.append(merge(text, index, end)?.id ?? -1, start: index, end: end)
            index = end
        }
        finish(&symbols, text, into: &tokens, &isPreviousUnknown)
    }

    /// Merges the symbols so far and writes what they became.
    private func finish(
        _ symbols: inout SymbolMerger, _ text: [UInt8], into tokens: inout TokenBuffer, _ isPreviousUnknown: inout Bool
    ) {
        symbols.mergeAll { chain, left, right in
            chain.ids[left] >= 0 && chain.ids[right] >= 0
                ? merges.find(chain.ids[left], chain.ids[right])
                : merge(text, Int(chain.starts[left]), Int(chain.ends[right]))
        }
        for index in 0..<symbols.count {
            let (start, end) = (Int(symbols.starts[index]), Int(symbols.ends[index]))
            if symbols.ids[index] >= 0 {
                isPreviousUnknown = false
                emit(symbols.ids[index], text, start, end, 0, into: &tokens, &isPreviousUnknown)
            } else {
                emitUnknown(text, start, end, into: &tokens, &isPreviousUnknown)
            }
        }
        symbols.removeAll()
    }

    @inline(__always)
    private func merge(_ text: [UInt8], _ start: Int, _ end: Int) -> (rank: UInt32, id: Int32)? {
        guard let id = vocabulary.id(of: text, start, end), ranks[Int(id)] != SymbolMerger.none else { return nil }
        return (ranks[Int(id)], id)
    }

    /// Writes a piece, or where it is unused the two best pieces that it was made of.
    private func emit(
        _ id: Int32, _ text: [UInt8], _ start: Int, _ end: Int, _ depth: Int, into tokens: inout TokenBuffer,
        _ isPreviousUnknown: inout Bool
    ) {
        guard unused.contains(id), depth < 64 else {
            isPreviousUnknown = false
            tokens.append(id, end: end)
            return
        }
        // The merge that made the piece joined the pair whose making ranked best.
        var best: (rank: UInt32, cut: Int)?
        var cut = start
        while cut < end {
            cut += UnicodeText.decodeScalar(text, at: cut).length
            guard cut < end, let left = merge(text, start, cut), let right = merge(text, cut, end) else { continue }
            let rank = max(left.rank, right.rank)
            if best.map({ rank < $0.rank }) ?? true { best = (rank, cut) }
        }
        guard let best, let left = merge(text, start, best.cut), let right = merge(text, best.cut, end) else {
            emitUnknown(text, start, end, into: &tokens, &isPreviousUnknown)
            return
        }
        emit(left.id, text, start, best.cut, depth + 1, into: &tokens, &isPreviousUnknown)
        emit(right.id, text, best.cut, end, depth + 1, into: &tokens, &isPreviousUnknown)
    }

    private func emitUnknown(
        _ text: [UInt8], _ start: Int, _ end: Int, into tokens: inout TokenBuffer, _ isPreviousUnknown: inout Bool
    ) {
        if let byteFallback, text[start..<end].allSatisfy({ byteFallback[Int($0)] >= 0 }) {
            for position in start..<end { tokens.append(byteFallback[Int(text[position])], end: position + 1) }
            isPreviousUnknown = false
        } else if let unknown {
            if isPreviousUnknown, fusesUnknown {
                tokens.ends[tokens.ends.count - 1] = end
            } else {
                tokens.append(unknown, end: end)
            }
            isPreviousUnknown = true
        }
    }
}
