import Foundation
import SwarmFormats
import SwarmKernels
import Testing

@Suite struct AtomicFileTests {
    @Test func replacesWhollyAndLeavesNothingBehind() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appendingPathComponent("file").path
        for bytes in [[UInt8](repeating: 1, count: 3_000_000), [], [2, 3]] {
            try AtomicFile.write(bytes, to: path)
            #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: path))) == bytes)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file"])
    }

    @Test func failsWithAReason() throws {
        let error = #expect(throws: FileError.self) { try AtomicFile.write([1], to: "/no/such/folder/file") }
        #expect(error?.description == "cannot create the file: No such file or directory, /no/such/folder/file")
        // A folder cannot be replaced by a file: nothing is left beside it.
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("inner/x"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(throws: FileError.self) {
            try AtomicFile.write([1], to: folder.appendingPathComponent("inner").path)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["inner"])
    }
}
