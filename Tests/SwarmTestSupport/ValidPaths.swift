package import SwarmTokenizers

/// Every token path that a tokenizer writes for the beginning of some text: a tree, found by tokenizing all texts over a
/// few letters.
///
/// A path is valid when the canonical tokens of some text begin with it, and complete when they are all of one. For
/// Unigram every way to cut a text into pieces counts as canonical.
package struct ValidPaths: Sendable {
    package struct Node: Sendable {
        /// By token.
        package var children: [TokenID: Int] = [:]
        /// Whether the path is all of a text's tokens.
        package var isComplete = false
        /// What the path spells, without the space that the tokenizer puts before a text.
        package var text: [UInt8]
    }

    package let tokenizer: Tokenizer
    /// The root first; it is complete, for a text may be empty.
    package private(set) var nodes: [Node]

    /// - Parameters:
    ///   - letters: texts are strings of these, each one scalar.
    ///   - longest: letters of the longest text.
    package init(tokenizer: Tokenizer, letters: [String], longest: Int, allSegmentations: Bool = false) {
        self.tokenizer = tokenizer
        nodes = [Node(isComplete: true, text: [])]
        let spellings = letters.map { Array($0.utf8) }
        var texts: [[UInt8]] = [[]]
        for _ in 0..<longest {
            texts = texts.flatMap { text in spellings.map { text + $0 } }
            for text in texts {
                if allSegmentations {
                    for path in Self.segmentations(of: text, tokenizer) { insert(path, of: text) }
                } else {
                    insert(tokenizer.encode(text, addSpecial: false, parseSpecial: false).ids, of: text)
                }
            }
        }
    }

    private mutating func insert(_ path: [TokenID], of text: [UInt8]) {
        // Unknown tokens, or a space of the text that is read as the tokenizer's own: not what the text says.
        guard Self.bytes(of: path, tokenizer) == text else { return }
        var node = 0
        for (index, token) in path.enumerated() {
            if let child = nodes[node].children[token] {
                node = child
            } else {
                nodes[node].children[token] = nodes.count
                node = nodes.count
                nodes.append(Node(text: Self.bytes(of: Array(path[...index]), tokenizer)))
            }
        }
        nodes[node].isComplete = true
    }

    /// The node of `path`; nil where it is not valid, or longer than what was enumerated.
    package func node(of path: some Sequence<TokenID>) -> Node? {
        var node = 0
        for token in path {
            guard let child = nodes[node].children[token] else { return nil }
            node = child
        }
        return nodes[node]
    }

    /// The text a path spells: the space that the tokenizer puts before a text is none of it.
    package static func bytes(of path: [TokenID], _ tokenizer: Tokenizer) -> [UInt8] {
        let bytes = path.flatMap { tokenizer.tokenBytes[$0.index] }
        return tokenizer.addsPrefixSpace && bytes.first == 0x20 ? Array(bytes.dropFirst()) : bytes
    }

    /// Every path of text tokens that spells `text`, the tokenizer's space before it included.
    private static func segmentations(of text: [UInt8], _ tokenizer: Tokenizer) -> [[TokenID]] {
        let whole = tokenizer.addsPrefixSpace ? [0x20] + text : text
        var paths: [[[TokenID]]] = [[[]]] + [[[TokenID]]](repeating: [], count: whole.count)
        for start in whole.indices {
            for token in tokenizer.tokenBytes.indices where tokenizer.roles[token] == .text {
                let bytes = tokenizer.tokenBytes[token]
                guard !bytes.isEmpty, whole[start...].starts(with: bytes) else { continue }
                paths[start + bytes.count] += paths[start].map { $0 + [TokenID(token)] }
            }
        }
        return paths[whole.count]
    }
}
