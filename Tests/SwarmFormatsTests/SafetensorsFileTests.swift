import SwarmKernels
import Testing

import SwarmFormats

@Suite struct SafetensorsFileTests {
    private func file(_ header: String, data: Int, length: UInt64? = nil) -> [UInt8] {
        bytes(length ?? UInt64(header.utf8.count)) + Array(header.utf8) + [UInt8](repeating: 1, count: data)
    }

    private func open(_ bytes: [UInt8]) throws -> SafetensorsFile {
        let path = temporaryFile(bytes)
        defer { removeFile(path) }
        return try SafetensorsFile(path: path)
    }

    private static let sample =
        #"{"__metadata__":{"format":"pt"},"b":{"dtype":"F16","shape":[2,3],"data_offsets":[4,16]},"#
        + #""a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#

    @Test func findsTensors() throws {
        let found = try open(file(Self.sample, data: 16)).tensors
        #expect(found.map(\.name) == ["a", "b"])
        #expect(found.map(\.shape) == [[], [2, 3]])
        #expect(found.map(\.type) == [.f32, .f16])
        let start = 8 + Self.sample.utf8.count
        #expect(found[1].range == start + 4..<start + 16)
    }

    @Test func namesWhatIsWrong() {
        func problem(_ header: String, data: Int, length: UInt64? = nil) -> FormatError? {
            #expect(throws: FormatError.self) { try open(file(header, data: data, length: length)) }
        }
        #expect(problem(Self.sample, data: 16, length: 1 << 40)?.field == "header length")
        #expect(problem(Self.sample, data: 17)?.field == "data")
        let tensor = #"{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#
        let overlap = tensor + #","u":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}"#
        #expect(problem(overlap, data: 6)?.field == "tensor u")
        let hole = tensor + #","u":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#
        #expect(problem(hole, data: 12)?.field == "tensor u")
        #expect(
            problem(#"{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, data: 4)?.expected == "8 for F32 [2]")
        #expect(problem(#"{"t":{"dtype":"Q9","shape":[1],"data_offsets":[0,4]}}"#, data: 4)?.found == "dtype Q9")
        let huge = #"{"t":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#
        #expect(problem(huge, data: 4)?.field == "tensor t")
    }

    @Test func damagedFilesAreErrorsNotCrashes() {
        let sample = file(Self.sample, data: 16)
        for length in 0..<sample.count {
            #expect(throws: (any Error).self) { try open(Array(sample[..<length])) }
        }
        for position in 0..<sample.count - 16 {
            for change in [UInt8(0x80), 1, 0x10] {
                var damaged = sample
                damaged[position] ^= change
                _ = try? open(damaged)
            }
        }
    }
}
