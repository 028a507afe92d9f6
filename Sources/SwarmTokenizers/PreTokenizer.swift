internal import SwarmFormats

/// What becomes of the delimiter where text is split.
enum SplitBehavior: String, Sendable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"
}

/// When a space is put in front of a piece.
enum PrependScheme: String, Sendable {
    case always
    case first
    case never
}

/// A text and the pieces it has been cut into.
struct PieceText: Sendable {
    var text: AlignedText
    var pieces: [Range<Int>]
}

/// One step that cuts text into the words that the model works on.
indirect enum PreTokenizer: Sendable {
    case sequence([PreTokenizer])
    /// `letters`: rewrite bytes as byte-level letters. False where the model itself works on bytes.
    case byteLevel(addPrefixSpace: Bool, regex: RegularExpression?, letters: Bool)
    case split(TextPattern, SplitBehavior, invert: Bool)
    case splitScalars(ScalarClass, SplitBehavior)
    case metaspace(replacement: [UInt8], PrependScheme, split: Bool)
    case unicodeScripts
    case fixedLength(Int)
    /// Cuts runs of decimal digits in threes from their right end; with `needsBoundary` not those before a word character.
    case digitGroups(needsBoundary: Bool)

    enum ScalarClass: Sendable {
        case whitespace
        case punctuation
        case numeric
        case scalar(UInt32)

        func contains(_ scalar: UInt32) -> Bool {
            switch self {
            case .whitespace: UnicodeText.isWhitespace(scalar)
            case .punctuation: UnicodeText.isPunctuation(scalar)
            case .numeric:
                scalar < 0x80 ? (0x30...0x39).contains(scalar) : UnicodeText.category(scalar).isNumber
            case .scalar(let own): own == scalar
            }
        }
    }

    func apply(_ input: PieceText) -> PieceText {
        switch self {
        case .sequence(let steps):
            return steps.reduce(input) { $1.apply($0) }
        case .byteLevel(let addPrefixSpace, let regex, let letters):
            var result = input
            if addPrefixSpace {
                let source = input.text.bytes
                result = rebuilt(input) { piece, builder in
                    if !piece.isEmpty, source[piece.lowerBound] != 0x20 {
                        builder.replace(piece.lowerBound..<piece.lowerBound, with: [0x20])
                    }
                    builder.keep(piece)
                }
            }
            if let regex { result = cut(result, .regex(regex), .isolated, invert: false) }
            if letters {
                let source = result.text.bytes
                result = rebuilt(result) { piece, builder in
                    for index in piece {
                        builder.replace(
                            index..<index + 1, withScalar: ByteLevelAlphabet.scalars[Int(source[index])])
                    }
                }
            }
            return result
        case .split(let pattern, let behavior, let invert):
            return cut(input, pattern, behavior, invert: invert)
        case .splitScalars(let kind, let behavior):
            return cutByScalars(input, kind, behavior)
        case .metaspace(let replacement, let scheme, let splits):
            return marked(input, replacement, scheme, splits)
        case .unicodeScripts:
            return UnicodeScripts.split(input)
        case .fixedLength(let length):
            var pieces: [Range<Int>] = []
            for piece in input.pieces {
                var start = piece.lowerBound
                var index = start
                var count = 0
                while index < piece.upperBound {
                    index += UnicodeText.decodeScalar(input.text.bytes, at: index).length
                    count += 1
                    if count == length || index >= piece.upperBound {
                        pieces.append(start..<min(index, piece.upperBound))
                        start = index
                        count = 0
                    }
                }
            }
            return PieceText(text: input.text, pieces: pieces)
        case .digitGroups(let needsBoundary):
            return cutInThrees(input, needsBoundary)
        }
    }
}

private func cutInThrees(_ input: PieceText, _ needsBoundary: Bool) -> PieceText {
    let bytes = input.text.bytes
    var pieces: [Range<Int>] = []
    pieces.reserveCapacity(input.pieces.count)
    for piece in input.pieces {
        var start = piece.lowerBound
        var run: [Int] = []
        func flush(before next: UInt32?) {
            defer { run.removeAll(keepingCapacity: true) }
            if needsBoundary, let next, UnicodeText.isOnigurumaWord(next) { return }
            for (index, position) in run.enumerated() where (run.count - index) % 3 == 0 && position > start {
                pieces.append(start..<position)
                start = position
            }
        }
        var index = piece.lowerBound
        while index < piece.upperBound {
            let (scalar, length) = UnicodeText.decodeScalar(bytes, at: index)
            if let scalar, UnicodeText.category(scalar).isDecimal { run.append(index) } else { flush(before: scalar) }
            index += length
        }
        flush(before: nil)
        if start < piece.upperBound { pieces.append(start..<piece.upperBound) }
    }
    return PieceText(text: input.text, pieces: pieces)
}

/// Rewrites every piece with `body` and keeps the cuts between them.
private func rebuilt(
    _ input: PieceText, _ body: (Range<Int>, inout AlignedText.Builder) -> Void
) -> PieceText {
    var builder = AlignedText.Builder(input.text)
    var pieces: [Range<Int>] = []
    pieces.reserveCapacity(input.pieces.count)
    for piece in input.pieces {
        let start = builder.bytes.count
        body(piece, &builder)
        pieces.append(start..<builder.bytes.count)
    }
    return PieceText(text: builder.finish(), pieces: pieces)
}

