/// Which bytes may meet where two pieces are merged: between any others a word can be cut, because no merge ever joins
/// what stands on their two sides.
struct JoinTable: Sendable {
    // A bit for each pair of bytes.
    private var bits = [UInt64](repeating: 0, count: 1024)

    /// Notes that a merge may join what ends with `left` to what starts with `right`.
    mutating func insert(_ left: UInt8, _ right: UInt8) {
        bits[Int(left) << 2 | Int(right) >> 6] |= 1 << (right & 63)
    }

    /// Whether a merge may join what ends with `left` to what starts with `right`.
    @inline(__always)
    func contains(_ left: UInt8, _ right: UInt8) -> Bool {
        bits[Int(left) << 2 | Int(right) >> 6] &>> UInt64(right & 63) & 1 != 0
    }
}
