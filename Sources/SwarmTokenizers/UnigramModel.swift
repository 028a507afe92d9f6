internal import SwarmFormats

/// The unigram language model (Kudo 2018): the segmentation of highest total log-probability, by Viterbi.
struct UnigramModel: TokenModel {
    let vocabulary: Vocabulary
    private let trie: ByteTrie
    private let scores: [Double]
    /// Bytes of the longest piece, and at least those of a scalar.
    private let longest: Int
    let unknown: Int32?
    /// The score of a scalar that no piece covers: ten below the worst piece, as in the reference.
    private let unknownScore: Double
    /// Beyond this a sum in single precision starts again.
    private static let largestScore = 100_000.0
    /// The sum of each path is kept in single precision and starts again from 0 where it grows large, as SentencePiece
    /// itself does: it decides ties and, in long words, more than ties.
    var roundsToFloat = false
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
        trie = ByteTrie(vocabulary) { isNormal[$0] }
        longest = max(vocabulary.longest, 4)
        unknownScore = worst - 10
    }

    func id(of piece: [UInt8]) -> Int32? { vocabulary.id(of: piece) }

    func tokenize(_ text: [UInt8], _ word: Range<Int>, into tokens: inout TokenBuffer) {
        guard !word.isEmpty else { return }
        // Taken out of the buffer, so that it is changed in place.
        var arrivals: [UnigramArrival] = []
        swap(&arrivals, &tokens.arrivals)
        defer { swap(&arrivals, &tokens.arrivals) }
        var stretch = Stretch(base: word.lowerBound, index: word.lowerBound)
        while stretch.index < word.upperBound {
            // Room for whatever starts at the next place.
            let room = stretch.index - stretch.base + min(longest, word.upperBound - stretch.index) + 1
            if room >= arrivals.count {
                let missing = max(room * 2, 256) - arrivals.count
                arrivals.append(contentsOf: repeatElement(UnigramArrival(), count: missing))
            }
            var span = arrivals.mutableSpan
            advance(&stretch, &span, text, word.upperBound, into: &tokens)
        }
        var span = arrivals.mutableSpan
        emit(stretch, &span, text, into: &tokens)
    }

    /// A stretch of text whose best path is not decided yet.
    private struct Stretch {
        /// Where it starts in the text.
        var base: Int
        /// The next place to go on from.
        var index: Int
        /// The last place that a path reaches, from `base`.
        var furthest = 0
        /// Of all before it.
        var score = 0.0
    }

    /// Lengthens the best paths until the text ends or `arrivals` may not have room for what comes next.
    private func advance(
        _ stretch: inout Stretch, _ arrivals: inout MutableSpan<UnigramArrival>, _ text: [UInt8], _ limit: Int,
        into tokens: inout TokenBuffer
    ) {
        var (base, index, furthest) = (stretch.base, stretch.index, stretch.furthest)
        let bytes = text.span
        let cells = trie.cells.span
        let scores = scores.span
        if index == base { arrivals[0] = UnigramArrival(score: stretch.score, piece: -2, start: -1) }
        while index < limit, index - base + min(longest, limit - index) < arrivals.count {
            let length = bytes[index] < 0x80 ? 1 : min(UnicodeText.decodeScalar(text, at: index).length, limit - index)
            let start = index - base
            if roundsToFloat, abs(arrivals[start].score) > Self.largestScore {
                let offset = arrivals[start].score
                for place in start...max(start, furthest) where place == start || arrivals[place].start >= 0 {
                    arrivals[place].score = rounded(arrivals[place].score - offset)
                }
            }
            let here = arrivals[start].score
            func offer(_ piece: Int32, _ end: Int, _ score: Double) {
                let sum = rounded(score + here)
                while furthest < end {
                    furthest += 1
                    arrivals[furthest].start = -1
                }
                // The first of equals stays.
                if arrivals[end].start >= 0, sum <= arrivals[end].score { return }
                arrivals[end] = UnigramArrival(score: sum, piece: piece, start: Int32(truncatingIfNeeded: start))
            }
            var coversScalar = false
            var node = trie.root
            var end = index
            while end < limit {
                node = ByteTrie.next(node, bytes[end], in: cells)
                if node == 0 { break }
                end += 1
                let id = trie.value(node)
                if id < 0 { continue }
                offer(id == unknown ? -1 : id, end - base, scores[Int(id)])
                if end - index == length { coversScalar = true }
            }
            if !coversScalar { offer(-1, start + length, unknownScore) }
            index += length
            // Where no piece reaches further, all paths meet: what lies before is decided, and forgotten so that memory
            // stays small. Not within unknown text, which is one token.
            if index - base == furthest, arrivals[furthest].piece >= 0 {
                let score = arrivals[furthest].score
                if arrivals[furthest].start == 0 {
                    tokens.append(arrivals[furthest].piece, end: index)
                } else {
                    emit(Stretch(base: base, index: index, furthest: furthest), &arrivals, text, into: &tokens)
                }
                arrivals[0] = UnigramArrival(score: score, piece: -2, start: -1)
                (base, furthest) = (index, 0)
            }
        }
        stretch = Stretch(base: base, index: index, furthest: furthest, score: arrivals[0].score)
    }

    @inline(__always)
    private func rounded(_ sum: Double) -> Double { roundsToFloat ? Double(Float(sum)) : sum }

    /// Writes the best path to the furthest place.
    private func emit(
        _ stretch: Stretch, _ arrivals: inout MutableSpan<UnigramArrival>, _ text: [UInt8],
        into tokens: inout TokenBuffer
    ) {
        // The links turned round, so that the path is read from its start.
        var place = stretch.furthest
        var following: Int32 = -1
        while place > 0, arrivals[place].start >= 0 {
            let before = Int(arrivals[place].start)
            arrivals[place].start = following
            following = Int32(truncatingIfNeeded: place)
            place = before
        }
        var start = stretch.base
        while following >= 0 {
            let arrival = arrivals[Int(following)]
            let end = stretch.base + Int(following)
            following = arrival.start
            if arrival.piece >= 0 {
                tokens.append(arrival.piece, end: end)
            } else if fusesUnknown, following >= 0, arrivals[Int(following)].piece < 0 {
                continue
            } else {
                emitUnknown(text, start, end, into: &tokens)
            }
            start = end
        }
    }

    /// Writes what no piece covers.
    private func emitUnknown(_ text: [UInt8], _ start: Int, _ end: Int, into tokens: inout TokenBuffer) {
        if findsRuns, let known = vocabulary.id(of: text, start, end), known != unknown {
            tokens.append(known, end: end)
        } else if let byteFallback, text[start..<end].allSatisfy({ byteFallback[Int($0)] >= 0 }) {
            for position in start..<end { tokens.append(byteFallback[Int(text[position])], end: position + 1) }
        } else if let unknown {
            tokens.append(unknown, end: end)
        }
    }
}

/// The last piece of the best path to a place of a text.
struct UnigramArrival: Sendable {
    /// Of the whole path.
    var score = 0.0
    /// −1: an unknown scalar.
    var piece: Int32 = -1
    /// −1: no path.
    var start: Int32 = -1
}
