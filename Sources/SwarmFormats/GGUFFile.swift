package import SwarmKernels

/// A GGUF file, version 2 or 3, little-endian: metadata read, tensors located, nothing else loaded.
///
/// Layout as in ggml's `docs/gguf.md`: magic, version, counts, metadata, tensor infos, padding, tensor data. Every
/// count, length and offset is checked before it is used.
package struct GGUFFile: Sendable {
    package let file: MappedFile
    /// 2 or 3.
    package let version: Int
    /// Metadata by key. Keys are bytes: `String` would merge canonically equivalent ones.
    package let metadata: [[UInt8]: GGUFValue]
    /// The tensors in file order; shapes are slowest first, the reverse of the file's.
    package let tensors: [TensorInfo]
    /// Positions in `tensors` by name.
    private let positions: [[UInt8]: Int]

    /// Whether the file at `path` begins with GGUF's magic bytes.
    package static func isGGUF(_ file: MappedFile) -> Bool {
        file.count >= 4 && file.uint32(at: 0) == magic
    }

    private static let magic: UInt32 = 0x4655_4747

    /// Maps the file at `path` and reads its header.
    /// - Throws: `FileError` or `FormatError`.
    package init(path: String) throws {
        try self.init(file: MappedFile(path: path))
    }

    /// Reads the header of `file`.
    /// - Throws: `FormatError` naming the field.
    package init(file: MappedFile) throws(FormatError) {
        self.file = file
        var reader = GGUFReader(file: file)
        func error(_ field: String, found: String, expected: String) -> FormatError {
            FormatError(path: file.path, field: field, found: found, expected: expected)
        }

        let magic = try reader.uint32("magic")
        guard magic == Self.magic else {
            throw error("magic", found: "0x" + String(magic, radix: 16), expected: "GGUF (0x46554747)")
        }
        let version = try reader.uint32("version")
        guard version == 2 || version == 3 else {
            let bigEndian = version.byteSwapped <= 3
            throw error(
                "version", found: bigEndian ? "a big-endian file" : "\(version)", expected: "2 or 3, little-endian")
        }
        self.version = Int(version)
        let tensorCount = try reader.count("tensor_count", itemBytes: 24, cap: 1 << 20)
        let keyCount = try reader.count("metadata_kv_count", itemBytes: 13, cap: 1 << 20)

        var metadata: [[UInt8]: GGUFValue] = [:]
        for number in 0..<keyCount {
            let key = try reader.string("key of metadata entry \(number)", cap: 65535)
            let field = display(key)
            let value = try reader.value(field)
            guard metadata.updateValue(value, forKey: key) == nil else {
                throw error(field, found: "the key twice", expected: "once")
            }
        }
        self.metadata = metadata

        var alignment = 32
        if let value = metadata[Array("general.alignment".utf8)] {
            guard let number = value.integer, number >= 1, number <= 1 << 20, number.nonzeroBitCount == 1 else {
                throw error("general.alignment", found: "\(value)", expected: "a power of two up to 1048576")
            }
            alignment = number
        }
        (tensors, positions) = try Self.readTensors(&reader, count: tensorCount, alignment: alignment)
    }

    private static func readTensors(
        _ reader: inout GGUFReader, count: Int, alignment: Int
    ) throws(FormatError) -> ([TensorInfo], [[UInt8]: Int]) {
        let file = reader.file
        func error(_ field: String, found: String, expected: String) -> FormatError {
            FormatError(path: file.path, field: "tensor \(field)", found: found, expected: expected)
        }

        var described: [(name: [UInt8], shape: [Int], type: ElementType, bytes: Int, offset: UInt64)] = []
        for number in 0..<count {
            let name = try reader.string("name of tensor \(number)", cap: 1024)
            let field = display(name)
            let dimensions = try reader.uint32("tensor \(field)")
            guard (1...4).contains(dimensions) else {
                throw error(field, found: "\(dimensions) dimensions", expected: "1 to 4")
            }
            var shape: [Int] = []
            var elements = 1
            for _ in 0..<dimensions {
                let length = try reader.uint64("tensor \(field)")
                let (product, overflow) = elements.multipliedReportingOverflow(by: Int(truncatingIfNeeded: length))
                guard length > 0, length <= UInt64(Int.max), !overflow else {
                    throw error(field, found: "a dimension of \(length)", expected: "a size that fits in the file")
                }
                elements = product
                shape.insert(Int(length), at: 0)
            }
            let code = try reader.uint32("tensor \(field)")
            guard let type = ElementType(ggufCode: code) else {
                throw error(
                    field, found: "type number \(code)",
                    expected: "one of " + ElementType.allCases.map(\.rawValue).joined(separator: ", "))
            }
            guard let row = type.rowBytes(shape[shape.count - 1]) else {
                throw error(
                    field, found: "rows of \(shape[shape.count - 1])", expected: "a multiple of \(type.blockSize)")
            }
            let (bytes, overflow) = row.multipliedReportingOverflow(by: elements / shape[shape.count - 1])
            guard !overflow else {
                throw error(field, found: "shape \(shape)", expected: "a size that fits in the file")
            }
            described.append((name, shape, type, bytes, try reader.uint64("tensor \(field)")))
        }

        let dataStart = (reader.offset + alignment - 1) / alignment * alignment
        var tensors: [TensorInfo] = []
        var positions: [[UInt8]: Int] = [:]
        for (name, shape, type, bytes, offset) in described {
            let field = display(name)
            guard offset % UInt64(alignment) == 0 else {
                throw error(field, found: "offset \(offset)", expected: "a multiple of \(alignment)")
            }
            let available = file.count - dataStart
            guard bytes <= available, offset <= UInt64(available - bytes) else {
                throw error(
                    field, found: "\(bytes) bytes at offset \(offset) of the data",
                    expected: "an end inside the file's \(max(0, available)) bytes of data")
            }
            guard positions.updateValue(tensors.count, forKey: name) == nil else {
                throw error(field, found: "the name twice", expected: "once")
            }
            let start = dataStart + Int(offset)
            tensors.append(
                TensorInfo(
                    name: String(decoding: name, as: UTF8.self), shape: shape, type: type, range: start..<start + bytes)
            )
        }

        let ordered = tensors.sorted { $0.range.lowerBound < $1.range.lowerBound }
        for (before, after) in zip(ordered, ordered.dropFirst())
        where before.range.upperBound > after.range.lowerBound {
            throw error(after.name, found: "bytes shared with tensor \(before.name)", expected: "bytes of its own")
        }
        return (tensors, positions)
    }

    /// The tensor called `name`, nil where there is none.
    package func tensor(_ name: String) -> TensorInfo? {
        positions[Array(name.utf8)].map { tensors[$0] }
    }
}