private func cut(_ input: PieceText, _ pattern: TextPattern, _ behavior: SplitBehavior, invert: Bool) -> PieceText {
    var cutter = PieceCutter(behavior: behavior, pieces: input.pieces, invert: invert)
    pattern.forEachMatch(in: input.text.bytes, pieces: input.pieces) { piece, match in cutter.match(piece, match) }
    return PieceText(text: input.text, pieces: cutter.finish())
}

private func cutByScalars(
    _ input: PieceText, _ kind: PreTokenizer.ScalarClass, _ behavior: SplitBehavior
) -> PieceText {
    var cutter = PieceCutter(behavior: behavior, pieces: input.pieces, invert: false)
    let bytes = input.text.bytes
    for (number, piece) in input.pieces.enumerated() {
        var index = piece.lowerBound
        while index < piece.upperBound {
            let (scalar, length) = UnicodeText.decodeScalar(bytes, at: index)
            if let scalar, kind.contains(scalar) { cutter.match(number, index..<index + length) }
            index += length
        }
    }
    return PieceText(text: input.text, pieces: cutter.finish())
}

private func marked(
    _ input: PieceText, _ replacement: [UInt8], _ scheme: PrependScheme, _ splits: Bool
) -> PieceText {
    let source = input.text
    let result = rebuilt(input) { piece, builder in
        let startsMarked =
            piece.count >= 1
            && (source.bytes[piece.lowerBound] == 0x20 || source.bytes[piece].starts(with: replacement))
        let prepends =
            switch scheme {
            case .always: !startsMarked
            case .first: !startsMarked && source.start(piece.lowerBound) == 0
            case .never: false
            }
        if prepends, !piece.isEmpty { builder.replace(piece.lowerBound..<piece.lowerBound, with: replacement) }
        for index in piece {
            if source.bytes[index] == 0x20 {
                builder.replace(index..<index + 1, with: replacement)
            } else {
                builder.keep(index..<index + 1)
            }
        }
    }
    guard splits else { return result }
    return cut(result, .string(replacement), .mergedWithNext, invert: false)
}

/// Collects matches and cuts pieces around them.
private struct PieceCutter {
    let behavior: SplitBehavior
    let pieces: [Range<Int>]
    let invert: Bool
    private var output: [Range<Int>] = []
    private var current = -1
    private var position = 0
    // The spans of the current piece, for the behaviours that look at neighbours.
    private var spans: [(range: Range<Int>, isMatch: Bool)] = []

    init(behavior: SplitBehavior, pieces: [Range<Int>], invert: Bool) {
        self.behavior = behavior
        self.pieces = pieces
        self.invert = invert
        output.reserveCapacity(pieces.count)
    }

    mutating func match(_ piece: Int, _ range: Range<Int>) {
        while current < piece { nextPiece() }
        if position < range.lowerBound { span(position..<range.lowerBound, false) }
        span(range, true)
        position = range.upperBound
    }

    mutating func finish() -> [Range<Int>] {
        while current < pieces.count { nextPiece() }
        return output
    }

    private mutating func nextPiece() {
        if current >= 0, current < pieces.count {
            if position < pieces[current].upperBound { span(position..<pieces[current].upperBound, false) }
            flush()
        }
        current += 1
        if current < pieces.count { position = pieces[current].lowerBound }
    }

    private mutating func span(_ range: Range<Int>, _ isMatch: Bool) {
        let isMatch = isMatch != invert
        switch behavior {
        case .isolated: if !range.isEmpty { output.append(range) }
        case .removed: if !isMatch, !range.isEmpty { output.append(range) }
        default: spans.append((range, isMatch))
        }
    }

    private mutating func flush() {
        guard !spans.isEmpty else { return }
        defer { spans.removeAll(keepingCapacity: true) }
        var previousMatch = false
        switch behavior {
        case .contiguous:
            var result: [Range<Int>] = []
            for (range, isMatch) in spans {
                if isMatch == previousMatch, let last = result.last {
                    result[result.count - 1] = last.lowerBound..<range.upperBound
                } else {
                    result.append(range)
                }
                previousMatch = isMatch
            }
            output += result.filter { !$0.isEmpty }
        case .mergedWithPrevious:
            var result: [Range<Int>] = []
            for (range, isMatch) in spans {
                if isMatch, !previousMatch, let last = result.last {
                    result[result.count - 1] = last.lowerBound..<range.upperBound
                } else {
                    result.append(range)
                }
                previousMatch = isMatch
            }
            output += result.filter { !$0.isEmpty }
        case .mergedWithNext:
            var result: [Range<Int>] = []
            for (range, isMatch) in spans.reversed() {
                if isMatch, !previousMatch, let last = result.last {
                    result[result.count - 1] = range.lowerBound..<last.upperBound
                } else {
                    result.append(range)
                }
                previousMatch = isMatch
            }
            output += result.reversed().filter { !$0.isEmpty }
        case .isolated, .removed:
            break
        }
    }
}
