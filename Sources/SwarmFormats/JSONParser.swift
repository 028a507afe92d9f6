/// What a file may cost to parse. A text beyond a limit is an error, never a trap or an exhausted memory.
package struct JSONLimits: Sendable {
    /// Levels of nested arrays and objects.
    package var depth = 128
    /// Bytes of text.
    package var bytes = 1 << 30
    /// Values of all kinds together.
    package var values = 50_000_000
    /// Whether `NaN`, `Infinity` and `-Infinity` are numbers, as Python writes them into some config.json files.
    package var allowsNonFinite = false

    package init() {}

    /// For config.json and its neighbours, which Python writes.
    package static var configuration: JSONLimits {
        var limits = JSONLimits()
        limits.allowsNonFinite = true
        limits.bytes = 1 << 26
        return limits
    }
}

extension JSON {
    /// Parses one JSON text (RFC 8259) strictly: valid UTF-8, no lone surrogates, no duplicate keys, nothing after it.
    /// - Throws: `JSONError` with the line and byte offset.
    package init(parsing text: [UInt8], file: String, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        guard text.count <= limits.bytes else {
            throw JSONError(file: file, problem: "found \(text.count) bytes, expected at most \(limits.bytes)")
        }
        var parser = JSONParser(text: text, file: file, limits: limits, position: 0, end: text.count)
        self = try parser.document()
    }

    /// Parses a JSON Lines text: one value a line, empty lines skipped.
    /// - Returns: the values and their 1-based lines.
    /// - Throws: `JSONError` with the line.
    package static func lines(
        _ text: [UInt8], file: String, limits: JSONLimits = JSONLimits()
    ) throws(JSONError) -> [(line: Int, value: JSON)] {
        guard text.count <= limits.bytes else {
            throw JSONError(file: file, problem: "found \(text.count) bytes, expected at most \(limits.bytes)")
        }
        var values: [(line: Int, value: JSON)] = []
        var start = 0
        var line = 1
        while start < text.count {
            let end = text[start...].firstIndex(of: 0x0A) ?? text.count
            if text[start..<end].contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) {
                var parser = JSONParser(text: text, file: file, limits: limits, position: start, end: end)
                values.append((line, try parser.document()))
            }
            start = end + 1
            line += 1
        }
        return values
    }
}

/// A recursive-descent parser over bytes.
private struct JSONParser {
    let text: [UInt8]
    let file: String
    let limits: JSONLimits
    var position: Int
    let end: Int
    var values = 0

    init(text: [UInt8], file: String, limits: JSONLimits, position: Int, end: Int) {
        self.text = text
        self.file = file
        self.limits = limits
        self.position = position
        self.end = end
    }

    mutating func document() throws(JSONError) -> JSON {
        let result = try value(depth: 0)
        skipSpace()
        guard position == end else { throw unexpected("the end of the text") }
        return result
    }

    private func error(_ problem: String, at offset: Int? = nil) -> JSONError {
        let offset = offset ?? position
        let line = text[..<min(offset, text.count)].reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
        return JSONError(file: file, line: line, offset: offset, problem: problem)
    }

    private func unexpected(_ expected: String) -> JSONError {
        guard position < end else { return error("found the end of the text, expected \(expected)") }
        let byte = text[position]
        let printed = (0x21...0x7E).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte \(byte)"
        return error("found \(printed), expected \(expected)")
    }

