internal import SwarmKernels

/// Walks the header of a GGUF file front to back; every length is checked against the file before it is used.
internal struct GGUFReader {
    let file: MappedFile
    private(set) var offset = 0

    init(file: MappedFile) { self.file = file }

    private var remaining: Int { file.count - offset }

    private func error(_ field: String, found: String, expected: String) -> FormatError {
        FormatError(path: file.path, field: field, found: found, expected: expected)
    }

    /// Moves past `size` bytes and gives where they begin.
    private mutating func take(_ size: Int, _ field: String) throws(FormatError) -> Int {
        guard size <= remaining else {
            throw error(field, found: "\(remaining) bytes left", expected: "\(size)")
        }
        defer { offset += size }
        return offset
    }

    mutating func uint32(_ field: String) throws(FormatError) -> UInt32 {
        file.uint32(at: try take(4, field))
    }

    mutating func uint64(_ field: String) throws(FormatError) -> UInt64 {
        file.uint64(at: try take(8, field))
    }

    /// A count of things of at least `itemBytes` bytes each, at most `cap` of them.
    mutating func count(_ field: String, itemBytes: Int, cap: Int = .max) throws(FormatError) -> Int {
        let count = try uint64(field)
        let limit = min(cap, remaining / itemBytes)
        guard count <= UInt64(limit) else {
            throw error(field, found: "a count of \(count)", expected: "at most \(limit)")
        }
        return Int(count)
    }

    mutating func string(_ field: String, cap: Int = .max) throws(FormatError) -> [UInt8] {
        let length = try count(field, itemBytes: 1, cap: cap)
        return file.copy(UInt8.self, count: length, at: try take(length, field))
    }

    /// A value and the number of its type before it.
    mutating func value(_ field: String) throws(FormatError) -> GGUFValue {
        switch try uint32(field) {
        case 0: .uint8(file.uint8(at: try take(1, field)))
        case 1: .int8(Int8(bitPattern: file.uint8(at: try take(1, field))))
        case 2: .uint16(file.uint16(at: try take(2, field)))
        case 3: .int16(Int16(bitPattern: file.uint16(at: try take(2, field))))
        case 4: .uint32(try uint32(field))
        case 5: .int32(Int32(bitPattern: try uint32(field)))
        case 6: .float32(Float(bitPattern: try uint32(field)))
        case 7: .bool(try bool(file.uint8(at: try take(1, field)), field))
        case 8: .string(try string(field))
        case 9: .array(try array(field, depth: 0))
        case 10: .uint64(try uint64(field))
        case 11: .int64(Int64(bitPattern: try uint64(field)))
        case 12: .float64(Double(bitPattern: try uint64(field)))
        case let code: throw unknown(code, field)
        }
    }

    private mutating func array(_ field: String, depth: Int) throws(FormatError) -> GGUFArray {
        guard depth < 4 else {
            throw error(field, found: "arrays nested deeper than 4", expected: "fewer")
        }
        switch try uint32(field) {
        case 0: return .uint8(try numbers(field))
        case 1: return .int8(try numbers(field))
        case 2: return .uint16(try numbers(field))
        case 3: return .int16(try numbers(field))
        case 4: return .uint32(try numbers(field))
        case 5: return .int32(try numbers(field))
        case 6: return .float32(try numbers(field))
        case 7:
            let raw: [UInt8] = try numbers(field)
            var values: [Bool] = []
            values.reserveCapacity(raw.count)
            for byte in raw { values.append(try bool(byte, field)) }
            return .bool(values)
        case 8:
            let count = try count(field, itemBytes: 8)
            // The lengths are walked first, so that there is one allocation of the right size.
            var lengths = self
            var size = 0
            for _ in 0..<count {
                let length = try lengths.count(field, itemBytes: 1)
                _ = try lengths.take(length, field)
                size += length
            }
            guard size <= ByteStrings.largestSize else {
                throw error(field, found: "strings of \(size) bytes", expected: "at most \(ByteStrings.largestSize)")
            }
            var values = ByteStrings()
            values.reserveCapacity(count, bytes: size)
            for _ in 0..<count { values.append(try string(field)) }
            return .string(values)
        case 9:
            let count = try count(field, itemBytes: 12)
            var values: [GGUFArray] = []
            values.reserveCapacity(count)
            for _ in 0..<count { values.append(try array(field, depth: depth + 1)) }
            return .array(values)
        case 10: return .uint64(try numbers(field))
        case 11: return .int64(try numbers(field))
        case 12: return .float64(try numbers(field))
        case let code: throw unknown(code, field)
        }
    }

    private mutating func numbers<Element: BitwiseCopyable & Numeric>(
        _ field: String
    ) throws(FormatError) -> [Element] {
        let size = MemoryLayout<Element>.stride
        let count = try count(field, itemBytes: size)
        return file.copy(Element.self, count: count, at: try take(count * size, field))
    }

    private func bool(_ byte: UInt8, _ field: String) throws(FormatError) -> Bool {
        guard byte <= 1 else { throw error(field, found: "a bool of \(byte)", expected: "0 or 1") }
        return byte == 1
    }

    private func unknown(_ code: UInt32, _ field: String) -> FormatError {
        error(field, found: "value type \(code)", expected: "0 to 12")
    }
}
