package import SwarmTokenizers

/// A tiny tokenizer of some kind, and every path it can write.
package struct TinyKind: Sendable {
    package let name: String
    package let paths: ValidPaths
    package let letters: [String]
    /// Distributions after texts of fewer than so many bytes are known exactly.
    package let limit: Int
    /// Whether every way to cut a text into tokens counts.
    package let countsAll: Bool

    package var tokenizer: Tokenizer { paths.tokenizer }

    private init(
        _ name: String, _ tokenizer: Tokenizer, letters: [String], limit: Int, longest: Int,
        allSegmentations: Bool = false
    ) {
        self.name = name
        self.letters = letters
        self.limit = limit
        countsAll = allSegmentations
        paths = ValidPaths(
            tokenizer: tokenizer, letters: letters, longest: longest, allSegmentations: allSegmentations)
    }

    /// Every kind of tokenizer; `longest` leaves room for the longest token and what must be looked ahead at.
    package static let all = Result { () throws -> [TinyKind] in
        [
            TinyKind(
                "BPE over bytes, words of GPT-2",
                try TinyTokenizers.byteLevel(
                    text: "ab ", merges: [(" ", "a"), ("a", "b"), ("b", "b"), (" ", " "), (" a", "b"), ("ab", "b")]),
                letters: ["a", "b", " "], limit: 6, longest: 9),
            TinyKind(
                "BPE over bytes, apostrophes",
                try TinyTokenizers.byteLevel(
                    text: "as'", merges: [("'", "s"), ("a", "s"), ("'", "'"), ("s", "'"), ("s", "s")]),
                letters: ["a", "s", "'"], limit: 5, longest: 7),
            TinyKind(
                "BPE over bytes, digits from the right",
                try TinyTokenizers.byteLevel(
                    text: "1a", merges: [("1", "1"), ("11", "1"), ("a", "a"), ("a", "1")], words: .rightAlignedDigits),
                letters: ["1", "a"], limit: 6, longest: 11),
            TinyKind(
                "BPE over bytes, no words",
                try TinyTokenizers.byteLevel(
                    text: "abé", merges: [("b", "a"), ("a", "b"), ("a", "a"), ("ba", "b"), ("ab", "ab"), ("b", "ab")],
                    words: .none),
                letters: ["a", "b", "é"], limit: 5, longest: 8),
            TinyKind(
                "BPE of SentencePiece, byte fallback", try TinyTokenizers.sentencePiece(),
                letters: ["a", "b", " ", "é"], limit: 5, longest: 6),
            TinyKind(
                "Unigram", try TinyTokenizers.unigram(), letters: ["a", "b", " "], limit: 6, longest: 7,
                allSegmentations: true),
            TinyKind(
                "characters", try TinyTokenizers.characters(), letters: ["a", "é", " "], limit: 6, longest: 6),
            TinyKind("bytes", .bytes(endOfText: true), letters: ["a", "é", " "], limit: 5, longest: 6),
        ]
    }
}

/// A tiny tokenizer with a table model on it, and brute force over both.
package struct TinyMember: Sendable {
    package let kind: TinyKind
    package let model: TableModel
    /// Empty where it was not asked for.
    package let oracle: ByteOracle

    package var name: String { kind.name }
    package var tokenizer: Tokenizer { kind.tokenizer }

    /// - Parameters:
    ///   - isFaithful: whether tokens that the tokenizer would never write there have no probability.
    ///   - spread: how far logits lie from 0.
    package init(
        _ kind: TinyKind, seed: UInt64, isFaithful: Bool, spread: Double = 2, needsOracle: Bool = true
    ) {
        self.kind = kind
        let tokenizer = kind.tokenizer
        let letters = Set(kind.letters.flatMap { Array($0.utf8) })
        // A vocabulary of all bytes is as good as one of the letters': the others get no probability.
        let spelled = Set(
            tokenizer.tokenBytes.indices.filter { tokenizer.tokenBytes[$0].allSatisfy(letters.contains) }
                .map { TokenID($0) } + tokenizer.endTokens)
        let paths = kind.paths
        model = TableModel(
            vocabularySize: tokenizer.vocabularySize, seed: seed, spread: spread,
            allowed: { path in
                // Beyond what was enumerated anything may follow: it counts for nothing that is compared.
                guard isFaithful, let node = paths.node(of: path.dropFirst()), !node.children.isEmpty else {
                    return spelled
                }
                return Set(node.children.keys).union(node.isComplete ? tokenizer.endTokens : [])
            })
        oracle = ByteOracle(
            paths, limit: needsOracle ? kind.limit : 0, probabilities: ByteOracle.probabilities(of: model, tokenizer))
    }

    /// The distribution over 256 bytes and the end after a beginning whose words but for the last are read as the
    /// tokenizer does, where all segmentations count.
    package func distribution(beginning text: [UInt8]) -> [Double]? {
        let closed = tokenizer.wordEnds(of: text).last { $0 < text.count } ?? 0
        let words = tokenizer.encode(Array(text[..<closed]), addSpecial: false, parseSpecial: false).ids
        guard ValidPaths.bytes(of: words, tokenizer).elementsEqual(text[..<closed]) else { return nil }
        let probabilities = ByteOracle.probabilities(of: model, tokenizer)
        var row = [Double](repeating: 0, count: 257)
        func visit(_ node: ValidPaths.Node, _ path: [TokenID], _ mass: Double) {
            let next = probabilities(path)
            if node.text == text, node.isComplete {
                row[256] += mass * tokenizer.endTokens.reduce(0) { $0 + next[$1.index] }
            }
            for (token, child) in node.children.sorted(by: { $0.key < $1.key }) {
                let longer = kind.paths.nodes[child]
                if longer.text.count > text.count {
                    guard longer.text.starts(with: text) else { continue }
                    row[Int(longer.text[text.count])] += mass * next[token.index]
                } else if text.starts(with: longer.text) {
                    visit(longer, path + [token], mass * next[token.index])
                }
            }
        }
        guard let begun = kind.paths.node(of: words) else { return nil }
        visit(begun, words, 1)
        let sum = row.reduce(0, +)
        return sum > 0 ? row.map { $0 / sum } : nil
    }

    package static func all(seed: UInt64, isFaithful: Bool, spread: Double = 2) throws -> [TinyMember] {
        try TinyKind.all.get().map { TinyMember($0, seed: seed, isFaithful: isFaithful, spread: spread) }
    }
}
