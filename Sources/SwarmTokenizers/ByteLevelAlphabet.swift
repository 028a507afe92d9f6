/// The letters that stand for bytes in byte-level vocabularies (Radford et al. 2019): printable bytes stand for
/// themselves, the others for U+0100 and up in order.
enum ByteLevelAlphabet {
    /// The scalar of each byte.
    static let scalars: [UInt32] = {
        var next: UInt32 = 0x100
        return (0..<256).map { (byte: UInt32) -> UInt32 in
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return byte
            default:
                defer { next += 1 }
                return next
            }
        }
    }()

    private static let bytes: [UInt8?] = {
        var table = [UInt8?](repeating: nil, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { table[Int(scalar)] = UInt8(byte) }
        return table
    }()

    /// The bytes `letters` stands for; nil where a scalar is none of the 256.
    static func decode(_ letters: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(letters.count)
        var index = 0
        while index < letters.count {
            let (scalar, length) = UnicodeText.decodeScalar(letters, at: index)
            guard let scalar, scalar < 0x144, let byte = bytes[Int(scalar)] else { return nil }
            result.append(byte)
            index += length
        }
        return result
    }

    /// The letters that stand for `bytes`.
    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for byte in bytes { UnicodeText.append(scalars[Int(byte)], to: &result) }
        return result
    }
}
