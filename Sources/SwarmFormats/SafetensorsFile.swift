package import SwarmKernels

/// A safetensors file: header read, tensors located, nothing else loaded.
///
/// Layout: a little-endian 64-bit header length, the header in JSON (name → dtype, shape, data_offsets), the data. The
/// tensors must cover the data without holes or overlaps.
package struct SafetensorsFile: Sendable {
    package let file: MappedFile
    /// In order of their place in the file.
    package let tensors: [TensorInfo]

    /// The longest header read, in bytes; the reference's limit.
    private static let headerLimit = 100_000_000

    /// Maps the file at `path` and reads its header.
    /// - Throws: `FileError`, `JSONError` or `FormatError`.
    package init(path: String) throws {
        let file = try MappedFile(path: path)
        func error(_ field: String, found: String, expected: String) -> FormatError {
            FormatError(path: path, field: field, found: found, expected: expected)
        }
        guard file.count >= 8 else {
            throw error("header length", found: "a file of \(file.count) bytes", expected: "at least 8")
        }
        let length = file.uint64(at: 0)
        let limit = min(Self.headerLimit, file.count - 8)
        guard length <= UInt64(limit) else {
            throw error("header length", found: "\(length)", expected: "at most \(limit)")
        }
        let dataStart = 8 + Int(length)
        let json = try JSON(parsing: file.bytes(in: 8..<dataStart), file: path)
        var tensors: [TensorInfo] = []
        for (key, field) in try JSONField(json, file: path).object() where key != Array("__metadata__".utf8) {
            tensors.append(try Self.tensor(key, field, path: path, dataStart: dataStart, fileCount: file.count))
        }
        tensors.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        var end = dataStart
        for tensor in tensors {
            guard tensor.range.lowerBound == end else {
                throw error(
                    "tensor \(tensor.name)", found: "its data at byte \(tensor.range.lowerBound - dataStart)",
                    expected: "at \(end - dataStart), where the tensor before it ends")
            }
            end = tensor.range.upperBound
        }
        guard end == file.count else {
            throw error("data", found: "\(file.count - dataStart) bytes", expected: "\(end - dataStart)")
        }
        self.file = file
        self.tensors = tensors
    }

    private static func tensor(
        _ key: [UInt8], _ field: JSONField, path: String, dataStart: Int, fileCount: Int
    ) throws -> TensorInfo {
        let name = String(decoding: key, as: UTF8.self)
        func error(found: String, expected: String) -> FormatError {
            FormatError(path: path, field: "tensor \(display(key))", found: found, expected: expected)
        }
        let typeName = try field["dtype"].string()
        guard let type = ElementType(rawValue: typeName == "F8_E4M3FN" ? "F8_E4M3" : typeName), type.blockSize == 1
        else {
            throw error(
                found: "dtype \(display(Array(typeName.utf8)))",
                expected: "one of "
                    + ElementType.allCases.filter { $0.blockSize == 1 }.map(\.rawValue)
                    .joined(separator: ", "))
        }
        let shape = try field["shape"].array().map { try $0.int(in: 0...Int.max) }
        guard shape.count <= 8 else { throw error(found: "\(shape.count) dimensions", expected: "at most 8") }
        var bytes = type.blockBytes
        for length in shape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: length)
            guard !overflow else { throw error(found: "shape \(shape)", expected: "a size that fits in the file") }
            bytes = product
        }
        let offsets = try field["data_offsets"].array()
        guard offsets.count == 2 else { throw error(found: "\(offsets.count) data offsets", expected: "2") }
        let available = fileCount - dataStart
        let start = try offsets[0].int(in: 0...available)
        let end = try offsets[1].int(in: start...available)
        guard end - start == bytes else {
            throw error(found: "\(end - start) bytes", expected: "\(bytes) for \(typeName) \(shape)")
        }
        return TensorInfo(name: name, shape: shape, type: type, range: dataStart + start..<dataStart + end)
    }
}
