/// Reads the wire format of Protocol Buffers, field by field, out of outside data.
struct ProtobufReader {
    enum Value {
        case varint(UInt64)
        case fixed32(UInt32)
        case fixed64(UInt64)
        case bytes(Range<Int>)
    }

    /// What is wrong, and the byte offset where.
    struct Malformed: Error {
        var problem: String
        var offset: Int
    }

    private let data: [UInt8]
    private var position: Int
    private let end: Int

    init(_ data: [UInt8], _ range: Range<Int>) {
        self.data = data
        position = range.lowerBound
        end = range.upperBound
    }

    /// The next field's number and value; nil at the end.
    mutating func next() throws(Malformed) -> (field: Int, value: Value)? {
        guard position < end else { return nil }
        let tag = try varint()
        let field = Int(tag >> 3 & 0x1FFF_FFFF)
        guard field > 0 else { throw Malformed(problem: "found field number 0, expected 1 or more", offset: position) }
        switch tag & 7 {
        case 0: return (field, .varint(try varint()))
        case 1: return (field, .fixed64(try fixed(8)))
        case 5: return (field, .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
        case 2:
            let start = position
            let length = try varint()
            guard length <= UInt64(end - position) else {
                throw Malformed(
                    problem: "found a field of \(length) bytes with \(end - position) left, expected a whole one",
                    offset: start)
            }
            let range = position..<position + Int(length)
            position = range.upperBound
            return (field, .bytes(range))
        default:
            throw Malformed(problem: "found wire type \(tag & 7), expected 0, 1, 2 or 5", offset: position)
        }
    }

    private mutating func varint() throws(Malformed) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end, shift < 64 {
            let byte = data[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw Malformed(problem: "found a number cut short, expected at most ten bytes", offset: position)
    }

    private mutating func fixed(_ count: Int) throws(Malformed) -> UInt64 {
        guard end - position >= count else {
            throw Malformed(problem: "found \(end - position) bytes, expected \(count)", offset: position)
        }
        defer { position += count }
        return (0..<count).reduce(0) { $0 | UInt64(data[position + $1]) << UInt64(8 * $1) }
    }
}
