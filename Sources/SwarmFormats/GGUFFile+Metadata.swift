internal import SwarmKernels

/// Metadata by key and expected type: nil where the key is missing, an error where its type is another.
extension GGUFFile {
    /// The value of `key`, whatever its type.
    package func value(_ key: String) -> GGUFValue? { metadata[Array(key.utf8)] }

    /// An integer of any width.
    package func integer(_ key: String) throws(FormatError) -> Int? {
        try converted(key, "an integer") { $0.integer }
    }

    /// A number of any type.
    package func double(_ key: String) throws(FormatError) -> Double? {
        try converted(key, "a number") { $0.double }
    }

    package func bool(_ key: String) throws(FormatError) -> Bool? {
        try converted(key, "a bool") { if case .bool(let value) = $0 { value } else { nil } }
    }

    package func string(_ key: String) throws(FormatError) -> [UInt8]? {
        try converted(key, "a string") { if case .string(let value) = $0 { value } else { nil } }
    }

    /// A string as text; invalid UTF-8 is replaced. For names that are compared with known ones.
    package func text(_ key: String) throws(FormatError) -> String? {
        try string(key).map { String(decoding: $0, as: UTF8.self) }
    }

    package func strings(_ key: String) throws(FormatError) -> ByteStrings? {
        try converted(key, "an array of strings") {
            if case .array(.string(let values)) = $0 { values } else { nil }
        }
    }

    /// An array of integers of any width.
    package func integers(_ key: String) throws(FormatError) -> [Int]? {
        try converted(key, "an array of integers") { if case .array(let values) = $0 { values.integers } else { nil } }
    }

    /// An array of numbers of any type.
    package func doubles(_ key: String) throws(FormatError) -> [Double]? {
        try converted(key, "an array of numbers") { if case .array(let values) = $0 { values.doubles } else { nil } }
    }

    /// An array of 32-bit floats as stored.
    package func floats(_ key: String) throws(FormatError) -> [Float]? {
        try converted(key, "an array of float32") {
            if case .array(.float32(let values)) = $0 { values } else { nil }
        }
    }

    /// The error that says `key` is wrong or missing.
    package func error(_ key: String, found: String, expected: String) -> FormatError {
        FormatError(path: file.path, field: key, found: found, expected: expected)
    }

    private func converted<Value>(
        _ key: String, _ expected: String, _ convert: (GGUFValue) -> Value?
    ) throws(FormatError) -> Value? {
        guard let value = value(key) else { return nil }
        guard let converted = convert(value) else {
            throw error(key, found: value.typeName, expected: expected)
        }
        return converted
    }
}
