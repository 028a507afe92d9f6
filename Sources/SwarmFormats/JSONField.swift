/// A place in a JSON file: a value, or the lack of one, that knows its path for messages.
///
///     let config = JSONField(try JSON(parsing: bytes, file: path), file: path)
///     let width = try config["hidden_size"].int(in: 1...1 << 20)
///     let theta = try config["rope_theta"].ifPresent?.double() ?? 10_000
package struct JSONField: Sendable {
    /// The file's name, for messages.
    package let file: String
    /// The JSON path, for example `model.merges[17]`; empty for the whole text.
    package let path: String
    /// The value; nil when the file has none here.
    package let value: JSON?

    package init(_ value: JSON?, file: String, path: String = "") {
        self.value = value
        self.file = file
        self.path = path
    }

    /// The member `key`; a field without value when there is none.
    package subscript(key: String) -> JSONField {
        JSONField(value?[key], file: file, path: path.isEmpty ? key : "\(path).\(key)")
    }

    /// The element `index`; a field without value when there is none.
    package subscript(index: Int) -> JSONField {
        JSONField(value?[index], file: file, path: "\(path)[\(index)]")
    }

    /// This field when the file has a value here other than `null`.
    package var ifPresent: JSONField? {
        guard let value, !value.isNull else { return nil }
        return self
    }

    /// An error about this field.
    package func error(expected: String) -> JSONError {
        JSONError(file: file, field: path, problem: "found \(value?.summary ?? "nothing"), expected \(expected)")
    }

    /// - Throws: `JSONError` when the value is not a boolean.
    package func bool() throws(JSONError) -> Bool {
        guard let result = value?.bool else { throw error(expected: "true or false") }
        return result
    }

    /// - Throws: `JSONError` when the value is not an integer in `range`.
    package func int(in range: ClosedRange<Int> = Int.min...Int.max) throws(JSONError) -> Int {
        guard let result = value?.int, range.contains(result) else {
            throw error(
                expected: range == Int.min...Int.max
                    ? "an integer" : "an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return result
    }

    /// - Throws: `JSONError` when the value is not a number.
    package func double() throws(JSONError) -> Double {
        guard let result = value?.double else { throw error(expected: "a number") }
        return result
    }

    /// - Throws: `JSONError` when the value is not a string.
    package func bytes() throws(JSONError) -> [UInt8] {
        guard let result = value?.bytes else { throw error(expected: "a string") }
        return result
    }

    /// The value as text; not for vocabulary keys: see ``JSON``.
    /// - Throws: `JSONError` when the value is not a string.
    package func string() throws(JSONError) -> String {
        guard let result = value?.string else { throw error(expected: "a string") }
        return result
    }

    /// The elements, each knowing its path.
    /// - Throws: `JSONError` when the value is not an array.
    package func array() throws(JSONError) -> [JSONField] {
        guard let elements = value?.array else { throw error(expected: "an array") }
        return elements.indices.map { JSONField(elements[$0], file: file, path: "\(path)[\($0)]") }
    }

    /// The members in file order, each knowing its path.
    /// - Throws: `JSONError` when the value is not an object.
    package func object() throws(JSONError) -> [(key: [UInt8], field: JSONField)] {
        guard let object = value?.object else { throw error(expected: "an object") }
        return object.members.map { member in
            let key = String(decoding: member.key, as: UTF8.self)
            return (member.key, JSONField(member.value, file: file, path: path.isEmpty ? key : "\(path).\(key)"))
        }
    }

    /// The keys of this object, in file order; empty when it is not an object.
    package var keys: [[UInt8]] { value?.object?.members.map(\.key) ?? [] }
}
