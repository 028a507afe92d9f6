import Testing

import SwarmKernels

@Suite struct MappedFileTests {
    @Test func readsWhatIsThere() throws {
        let path = temporaryFile([1, 2, 3, 4, 5, 6, 7, 8, 9])
        defer { removeFile(path) }
        let file = try MappedFile(path: path)
        #expect(file.count == 9)
        #expect(try file.bytes(in: 2..<5) == [3, 4, 5])
        #expect(file.uint16(at: 1) == 0x0302)
        #expect(file.uint32(at: 5) == 0x0908_0706)
        #expect(file.uint64(at: 1) == 0x0908_0706_0504_0302)
        #expect(file.copy(UInt16.self, count: 2, at: 3) == [0x0504, 0x0706])
    }

    @Test func rangesOutsideTheFileAreErrors() throws {
        let path = temporaryFile([1, 2, 3])
        defer { removeFile(path) }
        let file = try MappedFile(path: path)
        #expect(throws: FileError.self) { try file.bytes(in: 1..<4) }
        #expect(try file.bytes(in: 3..<3) == [])
    }

    @Test func emptyFilesAreFiles() throws {
        let path = temporaryFile([])
        defer { removeFile(path) }
        #expect(try MappedFile(path: path).count == 0)
    }

    @Test func missingFilesAndFoldersAreErrors() {
        #expect(throws: FileError.self) { try MappedFile(path: "/nonexistent/file") }
        #expect(throws: FileError.self) { try MappedFile(path: "/tmp") }
    }
}
