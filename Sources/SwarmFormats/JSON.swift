/// A JSON value as it stands in a file: strings are bytes, object members keep their order.
///
/// Strings are `[UInt8]` (valid UTF-8 after unescaping) because Swift's `String` compares by canonical equivalence and
/// would merge distinct vocabulary entries.
package enum JSON: Sendable {
    case null
    case bool(Bool)
    /// A number written without fraction and exponent that fits an `Int`.
    case integer(Int)
    case double(Double)
    case string([UInt8])
    case array([JSON])
    case object(JSONObject)
}

/// The members of a JSON object in file order. Keys are unique: a duplicate is a parse error.
package struct JSONObject: Sendable {
    package var members: [(key: [UInt8], value: JSON)]

    package init(members: [(key: [UInt8], value: JSON)] = []) { self.members = members }

    /// The value of `key`, found by a linear search: meant for settings, not for vocabularies.
    package subscript(key: String) -> JSON? {
        let key = key.utf8
        return members.first { $0.key.elementsEqual(key) }?.value
    }
}

extension JSON {
    /// The member `key` of an object; nil when it is absent or this is not an object.
    package subscript(key: String) -> JSON? {
        guard case .object(let object) = self else { return nil }
        return object[key]
    }

    /// The element `index` of an array; nil when it is absent or this is not an array.
    package subscript(index: Int) -> JSON? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The value when it is a boolean.
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The value when it is an integer, or a double that is exactly one.
    package var int: Int? {
        switch self {
        case .integer(let value): value
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The value when it is a number.
    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The value's UTF-8 when it is a string.
    package var bytes: [UInt8]? { if case .string(let value) = self { value } else { nil } }

    /// The value when it is a string. Not for vocabulary keys: see ``JSON``.
    package var string: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    /// The elements when it is an array.
    package var array: [JSON]? { if case .array(let value) = self { value } else { nil } }

    /// The members when it is an object.
    package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }

    /// Whether the value is `null`.
    package var isNull: Bool { if case .null = self { true } else { false } }

    /// What the value is, for messages: short values in full, long ones by kind and size.
    package var summary: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let value):
            value.count <= 60 ? "\"\(String(decoding: value, as: UTF8.self))\"" : "a string of \(value.count) bytes"
        case .array(let value): "an array of \(value.count)"
        case .object(let value): "an object of \(value.members.count)"
        }
    }
}

/// What is wrong with a JSON file: its syntax (with a line) or a value (with a JSON path).
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    package var file: String
    /// The JSON path of the value, for example `model.merges[17]`; empty for syntax errors.
    package var field: String
    /// The 1-based line of a syntax error.
    package var line: Int?
    /// The byte offset of a syntax error.
    package var offset: Int?
    /// `found …, expected …`
    package var problem: String

    package init(file: String, field: String = "", line: Int? = nil, offset: Int? = nil, problem: String) {
        self.file = file
        self.field = field
        self.line = line
        self.offset = offset
        self.problem = problem
    }

    package var description: String {
        var place = file
        if let line { place += ":\(line)" }
        if let offset { place += " (byte \(offset))" }
        if !field.isEmpty { place += " at \(field)" }
        return "bad JSON, \(place): \(problem)"
    }
}
