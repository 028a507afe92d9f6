internal import SwarmFormats
package import SwarmKernels
package import SwarmTokenizers

/// The file of a shared vocabulary, `*.tsmap`. Little-endian:
///
///     "TSMAP\0\0\0"  u32 version = 1   u8 normalization   u8 × 3 zero
///     u32 members    u32 keys          u32 text symbols   u32 bytes of keys
///     a member: u32 length + name, u32 length + digest, u32 tokens, u32 1 where it has a table of first tokens else 0
///     u32 × (keys + 1) offsets, the keys' bytes, u32 × keys symbols (the class table)
///     a member: u8 × tokens roles, i32 × tokens keys, the same of first tokens, i32 × (text symbols + 1) first pieces
///     u64 FNV-1a of all that
package enum VocabularyMapFile {
    static let magic: [UInt8] = Array("TSMAP".utf8) + [0, 0, 0]
    static let version: UInt32 = 1
    static let normalizations: [KeyNormalization] = [.none, .nfc, .nfkc, .nfkcCasefold]

    /// Caps on what a file may claim, far above any real vocabulary.
    static let maximumMembers = 1 << 12
    static let maximumTokens = 1 << 24
    static let maximumKeys = 1 << 28

    /// Writes `map` to `path`, wholly or not at all.
    /// - Throws: `FileError`.
    package static func write(_ map: SharedVocabulary, to path: String) throws(FileError) {
        try AtomicFile.write(encode(map), to: path)
    }

    /// Reads the map at `path` for `members`: any of the members it was made with, in any order.
    /// - Throws: `FileError` when it cannot be read; `VocabularyError` when it is damaged, lacks a member, or was made
    ///   from another tokenizer of a member.
    package static func read(
        _ path: String, for members: [(name: String, tokenizer: Tokenizer)]
    ) throws -> SharedVocabulary {
        let map = try read(path)
        var selected: [SharedVocabulary.Member] = []
        var names: Set<String> = []
        for (name, tokenizer) in members {
            guard names.insert(name).inserted else { throw VocabularyError.duplicateMember(name) }
            guard let member = map.members.first(where: { $0.name == name }) else {
                throw VocabularyError.missingMember(path: path, member: name, known: map.members.map(\.name))
            }
            guard member.digest == tokenizer.digest, member.roles.count == tokenizer.vocabularySize else {
                throw VocabularyError.digestMismatch(
                    path: path, member: name, found: member.digest, expected: tokenizer.digest)
            }
            selected.append(member)
        }
        return SharedVocabulary(map, members: selected)
    }

    /// Reads the map at `path` as it is.
    /// - Throws: `FileError` or `VocabularyError`.
    package static func read(_ path: String) throws -> SharedVocabulary {
        let file = try MappedFile(path: path)
        return try decode(file.bytes(in: 0..<file.count), path: path)
    }

    /// The bytes of `map`'s file.
    package static func encode(_ map: SharedVocabulary) -> [UInt8] {
        var bytes = magic
        func append(_ value: UInt32) {
            for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
        }
        func append(_ values: [Int32]) { for value in values { append(UInt32(bitPattern: value)) } }
        func append(_ text: String) {
            append(UInt32(text.utf8.count))
            bytes += Array(text.utf8)
        }
        append(version)
        bytes += [UInt8(normalizations.firstIndex(of: map.normalization) ?? 0), 0, 0, 0]
        append(UInt32(map.members.count))
        append(UInt32(map.keys.count))
        append(UInt32(map.textSymbolCount))
        append(UInt32(map.keys.blob.count))
        for member in map.members {
            append(member.name)
            append(member.digest)
            append(UInt32(member.roles.count))
            append(UInt32(member.initialKeys.isEmpty ? 0 : 1))
        }
        for offset in map.keys.offsets { append(offset) }
        bytes += map.keys.blob
        append(map.symbolOfKey)
        for member in map.members {
            bytes += member.roles.map(\.rawValue)
            append(member.keys)
            append(member.initialKeys)
            append(member.firstPieces)
        }
        let sum = checksum(bytes[...])
        append(UInt32(truncatingIfNeeded: sum))
        append(UInt32(truncatingIfNeeded: sum >> 32))
        return bytes
    }

    /// FNV-1a, 64 bits: a file damaged on the way is told from a file made wrong.
    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}
