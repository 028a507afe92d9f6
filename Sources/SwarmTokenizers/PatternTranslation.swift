/// A pattern of Oniguruma's syntax in PCRE2's: classes that nest and intersect, and what the two mean by the same escape.
///
/// Categories get the scalars that PCRE2 is too old to know. PCRE2's `\s` has one character too many (U+180E), its `\w` and
/// `\b` know too few, and its `\h` is a space where Oniguruma's is a hexadecimal digit.
struct PatternTranslation {
    private let pattern: [UInt8]
    /// The content of the class that `\w` stands for, on its own and within a class.
    private let words: String
    private let classWords: String
    private static let spaces =
        #"\x09-\x0d\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}"#
    private static let hexadecimal = "0-9a-fA-F"
    private var index = 0
    private var depth = 0
    /// Brackets nested deeper are left for PCRE2 to refuse.
    private static let deepest = 20

    /// - Parameter joinsWords: `\w` as in Rust's regex, where zero-width joiners are word characters; otherwise as in
    ///   Oniguruma, where every number of Latin-1 is, except within a class.
    init(pattern: [UInt8], joinsWords: Bool) {
        self.pattern = pattern
        let known =
            #"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}"# + ["L", "M", "Nd"].map { NewerScalars.ranges[$0] ?? "" }.joined()
        classWords = known + (joinsWords ? #"\p{Join_Control}"# : "")
        words = joinsWords ? classWords : known + #"\x{b2}\x{b3}\x{b9}\x{bc}-\x{be}"#
    }

    mutating func translate() -> [UInt8] {
        var result: [UInt8] = []
        while index < pattern.count {
            switch pattern[index] {
            case UInt8(ascii: "\\"): result += escape(inClass: false)
            case UInt8(ascii: "["): result += bracket().text
            default:
                result.append(pattern[index])
                index += 1
            }
        }
        return result
    }

    /// The escape at `index`, as it stands in a class or outside of one.
    private mutating func escape(inClass: Bool) -> [UInt8] {
        guard index + 1 < pattern.count else {
            index += 1
            return [UInt8(ascii: "\\")]
        }
        let next = pattern[index + 1]
        func known(_ content: String) -> [UInt8] { Array((inClass ? content : "[\(content)]").utf8) }
        func category(_ name: String) -> String { "\\p{\(name)}" + (NewerScalars.ranges[name] ?? "") }
        switch next {
        case UInt8(ascii: "p"):
            guard let close = pattern[index...].firstIndex(of: UInt8(ascii: "}")), index + 3 < close,
                pattern[index + 2] == UInt8(ascii: "{")
            else { break }
            let name = String(decoding: pattern[(index + 3)..<close], as: UTF8.self)
            guard NewerScalars.ranges[name] != nil else { break }
            index = close + 1
            return known(category(name))
        case UInt8(ascii: "u"):
            // \uXXXX is not PCRE2's way to name a scalar.
            let digits = pattern.dropFirst(index + 2).prefix(4)
            guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { break }
            index += 6
            return Array("\\x{".utf8) + digits + [UInt8(ascii: "}")]
        default: break
        }
        index += 2
        switch next {
        case UInt8(ascii: "s"): return known(Self.spaces)
        case UInt8(ascii: "w"): return known(inClass ? classWords : words)
        case UInt8(ascii: "d"): return known(category("Nd"))
        case UInt8(ascii: "h"): return known(Self.hexadecimal)
        case UInt8(ascii: "S") where !inClass: return Array("[^\(Self.spaces)]".utf8)
        case UInt8(ascii: "W") where !inClass: return Array("[^\(words)]".utf8)
        case UInt8(ascii: "D") where !inClass: return Array("[^\(category("Nd"))]".utf8)
        case UInt8(ascii: "H") where !inClass: return Array("[^\(Self.hexadecimal)]".utf8)
        case UInt8(ascii: "b") where !inClass:
            return Array("(?:(?<=[\(words)])(?![\(words)])|(?<![\(words)])(?=[\(words)]))".utf8)
        case UInt8(ascii: "B") where !inClass:
            return Array("(?:(?<=[\(words)])(?=[\(words)])|(?<![\(words)])(?![\(words)]))".utf8)
        default: return [UInt8(ascii: "\\"), next]
        }
    }

    /// The class that opens at `index`, as what matches one scalar of it; where that is a plain class, its content too.
    private mutating func bracket() -> (text: [UInt8], content: [UInt8]?) {
        depth += 1
        defer { depth -= 1 }
        index += 1
        let isNegated = index < pattern.count && pattern[index] == UInt8(ascii: "^")
        if isNegated { index += 1 }
        var operands: [[UInt8]] = []
        var content: [UInt8] = []
        var nested: [[UInt8]] = []
        var closes = false
        // A bracket just after the opening one is literal.
        if index < pattern.count, pattern[index] == UInt8(ascii: "]") {
            content += Array(#"\]"#.utf8)
            index += 1
        }
        scan: while index < pattern.count {
            let byte = pattern[index]
            switch byte {
            case UInt8(ascii: "]"):
                index += 1
                closes = true
                break scan
            case UInt8(ascii: "[") where pattern[index...].starts(with: "[:".utf8):
                // [:alpha:] and the like are the same in both.
                let end = pattern[index...].firstIndex(of: UInt8(ascii: "]")) ?? pattern.count - 1
                content += pattern[index...end]
                index = end + 1
            case UInt8(ascii: "[") where depth < Self.deepest:
                let inner = bracket()
                if let plain = inner.content { content += plain } else { nested.append(inner.text) }
            case UInt8(ascii: "&") where pattern[index...].starts(with: "&&".utf8):
                operands.append(Self.union(content, nested))
                (content, nested) = ([], [])
                index += 2
            case UInt8(ascii: "\\"): content += escape(inClass: true)
            default:
                content.append(byte)
                index += 1
            }
        }
        // An open class stays one, for PCRE2 to say so.
        guard closes else { return ([UInt8(ascii: "[")], nil) }
        if operands.isEmpty, nested.isEmpty {
            let text = Array((isNegated ? "[^" : "[").utf8) + content + [UInt8(ascii: "]")]
            return (text, isNegated ? nil : content)
        }
        operands.append(Self.union(content, nested))
        var text = operands[operands.count - 1]
        if operands.count > 1 {
            let others = operands.dropLast().flatMap { Array("(?=".utf8) + $0 + Array(")".utf8) }
            text = Array("(?:".utf8) + others + text + Array(")".utf8)
        }
        if isNegated { text = Array("(?:(?!".utf8) + text + Array(")(?s:.))".utf8) }
        return (text, nil)
    }

    /// What matches one scalar of a class or of one of `nested`.
    private static func union(_ content: [UInt8], _ nested: [[UInt8]]) -> [UInt8] {
        var parts = nested
        if content.isEmpty, nested.isEmpty { return Array("(?!)".utf8) }
        if !content.isEmpty { parts.append(Array("[".utf8) + content + Array("]".utf8)) }
        if parts.count == 1 { return parts[0] }
        return Array("(?:".utf8) + parts.joined(separator: Array("|".utf8)) + Array(")".utf8)
    }
}
