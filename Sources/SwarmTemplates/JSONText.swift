internal import Foundation
package import SwarmFormats

/// Values as Python's `json.dumps(…, ensure_ascii=False)` writes them.
struct JSONText {
    /// The text put before each level; nil to write one line.
    var indent: Scalars?
    var itemSeparator = Scalars(text: ", ")
    var keySeparator = Scalars(text: ": ")
    var sortsKeys = false
    var isASCII = false
    private(set) var text: Scalars = []

    /// - Parameter budget: what the text costs is taken from it.
    mutating func write(
        _ value: TemplateValue, level: Int = 0, budget: TemplateBudget
    ) throws(Problem) {
        if let indent { try budget.spend((value.count + 1) * (level + 1) * (indent.count + 1)) }
        switch value {
        case .none: text += Scalars(text: "null")
        case .bool(let value): text += Scalars(text: value ? "true" : "false")
        case .integer(let value): text += Scalars(text: String(value))
        case .number(let value): text += Scalars(text: Self.write(value))
        case .string(let string), .markup(let string): quote(string)
        case .list(let list):
            text.append("[")
            for (position, element) in list.elements.enumerated() {
                if position > 0 { text += itemSeparator }
                newLine(level + 1)
                try write(element, level: level + 1, budget: budget)
            }
            if !list.elements.isEmpty { newLine(level) }
            text.append("]")
        case .mapping(let mapping):
            text.append("{")
            var members: [(key: Scalars, value: TemplateValue)] = []
            for member in mapping.members { members.append((try Self.key(member.key), member.value)) }
            if sortsKeys { members.sort { $0.key.lexicographicallyPrecedes($1.key) } }
            for (position, member) in members.enumerated() {
                if position > 0 { text += itemSeparator }
                newLine(level + 1)
                quote(member.key)
                text += keySeparator
                try write(member.value, level: level + 1, budget: budget)
            }
            if !members.isEmpty { newLine(level) }
            text.append("}")
        case .undefined, .namespace, .callable, .generator, .loop:
            throw Problem("tojson: found \(value.typeName), expected a value that JSON has")
        }
    }

    private mutating func newLine(_ level: Int) {
        guard let indent else { return }
        text.append("\n")
        for _ in 0..<level { text += indent }
    }

    private static func write(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return TemplateValue.write(value)
    }

    private static func key(_ key: TemplateValue) throws(Problem) -> Scalars {
        switch key {
        case .string(let text), .markup(let text): return text
        case .none: return Scalars(text: "null")
        case .bool(let value): return Scalars(text: value ? "true" : "false")
        case .integer(let value): return Scalars(text: String(value))
        case .number(let value): return Scalars(text: write(value))
        default: throw Problem("tojson: found a key that is \(key.typeName), expected a string")
        }
    }

    private mutating func quote(_ string: Scalars) {
        text.append("\"")
        for scalar in string {
            switch scalar {
            case "\"", "\\": text += ["\\", scalar]
            case "\n": text += ["\\", "n"]
            case "\r": text += ["\\", "r"]
            case "\t": text += ["\\", "t"]
            case "\u{8}": text += ["\\", "b"]
            case "\u{C}": text += ["\\", "f"]
            case _ where scalar.value < 0x20 || (isASCII && scalar.value > 0x7E):
                for unit in String(scalar).utf16 { text += Scalars(text: String(format: "\\u%04x", unit)) }
            default: text.append(scalar)
            }
        }
        text.append("\"")
    }
}

extension TemplateValue {
    /// A JSON value as Python's `json.loads` gives it.
    package init(_ json: JSON) {
        switch json {
        case .null: self = .none
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .double(let value): self = .number(value)
        case .string(let bytes): self.init(String(decoding: bytes, as: UTF8.self))
        case .array(let elements): self = .list(TemplateList(elements.map { TemplateValue($0) }))
        case .object(let object):
            self = .mapping(
                TemplateMapping(
                    object.members.map {
                        (TemplateValue(String(decoding: $0.key, as: UTF8.self)), TemplateValue($0.value))
                    }
                ))
        }
    }
}
