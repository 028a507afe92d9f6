import SwarmFormats
import SwarmKernels
import SwarmTestSupport
import Testing

extension GGUFBuilder {
    /// A file with a value of every type and two tensors.
    static var sample: GGUFBuilder {
        var file = GGUFBuilder()
        file.metadata = [
            ("a.u8", 0, [200]), ("a.i8", 1, [0xFE]),
            ("a.u16", 2, GGUFBuilder.bytes(UInt16(60000))), ("a.i16", 3, GGUFBuilder.bytes(Int16(-3))),
            ("a.u32", 4, GGUFBuilder.bytes(UInt32(4_000_000_000))),
            ("a.i32", 5, GGUFBuilder.bytes(Int32(-5))),
            ("a.f32", 6, GGUFBuilder.bytes(Float(1.5).bitPattern)), ("a.bool", 7, [1]),
            ("a.string", 8, GGUFBuilder.string("héllo")),
            (
                "a.strings", 9,
                GGUFBuilder.bytes(UInt32(8)) + GGUFBuilder.bytes(UInt64(2)) + GGUFBuilder.string("x")
                    + GGUFBuilder.string("")
            ),
            ("a.u64", 10, GGUFBuilder.bytes(UInt64.max)), ("a.i64", 11, GGUFBuilder.bytes(Int64(-7))),
            ("a.f64", 12, GGUFBuilder.bytes(Double(2.5).bitPattern)),
            (
                "a.floats", 9,
                GGUFBuilder.bytes(UInt32(6)) + GGUFBuilder.bytes(UInt64(1))
                    + GGUFBuilder.bytes(Float(0.25).bitPattern)
            ),
            (
                "a.nested", 9,
                GGUFBuilder.bytes(UInt32(9)) + GGUFBuilder.bytes(UInt64(1))
                    + GGUFBuilder.bytes(UInt32(7)) + GGUFBuilder.bytes(UInt64(2)) + [1, 0]
            ),
        ]
        file.tensors = [("w", [2, 3], 0, 0), ("q", [32], 8, 32)]
        file.data = [UInt8](repeating: 7, count: 66)
        return file
    }
}

@Suite struct GGUFFileTests {
    private func open(_ bytes: [UInt8]) throws -> GGUFFile {
        let path = temporaryFile(bytes)
        defer { removeFile(path) }
        return try GGUFFile(path: path)
    }

    @Test(arguments: [UInt32(2), 3]) func readsEveryType(version: UInt32) throws {
        var builder = GGUFBuilder.sample
        builder.version = version
        let file = try open(builder.bytes)
        #expect(file.version == Int(version))
        #expect(file.value("a.u8") == .uint8(200))
        #expect(file.value("a.i8") == .int8(-2))
        #expect(try file.integer("a.u16") == 60000)
        #expect(try file.integer("a.i16") == -3)
        #expect(try file.integer("a.u32") == 4_000_000_000)
        #expect(try file.integer("a.i32") == -5)
        #expect(try file.double("a.f32") == 1.5)
        #expect(try file.bool("a.bool") == true)
        #expect(try file.text("a.string") == "héllo")
        #expect(try file.strings("a.strings") == ByteStrings([Array("x".utf8), []]))
        #expect(file.value("a.u64") == .uint64(.max))
        #expect(try file.integer("a.i64") == -7)
        #expect(try file.double("a.f64") == 2.5)
        #expect(try file.floats("a.floats") == [0.25])
        #expect(file.value("a.nested") == .array(.array([.bool([true, false])])))
        #expect(try file.integer("a.none") == nil)
        #expect(throws: FormatError.self) { try file.integer("a.u64") }
        #expect(throws: FormatError.self) { try file.strings("a.string") }

        let matrix = try #require(file.tensor("w"))
        #expect(matrix.shape == [3, 2])
        #expect(matrix.type == .f32)
        #expect(file.tensor("q")?.range.count == 34)
        #expect(file.tensor("none") == nil)
    }

    @Test func namesWhatIsWrong() throws {
        func problem(_ change: (inout GGUFBuilder) -> Void) -> FormatError? {
            var builder = GGUFBuilder.sample
            change(&builder)
            return #expect(throws: FormatError.self) { try open(builder.bytes) }
        }
        #expect(problem { $0.version = 1 }?.field == "version")
        #expect(problem { $0.version = 3 << 24 }?.found == "a big-endian file")
        #expect(problem { $0.metadata.append(("a.u8", 0, [1])) }?.field == "a.u8")
        #expect(problem { $0.metadata.append(("odd", 13, [1])) }?.expected == "0 to 12")
        #expect(problem { $0.metadata.append(("odd", 7, [2])) }?.found == "a bool of 2")
        #expect(problem { $0.metadata.append(("general.alignment", 0, [24])) }?.field == "general.alignment")
        #expect(problem { $0.metadata.append(("s", 8, bytes(UInt64.max))) }?.field == "s")
        let huge = bytes(UInt32(10)) + bytes(UInt64(1) << 61)
        #expect(problem { $0.metadata.append(("n", 9, huge)) }?.field == "n")
        #expect(problem { $0.tensors.append(("w", [1], 0, 0)) }?.field == "tensor w")
        #expect(problem { $0.tensors.append(("x", [1], 0, 0)) }?.expected == "bytes of its own")
        #expect(problem { $0.tensors.append(("x", [1], 0, 33)) }?.expected == "a multiple of 32")
        #expect(problem { $0.tensors.append(("x", [1], 0, 64)) }?.field == "tensor x")
        #expect(problem { $0.tensors.append(("x", [33], 8, 32)) }?.expected == "a multiple of 32")
        #expect(problem { $0.tensors.append(("x", [1], 99, 32)) }?.found == "type number 99")
        #expect(problem { $0.tensors.append(("x", [1 << 40, 1 << 40], 0, 32)) }?.field == "tensor x")
        #expect(problem { $0.tensors.append(("x", [0], 0, 32)) }?.field == "tensor x")
        #expect(problem { $0.tensors.append(("x", [], 0, 32)) }?.found == "0 dimensions")
    }

    @Test func damagedFilesAreErrorsNotCrashes() {
        let sample = GGUFBuilder.sample.bytes
        for length in 0..<sample.count {
            #expect(throws: FormatError.self) { try open(Array(sample[..<length])) }
        }
        for position in sample.indices {
            var damaged = sample
            for change in [UInt8(0xFF), 1] {
                damaged[position] ^= change
                _ = try? open(damaged)
            }
        }
    }

    @Test(.enabled(if: hasData("tokenizers/ggml-vocab-phi-3.gguf"))) func readsRealVocabularies() throws {
        let file = try GGUFFile(path: dataFolder + "/tokenizers/ggml-vocab-phi-3.gguf")
        #expect(try file.strings("tokenizer.ggml.tokens")?.count == 32064)
        #expect(try file.text("tokenizer.ggml.model") == "llama")
    }

    @Test(.enabled(if: hasData("models/llama-stories260k"))) func readsRealModels() throws {
        let file = try GGUFFile(path: dataFolder + "/models/llama-stories260k/llama-stories260k-f32.gguf")
        #expect(try file.text("general.architecture") == "llama")
        #expect(file.tensor("token_embd.weight")?.shape == [512, 64])
    }
}
