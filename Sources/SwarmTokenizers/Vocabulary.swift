internal import SwarmFormats

/// The model's pieces by number and numbers by piece; holes are empty pieces that nothing finds.
struct Vocabulary: Sendable {
    /// The pieces in the model's own spelling, by id.
    private(set) var pieces: [[UInt8]]
    private var index: ByteKeyIndex
    /// The bytes of the longest piece.
    private(set) var longest = 0

    /// Ids beyond this are refused: no model has them, and a file that claims one would cost memory by its number.
    static let largestID = 1 << 23

    init(capacity: Int = 0) {
        pieces = []
        pieces.reserveCapacity(capacity)
        index = ByteKeyIndex(capacity: capacity)
    }

    var count: Int { pieces.count }

    /// The id of `piece`.
    @inline(__always)
    func id(of piece: some RandomAccessCollection<UInt8>) -> Int32? {
        if piece.count > longest { return nil }
        return index.find(piece) { pieces[$0] }.map { Int32(truncatingIfNeeded: $0) }
    }

    /// Gives `piece` the number `id`, growing the vocabulary as needed.
    /// - Returns: the id that has the piece already; nil when it was added.
    mutating func insert(_ piece: [UInt8], id: Int) -> Int? {
        while pieces.count <= id { pieces.append([]) }
        if let other = index.insert(piece, at: id, in: { $0 == id ? piece : pieces[$0] }) { return other }
        pieces[id] = piece
        longest = max(longest, piece.count)
        return nil
    }

    /// The id of the byte-fallback piece of `byte`.
    func byteFallbackID(_ byte: UInt8) -> Int32? { id(of: Self.byteFallbackPiece(byte)) }

    /// `<0xNN>`.
    static func byteFallbackPiece(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return Array("<0x".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)], UInt8(ascii: ">")]
    }

    /// The byte that `piece` is the byte-fallback piece of.
    static func fallbackByte(_ piece: [UInt8]) -> UInt8? {
        guard piece.count == 6, piece.starts(with: Array("<0x".utf8)), piece[5] == UInt8(ascii: ">") else { return nil }
        return UInt8(String(decoding: piece[3..<5], as: UTF8.self), radix: 16)
    }
}