    private mutating func skipSpace() {
        while position < end {
            switch text[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSON {
        guard depth <= limits.depth else { throw error("found nesting deeper than \(limits.depth), expected less") }
        values += 1
        guard values <= limits.values else { throw error("found more than \(limits.values) values, expected fewer") }
        skipSpace()
        guard position < end else { throw unexpected("a value") }
        switch text[position] {
        case UInt8(ascii: "{"): return .object(try object(depth: depth))
        case UInt8(ascii: "["): return .array(try array(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "N") where limits.allowsNonFinite: return try word("NaN", .double(.nan))
        case UInt8(ascii: "I") where limits.allowsNonFinite: return try word("Infinity", .double(.infinity))
        default: return try number()
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let expected = "\(word)"
        for byte in expected.utf8 {
            guard position < end, text[position] == byte else { throw unexpected(expected) }
            position += 1
        }
        return value
    }

    private mutating func array(depth: Int) throws(JSONError) -> [JSON] {
        position += 1
        var elements: [JSON] = []
        skipSpace()
        if position < end, text[position] == UInt8(ascii: "]") {
            position += 1
            return elements
        }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            guard position < end else { throw unexpected("',' or ']'") }
            switch text[position] {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"):
                position += 1
                return elements
            default: throw unexpected("',' or ']'")
            }
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONObject {
        position += 1
        var object = JSONObject()
        // An index costs more than it saves for the small objects that most are.
        var index: ByteKeyIndex?
        let few = 12
        skipSpace()
        if position < end, text[position] == UInt8(ascii: "}") {
            position += 1
            return object
        }
        while true {
            skipSpace()
            guard position < end, text[position] == UInt8(ascii: "\"") else { throw unexpected("a key") }
            let start = position
            let key = try string()
            let count = object.members.count
            if count == few {
                var keys = ByteKeyIndex()
                for position in 0..<few {
                    _ = keys.insert(object.members[position].key, at: position, in: object.members)
                }
                index = keys
            }
            let isNew =
                count < few
                ? !object.members.contains { $0.key == key }
                : index?.insert(key, at: count, in: object.members) ?? true
            guard isNew else {
                throw error("found the key \(JSON.string(key).summary) twice, expected unique keys", at: start)
            }
            skipSpace()
            guard position < end, text[position] == UInt8(ascii: ":") else { throw unexpected("':'") }
            position += 1
            object.members.append((key, try value(depth: depth + 1)))
            skipSpace()
            guard position < end else { throw unexpected("',' or '}'") }
            switch text[position] {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "}"):
                position += 1
                return object
            default: throw unexpected("',' or '}'")
            }
        }
    }

    private mutating func string() throws(JSONError) -> [UInt8] {
        position += 1
        let start = position
        // Most strings have no escape and are one slice of the text.
        var isASCII = true
        while position < end {
            let byte = text[position]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
            if byte >= 0x80 { isASCII = false }
            position += 1
        }
        var result = Array(text[start..<position])
        while position < end {
            let byte = text[position]
            switch byte {
            case UInt8(ascii: "\""):
                if !isASCII, let bad = firstInvalidUTF8(result) {
                    throw error("found bytes that are not UTF-8 (byte \(bad) of a string)", at: start)
                }
                position += 1
                return result
            case UInt8(ascii: "\\"):
                try escape(into: &result)
            case 0..<0x20:
                throw error("found control byte \(byte) in a string, expected an escape")
            default:
                if byte >= 0x80 { isASCII = false }
                result.append(byte)
                position += 1
            }
        }
        throw error("found a string without end, expected '\"'", at: start)
    }

    private mutating func escape(into result: inout [UInt8]) throws(JSONError) {
        let start = position
        position += 1
        guard position < end else { throw unexpected("an escape") }
        let kind = text[position]
        position += 1
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(kind)
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "f"): result.append(0x0C)
        case UInt8(ascii: "n"): result.append(0x0A)
        case UInt8(ascii: "r"): result.append(0x0D)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if (0xD800..<0xDC00).contains(code) {
                guard position + 1 < end, text[position] == UInt8(ascii: "\\"), text[position + 1] == UInt8(ascii: "u")
                else { throw error("found a lone surrogate, expected a pair", at: start) }
                position += 2
                let low = try hexadecimal()
                guard (0xDC00..<0xE000).contains(low) else {
                    throw error("found a lone surrogate, expected a pair", at: start)
                }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else {
                throw error("found a lone surrogate, expected a pair", at: start)
            }
            result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default:
            throw error("found an unknown escape, expected one of \"\\/bfnrtu", at: start)
        }
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard position < end else { throw unexpected("four hexadecimal digits") }
            let digit: UInt32
            switch text[position] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = UInt32(text[position]) - 0x30
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = UInt32(text[position]) - 0x57
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = UInt32(text[position]) - 0x37
            default: throw unexpected("four hexadecimal digits")
            }
            code = code << 4 | digit
            position += 1
        }
        return code
    }

    private mutating func number() throws(JSONError) -> JSON {
        let start = position
        let isNegative = text[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        if isNegative, limits.allowsNonFinite, position < end, text[position] == UInt8(ascii: "I") {
            return try word("Infinity", .double(-.infinity))
        }
        let first = position
        var magnitude: Int? = 0
        while position < end, let digit = decimal(text[position]) {
            if let known = magnitude {
                let (tens, overflow1) = known.multipliedReportingOverflow(by: 10)
                let (sum, overflow2) =
                    isNegative
                    ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
                magnitude = overflow1 || overflow2 ? nil : sum
            }
            position += 1
        }
        guard position > first else {
            throw unexpected(isNegative ? "a digit" : "a value")
        }
        guard position == first + 1 || text[first] != UInt8(ascii: "0") else {
            throw error("found a number with a leading zero, expected none", at: start)
        }
        var isInteger = true
        if position < end, text[position] == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try digits()
        }
        if position < end, text[position] == UInt8(ascii: "e") || text[position] == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if position < end, text[position] == UInt8(ascii: "+") || text[position] == UInt8(ascii: "-") {
                position += 1
            }
            try digits()
        }
        if isInteger, let magnitude { return .integer(magnitude) }
        guard let value = Double(String(decoding: text[start..<position], as: UTF8.self)), value.isFinite else {
            throw error("found a number beyond the range of a double, expected a finite one", at: start)
        }
        return .double(value)
    }

    private func decimal(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte) - 0x30 : nil
    }

    private mutating func digits() throws(JSONError) {
        guard position < end, decimal(text[position]) != nil else { throw unexpected("a digit") }
        while position < end, decimal(text[position]) != nil { position += 1 }
    }
}

/// The index of the first byte of `bytes` that is not part of valid UTF-8; nil when all are.
package func firstInvalidUTF8(_ bytes: [UInt8]) -> Int? {
    var index = 0
    while index < bytes.count {
        let length = utf8ScalarLength(bytes, at: index)
        if length == 0 { return index }
        index += length
    }
    return nil
}

/// The length of the well-formed UTF-8 scalar that starts at `index`; 0 when there is none.
@inline(__always)
package func utf8ScalarLength(_ bytes: [UInt8], at index: Int) -> Int {
    let first = bytes[index]
    if first < 0x80 { return 1 }
    let left = bytes.count - index
    func continues(_ offset: Int) -> Bool { bytes[index + offset] & 0xC0 == 0x80 }
    switch first {
    case 0xC2...0xDF:
        return left >= 2 && continues(1) ? 2 : 0
    case 0xE0...0xEF:
        guard left >= 3, continues(1), continues(2) else { return 0 }
        let second = bytes[index + 1]
        if first == 0xE0 && second < 0xA0 { return 0 }
        if first == 0xED && second >= 0xA0 { return 0 }
        return 3
    case 0xF0...0xF4:
        guard left >= 4, continues(1), continues(2), continues(3) else { return 0 }
        let second = bytes[index + 1]
        if first == 0xF0 && second < 0x90 { return 0 }
        if first == 0xF4 && second >= 0x90 { return 0 }
        return 4
    default:
        return 0
    }
}
