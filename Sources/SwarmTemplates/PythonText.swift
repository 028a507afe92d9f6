internal import Foundation

/// Strings as Python's `str` treats them.
extension Unicode.Scalar {
    /// Python's `str.isspace`, which `strip`, `split` and the `\s` of its regular expressions share.
    var isPythonSpace: Bool {
        switch value {
        case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    var isCased: Bool { properties.isCased }

    /// Whether Python's `repr` writes the scalar as it is.
    fileprivate var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: value == 0x20
        default: true
        }
    }
}

extension [Unicode.Scalar] {
    func upper() -> Scalars { flatMap { Array($0.properties.uppercaseMapping.unicodeScalars) } }

    func lower() -> Scalars {
        var result: Scalars = []
        for (position, scalar) in enumerated() {
            // A sigma that ends a word has a form of its own.
            if scalar.value == 0x3A3 {
                let before = self[..<position].last { !$0.properties.isCaseIgnorable }
                let after = self[(position + 1)...].first { !$0.properties.isCaseIgnorable }
                let isFinal = before?.isCased == true && after?.isCased != true
                result.append(isFinal ? "\u{3C2}" : "\u{3C3}")
            } else {
                result += Array(scalar.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return result
    }

    func capitalized() -> Scalars {
        guard let first else { return [] }
        return Array(first.properties.titlecaseMapping.unicodeScalars) + Scalars(dropFirst()).lower()
    }

    /// `str.title`: a capital after everything that has no case.
    func titled() -> Scalars {
        var result: Scalars = []
        var isInside = false
        for scalar in self {
            let mapping = isInside ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
            result += Array(mapping.unicodeScalars)
            isInside = scalar.isCased
        }
        return result
    }

    enum Side {
        case both, left, right
    }

    /// - Parameter set: what is taken away; nil for whitespace.
    func stripped(_ set: Scalars? = nil, _ side: Side = .both) -> Scalars {
        func goes(_ scalar: Unicode.Scalar) -> Bool { set?.contains(scalar) ?? scalar.isPythonSpace }
        var rest = self[...]
        if side != .right { rest = rest.drop(while: goes) }
        if side != .left { while let last = rest.last, goes(last) { rest.removeLast() } }
        return Array(rest)
    }

    /// Where `part` first stands at or after `start`.
    func place(of part: Scalars, from start: Int = 0) -> Int? {
        guard count >= part.count, start <= count - part.count else { return nil }
        guard let first = part.first else { return start }
        return (start...(count - part.count)).first { self[$0] == first && self[$0...].starts(with: part) }
    }

    /// - Parameter limit: splits at most; nil for all.
    func split(by separator: Scalars, limit: Int?) -> [Scalars] {
        var parts: [Scalars] = []
        var start = 0
        while parts.count < limit ?? Int.max, let place = place(of: separator, from: start) {
            parts.append(Array(self[start..<place]))
            start = place + separator.count
        }
        return parts + [Array(self[start...])]
    }

    /// `str.rsplit` with a separator.
    func rightSplit(by separator: Scalars, limit: Int?) -> [Scalars] {
        let parts = Scalars(reversed()).split(by: separator.reversed(), limit: limit)
        return parts.reversed().map { $0.reversed() }
    }

    /// `str.split()`: at runs of whitespace.
    func words(limit: Int?) -> [Scalars] {
        var parts: [Scalars] = []
        var rest = self[...].drop(while: \.isPythonSpace)
        while !rest.isEmpty {
            if parts.count >= limit ?? Int.max {
                parts.append(Scalars(rest).stripped(nil, .right))
                break
            }
            let word = rest.prefix { !$0.isPythonSpace }
            parts.append(Array(word))
            rest = rest[word.endIndex...].drop(while: \.isPythonSpace)
        }
        return parts
    }

    /// `str.splitlines` without the line ends.
    func lines() -> [Scalars] {
        var lines: [Scalars] = []
        var line: Scalars = []
        var position = 0
        while position < count {
            let value = self[position].value
            switch value {
            case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029:
                if value == 0x0D, position + 1 < count, self[position + 1].value == 0x0A { position += 1 }
                lines.append(line)
                line = []
            default: line.append(self[position])
            }
            position += 1
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }

    /// With the characters that HTML has a use for written out.
    func escaped() -> Scalars {
        flatMap { scalar in
            switch scalar {
            case "&": Scalars(text: "&amp;")
            case "<": Scalars(text: "&lt;")
            case ">": Scalars(text: "&gt;")
            case "'": Scalars(text: "&#39;")
            case "\"": Scalars(text: "&#34;")
            default: [scalar]
            }
        }
    }

    /// - Parameter limit: replacements at most; nil for all.
    func replacing(_ old: Scalars, with new: Scalars, limit: Int?) -> Scalars {
        if old.isEmpty {
            var result: Scalars = []
            var left = limit ?? Int.max
            for scalar in self {
                if left > 0 { result += new }
                left -= 1
                result.append(scalar)
            }
            return left > 0 ? result + new : result
        }
        return Array(split(by: old, limit: limit).joined(separator: new))
    }
}

/// Values written out as Python writes them.
extension TemplateValue {
    /// Python's `str()`.
    func written() throws(Problem) -> Scalars {
        switch self {
        case .undefined: []
        case .string(let text), .markup(let text): text
        default: try represented()
        }
    }

    /// Python's `repr()`.
    func represented() throws(Problem) -> Scalars {
        switch self {
        case .undefined: return Scalars(text: "Undefined")
        case .none: return Scalars(text: "None")
        case .bool(let value): return Scalars(text: value ? "True" : "False")
        case .integer(let value): return Scalars(text: String(value))
        case .number(let value): return Scalars(text: Self.write(value))
        case .string(let text), .markup(let text): return Self.quote(text)
        case .list(let list):
            var result: Scalars = [list.isTuple ? "(" : "["]
            for (position, element) in list.elements.enumerated() {
                if position > 0 { result += [",", " "] }
                result += try element.represented()
            }
            if list.isTuple, list.elements.count == 1 { result.append(",") }
            return result + [list.isTuple ? ")" : "]"]
        case .mapping(let mapping):
            var result: Scalars = ["{"]
            for (position, member) in mapping.members.enumerated() {
                if position > 0 { result += [",", " "] }
                result += try member.key.represented() + [":", " "]
                result += try member.value.represented()
            }
            return result + ["}"]
        case .namespace, .callable, .generator, .loop:
            throw Problem("found \(typeName), expected something that can be written out")
        }
    }

    /// Python's shortest form of a float.
    static func write(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        let size = abs(value)
        if size == 0 || (size >= 1e-4 && size < 1e16) {
            // Swift changes to exponents at 2^53, Python at 10^16.
            if size >= 0x1p53 { return String(format: "%.1f", value) }
            return "\(value)"
        }
        // Swift writes 1e-05, Python too; the digits are the shortest in both.
        let text = "\(value)"
        guard let cut = text.firstIndex(of: "e") else { return text }
        var digits = String(text[..<cut])
        if digits.hasSuffix(".0") { digits.removeLast(2) }
        let exponent = Int(text[text.index(after: cut)...]) ?? 0
        return digits + "e" + (exponent < 0 ? "-" : "+") + (abs(exponent) < 10 ? "0" : "") + "\(abs(exponent))"
    }

    private static func quote(_ text: Scalars) -> Scalars {
        let mark: Unicode.Scalar = text.contains("'") && !text.contains("\"") ? "\"" : "'"
        var result: Scalars = [mark]
        for scalar in text {
            switch scalar {
            case "\\", mark: result += ["\\", scalar]
            case "\n": result += ["\\", "n"]
            case "\r": result += ["\\", "r"]
            case "\t": result += ["\\", "t"]
            case _ where scalar.isPrintable: result.append(scalar)
            case _ where scalar.value < 0x100: result += Scalars(text: String(format: "\\x%02x", scalar.value))
            case _ where scalar.value < 0x10000: result += Scalars(text: String(format: "\\u%04x", scalar.value))
            default: result += Scalars(text: String(format: "\\U%08x", scalar.value))
            }
        }
        return result + [mark]
    }
}
