internal import SwarmFormats

/// A vocabulary of byte strings of which the longest that fits is taken at every place, from the left: RWKV's World.
struct GreedyModel: TokenModel {
    private let vocabulary: Vocabulary
    private let trie: ByteTrie
    private let unknown: Int32?

    init(vocabulary: Vocabulary, unknown: Int32?) {
        self.vocabulary = vocabulary
        self.unknown = unknown
        trie = ByteTrie(vocabulary)
    }

    func id(of piece: [UInt8]) -> Int32? { vocabulary.id(of: piece) }

    func tokenize(_ text: [UInt8], _ word: Range<Int>, into tokens: inout TokenBuffer) {
        var index = word.lowerBound
        while index < word.upperBound {
            if let match = trie.longestMatch(text, at: index, before: word.upperBound) {
                tokens.append(match.value, end: match.end)
                index = match.end
            } else {
                index += 1
                if let unknown { tokens.append(unknown, end: index) }
            }
        }
    }

    /// A piece as GGUF files spell it, in the escapes of Python's string literals (`\\n`, `\\x0a`, …), as its bytes.
    static func unescaped(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < text.count {
            let byte = text[index]
            index += 1
            guard byte == UInt8(ascii: "\\"), index < text.count else {
                result.append(byte)
                continue
            }
            let escape = text[index]
            index += 1
            switch escape {
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "x"):
                let digits = text[index..<min(index + 2, text.count)]
                guard let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) else {
                    result += [byte, escape]
                    continue
                }
                result.append(value)
                index += digits.count
            default: result.append(escape)
            }
        }
        return result
    }
}
