/// Builds GGUF files byte by byte, right and wrong ones.
package struct GGUFBuilder: Sendable {
    package var version: UInt32 = 3
    /// Keys, the numbers of their values' types, and the values as stored.
    package var metadata: [(key: String, type: UInt32, bytes: [UInt8])] = []
    /// Dimensions are fastest first; offsets count from the start of the data.
    package var tensors: [(name: String, dimensions: [UInt64], type: UInt32, offset: UInt64)] = []
    package var data: [UInt8] = []
    package var alignment = 32

    package init() {}

    /// Little-endian bytes of `value`.
    package static func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
        (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }

    /// A length and the text, as GGUF has them.
    package static func string(_ text: String) -> [UInt8] {
        Self.bytes(UInt64(text.utf8.count)) + Array(text.utf8)
    }

    /// An array of `type` numbers or strings as a metadata value of type 9.
    package static func array(_ type: UInt32, _ elements: [[UInt8]]) -> [UInt8] {
        bytes(type) + bytes(UInt64(elements.count)) + elements.flatMap { $0 }
    }

    /// The whole file.
    package var bytes: [UInt8] {
        var out = Array("GGUF".utf8) + Self.bytes(version)
        out += Self.bytes(UInt64(tensors.count)) + Self.bytes(UInt64(metadata.count))
        for entry in metadata { out += Self.string(entry.key) + Self.bytes(entry.type) + entry.bytes }
        for tensor in tensors {
            out += Self.string(tensor.name) + Self.bytes(UInt32(tensor.dimensions.count))
            for length in tensor.dimensions { out += Self.bytes(length) }
            out += Self.bytes(tensor.type) + Self.bytes(tensor.offset)
        }
        while out.count % alignment != 0 { out.append(0) }
        return out + data
    }
}
