internal import SwarmFormats

/// The unigram language model (Kudo 2018): the segmentation of highest total log-probability, by Viterbi.
struct UnigramModel: TokenModel {
    let vocabulary: Vocabulary
    private let trie: ByteTrie
    private let scores: [Double]
    let unknown: Int32?
    /// The score of a scalar that no piece covers: ten below the worst piece, as in the reference.
    private let unknownScore: Double
    /// The sum of each path is kept in single precision, as SentencePiece itself does.
    var roundsToFloat = false
    /// Whether sums are rounded before they are compared (SentencePiece) or after (llama.cpp): it decides ties.
    var comparesRounded = true
    /// A run of unknown scalars that is a piece as a whole gets that piece, as in the library tokenizers.
    var findsRuns = true
    var fusesUnknown = true
    /// The ids of the 256 byte pieces, −1 for those missing; nil without byte fallback.
    var byteFallback: [Int32]?

    /// - Parameters:
    ///   - scores: log-probabilities by id.
    ///   - isNormal: by id, whether text may be segmented into the piece.
    init(vocabulary: Vocabulary, scores: [Double], isNormal: [Bool], unknown: Int32?) {
        let normal = scores.indices.filter { isNormal[$0] }.map { scores[$0] }
        self.init(
            vocabulary: vocabulary, scores: scores, isNormal: isNormal, unknown: unknown, worst: normal.min() ?? 0)
    }

    /// - Parameter worst: the lowest score of a normal piece, which unknown scalars are ten below.
    init(vocabulary: Vocabulary, scores: [Double], isNormal: [Bool], unknown: Int32?, worst: Double) {
        self.vocabulary = vocabulary
        self.scores = scores
        self.unknown = unknown
        var trie = ByteTrie()
        for (id, piece) in vocabulary.pieces.enumerated() where isNormal[id] { trie.insert(piece, value: Int32(id)) }
        self.trie = trie
        unknownScore = worst - 10
    }

    func id(of piece: [UInt8]) -> Int32? { vocabulary.id(of: piece) }

    func tokenize(_ text: [UInt8], _ word: Range<Int>, into tokens: inout TokenBuffer) {
        guard !word.isEmpty else { return }
        let base = word.lowerBound
        let count = word.count
        // The best path that ends after each byte: its score, last piece, and where that piece starts (−1: no path).
        var best = [Double](repeating: 0, count: count + 1)
        var pieces = [Int32](repeating: -1, count: count + 1)
        var starts = [Int32](repeating: -1, count: count + 1)
        func round(_ value: Double) -> Double { roundsToFloat ? Double(Float(value)) : value }
        var index = 0
        while index < count {
            let length = min(UnicodeText.decodeScalar(text, at: base + index).length, count - index)
            let here = best[index]
            var coversScalar = false
            var node: Int32 = 0
            var end = index
            while end < count {
                node = trie.next(node, text[base + end])
                if node < 0 { break }
                end += 1
                let id = trie.value(node)
                if id < 0 { continue }
                let sum = scores[Int(id)] + here
                let score = comparesRounded ? round(sum) : sum
                if starts[end] < 0 || score > best[end] {
                    best[end] = round(score)
                    pieces[end] = id
                    starts[end] = Int32(index)
                }
                if end - index == length { coversScalar = true }
            }
            if !coversScalar {
                let score = round(unknownScore + here)
                if starts[index + length] < 0 || score > best[index + length] {
                    best[index + length] = score
                    pieces[index + length] = -1
                    starts[index + length] = Int32(index)
                }
            }
            index += length
        }
        var path: [(id: Int32, start: Int, end: Int)] = []
        var end = count
        while end > 0 {
            let start = Int(starts[end])
            guard start >= 0 else { break }
            let id = pieces[end]
            let isUnknown = id < 0 || id == unknown
            if isUnknown, fusesUnknown, let last = path.last, last.id < 0 {
                path[path.count - 1].start = start
            } else {
                path.append((isUnknown ? -1 : id, start, end))
            }
            end = start
        }
        for (id, start, end) in path.reversed() {
            if id >= 0 {
                tokens.append(id, end: base + end)
            } else if findsRuns, let known = vocabulary.id(of: text, base + start, base + end), known != unknown {
                tokens.append(known, end: base + end)
            } else if let byteFallback,
                text[base + start..<base + end].allSatisfy({ byteFallback[Int($0)] >= 0 })
            {
                for position in base + start..<base + end {
                    tokens.append(byteFallback[Int(text[position])], end: position + 1)
                }
            } else if let unknown {
                tokens.append(unknown, end: base + end)
            }
        }
    }
}
