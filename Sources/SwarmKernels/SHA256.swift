internal import CKernels

/// SHA-256 (FIPS 180-4), fed piece by piece.
package struct SHA256: Sendable {
    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    /// Bytes that do not fill a block yet.
    private var rest: [UInt8] = []
    private var count: UInt64 = 0

    package init() {}

    /// Takes in `bytes`.
    package mutating func update(_ bytes: some Sequence<UInt8>) {
        let data = rest + bytes
        count &+= UInt64(data.count - rest.count)
        let blocks = data.count / 64
        unsafe state.withUnsafeMutableBufferPointer { state in
            unsafe data.withUnsafeBufferPointer { data in
                guard let state = state.baseAddress, let data = data.baseAddress else { return }
                unsafe ck_sha256_compress(state, data, blocks)
            }
        }
        rest = Array(data[(blocks * 64)...])
    }

    /// The digest of everything taken in, 32 bytes.
    package consuming func finalize() -> [UInt8] {
        let bits = count &* 8
        let zeros = (119 - Int(count % 64)) % 64
        update([0x80] + [UInt8](repeating: 0, count: zeros))
        update((0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * $0)) })
        return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) } }
    }

    /// The digest of `bytes` in lower-case hexadecimal.
    package static func hex(_ bytes: some Sequence<UInt8>) -> String {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finalize().hexadecimal
    }

    /// The digest of the file at `path` in lower-case hexadecimal, read in pieces.
    /// - Throws: `FileError` when it cannot be read.
    package static func hex(ofFile path: String) throws(FileError) -> String {
        let file = try MappedFile(path: path)
        var hash = SHA256()
        let piece = 4 << 20
        var position = 0
        while position < file.count {
            let end = min(file.count, position + piece)
            hash.update(try file.bytes(in: position..<end))
            position = end
        }
        return hash.finalize().hexadecimal
    }
}

extension [UInt8] {
    /// Two lower-case hexadecimal digits a byte.
    package var hexadecimal: String {
        let digits = Array<UInt8>("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
