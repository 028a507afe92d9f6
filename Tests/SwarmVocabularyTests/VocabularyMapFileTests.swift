import Foundation
import SwarmKernels
import SwarmTestSupport
import SwarmTokenizers
import SwarmVocabulary
import Testing

@Suite struct VocabularyMapFileTests {
    let members: [(String, Tokenizer)]
    let map: SharedVocabulary

    init() throws {
        members = try [
            ("bpe", SmallTokenizers.byteLevel(words: [" the", "caf\u{E9}"])),
            ("spm", SmallTokenizers.sentencePiece(words: [" then", "cafe\u{301}"], letters: "acefhnt\u{301}")),
        ]
        map = try SharedVocabulary(members: members)
    }

    private func withFile<T>(_ body: (String) throws -> T) throws -> T {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder.appendingPathComponent("test.tsmap").path)
    }

    @Test func whatIsWrittenIsRead() throws {
        try withFile { path in
            try VocabularyMapFile.write(map, to: path)
            #expect(try VocabularyMapFile.read(path) == map)
            #expect(try VocabularyMapFile.read(path, for: members) == map)
            let other = try VocabularyMapFile.read(path, for: [members[1]])
            #expect(other.members == [map.members[1]])
            #expect(other.symbolOfKey == map.symbolOfKey)
        }
    }

    @Test func otherTokenizersAreRefused() throws {
        try withFile { path in
            try VocabularyMapFile.write(map, to: path)
            let other = Tokenizer.bytes(endOfText: true)
            #expect(
                throws: VocabularyError.digestMismatch(
                    path: path, member: "spm", found: members[1].1.digest, expected: other.digest)
            ) { try VocabularyMapFile.read(path, for: [members[0], ("spm", other)]) }
            #expect(throws: VocabularyError.missingMember(path: path, member: "x", known: ["bpe", "spm"])) {
                try VocabularyMapFile.read(path, for: [("x", other)])
            }
        }
    }

    @Test func everyTruncationIsAnError() {
        let bytes = VocabularyMapFile.encode(map)
        for count in stride(from: 0, to: bytes.count, by: 61) {
            #expect(throws: VocabularyError.self) {
                try VocabularyMapFile.decode(Array(bytes[..<count]), path: "cut")
            }
        }
    }

    /// Damage that a checksum cannot tell: the file was made so.
    @Test func everyMutationIsAnErrorOrAMap() throws {
        let bytes = VocabularyMapFile.encode(map)
        var accepted = 0
        for position in stride(from: 8, to: bytes.count - 8, by: 7) {
            for value: UInt8 in [0, 1, 0x7F, 0xFF] where bytes[position] != value {
                var mutated = bytes
                mutated[position] = value
                #expect(throws: VocabularyError.self) { try VocabularyMapFile.decode(mutated, path: "x") }
                reseal(&mutated)
                if let read = try? VocabularyMapFile.decode(mutated, path: "x") {
                    accepted += 1
                    _ = read.coverage
                }
            }
        }
        // Names, digests and key bytes may well change; most of the rest may not.
        #expect(accepted < bytes.count / 7)
    }

    @Test func messagesNameFileAndField() throws {
        var bytes = VocabularyMapFile.encode(map)
        bytes[8] = 9
        reseal(&bytes)
        #expect(
            throws: VocabularyError.badFile(path: "some.tsmap", field: "version", found: "9", expected: "1")
        ) { try VocabularyMapFile.decode(bytes, path: "some.tsmap") }
        let error = VocabularyError.digestMismatch(path: "m.tsmap", member: "a", found: "1", expected: "2")
        #expect(
            error.description
                == "vocabulary map was built for another tokenizer, m.tsmap, member a: found digest 1, expected 2")
    }

    private func reseal(_ bytes: inout [UInt8]) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes.dropLast(8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        for index in 0..<8 { bytes[bytes.count - 8 + index] = UInt8(truncatingIfNeeded: hash >> (8 * index)) }
    }
}
