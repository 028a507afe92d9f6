internal import SwarmFormats

/// The model's pieces by number and numbers by piece; holes are empty pieces that nothing finds.
///
/// Pieces are found in an open-addressing table, hashed eight bytes at a time; the
/// seed is drawn per process, so that no file can be written to make its pieces collide.
struct Vocabulary: Sendable {
    /// The pieces in the model's own spelling, by id.
    private(set) var pieces = ByteStrings()
    /// The bytes of the longest piece.
    private(set) var longest = 0

    private struct Slot {
        /// id + 1; 0 is free.
        var id: Int32 = 0
        /// The high half of the hash.
        var tag: UInt32 = 0
    }

    private var slots: [Slot]
    private var used = 0

    private static let seed = UInt64.random(in: 0 ... .max)

    /// Ids beyond this are refused: no model has them, and a file that claims one would cost memory by its number.
    static let largestID = 1 << 23

    init(capacity: Int = 0) {
        pieces.reserveCapacity(capacity)
        var size = 64
        while size < capacity * 2 { size *= 2 }
        slots = Array(repeating: Slot(), count: size)
    }

    var count: Int { pieces.count }

    @inline(__always)
    private static func hash(_ text: [UInt8], _ start: Int, _ end: Int) -> UInt64 {
        var hash = seed ^ UInt64(truncatingIfNeeded: end &- start) &* 0x9E37_79B9_7F4A_7C15
        var word: UInt64 = 0
        var filled = 0
        var index = start
        while index < end {
            word = word &<< 8 | UInt64(text[index])
            filled &+= 1
            index &+= 1
            if filled == 8 {
                let (high, low) = (hash ^ word).multipliedFullWidth(by: 0x9FB2_1C65_1E98_DF25)
                hash = high ^ low ^ (hash &<< 23 | hash &>> 41)
                word = 0
                filled = 0
            }
        }
        let (high, low) = (hash ^ word).multipliedFullWidth(by: 0x9FB2_1C65_1E98_DF25)
        return high ^ low ^ hash &>> 29
    }

    /// The slot of a piece, or the free one where it would go.
    @inline(__always)
    private func slot(_ text: [UInt8], _ start: Int, _ end: Int, _ hash: UInt64) -> Int {
        let mask = slots.count - 1
        let tag = UInt32(truncatingIfNeeded: hash >> 32)
        var slot = Int(truncatingIfNeeded: hash) & mask
        while slots[slot].id != 0 {
            if slots[slot].tag == tag, pieces.matches(Int(slots[slot].id) - 1, text, start, end) { break }
            slot = (slot + 1) & mask
        }
        return slot
    }

    /// The id of the piece `text[start..<end]`.
    @inline(__always)
    func id(of text: [UInt8], _ start: Int, _ end: Int) -> Int32? {
        if end - start > longest || start >= end { return nil }
        let id = slots[slot(text, start, end, Self.hash(text, start, end))].id
        return id == 0 ? nil : id - 1
    }

    /// The id of the piece `text[range]`.
    @inline(__always)
    func id(of text: [UInt8], _ range: Range<Int>) -> Int32? { id(of: text, range.lowerBound, range.upperBound) }

    /// The id of `piece`.
    func id(of piece: [UInt8]) -> Int32? { id(of: piece, 0, piece.count) }

    /// Gives `piece`, which is not empty, the number `id`, growing the vocabulary as needed.
    /// - Returns: the id that has the piece already; nil when it was added.
    mutating func insert(_ piece: [UInt8], id: Int) -> Int? {
        while pieces.count <= id { pieces.append([]) }
        guard !piece.isEmpty else { return nil }
        if used * 2 >= slots.count { grow() }
        let hash = Self.hash(piece, 0, piece.count)
        let slot = slot(piece, 0, piece.count, hash)
        if slots[slot].id != 0 { return Int(slots[slot].id) - 1 }
        slots[slot] = Slot(id: Int32(id + 1), tag: UInt32(truncatingIfNeeded: hash >> 32))
        used += 1
        pieces[id] = piece
        longest = max(longest, piece.count)
        return nil
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: Slot(), count: old.count * 2)
        for entry in old where entry.id != 0 {
            let piece = pieces[Int(entry.id) - 1]
            var slot = Int(truncatingIfNeeded: Self.hash(piece, 0, piece.count)) & (slots.count - 1)
            while slots[slot].id != 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = entry
        }
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
