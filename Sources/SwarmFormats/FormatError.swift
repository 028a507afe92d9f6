/// What is wrong inside a file: which field, what it holds, what it should hold.
package struct FormatError: Error, Equatable, CustomStringConvertible {
    package var path: String
    /// The metadata key, tensor name or header field, for example `general.alignment`.
    package var field: String
    package var found: String
    package var expected: String

    package init(path: String, field: String, found: String, expected: String) {
        self.path = path
        self.field = field
        self.found = found
        self.expected = expected
    }

    package var description: String { "\(field), \(path): found \(found), expected \(expected)" }
}

/// Bytes from a file as text for a message: at most 80 bytes, invalid UTF-8 replaced.
package func display(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.prefix(80), as: UTF8.self) + (bytes.count > 80 ? "…" : "")
}
