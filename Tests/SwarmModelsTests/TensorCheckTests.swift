import Foundation
import SwarmFormats
import SwarmKernels
import SwarmModels
import SwarmTokenizers
import Testing

/// Weights that are not numbers: found in every form, remembered where they are not there.
@Suite struct TensorCheckTests {
    private final class Folder {
        let path = FileManager.default.temporaryDirectory.appending(path: "tokenswarm-" + UUID().uuidString).path

        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

        deinit { removeFile(path) }
    }

    /// Overwrites bytes of a file and sets when it was last written.
    private func overwrite(_ path: String, at offset: Int, _ bytes: [UInt8], modified: Date? = nil) throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: Data(bytes))
        try handle.close()
        if let modified { try age(path, modified) }
    }

    private func age(_ path: String, _ date: Date) throws {
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
    }

    private func copy(_ file: String, to folder: Folder) throws -> String {
        let target = folder.path + "/model.gguf"
        try FileManager.default.copyItem(atPath: modelsFolder + "/" + file, toPath: target)
        return target
    }

    @Test func namesFileTensorAndIndex() throws {
        let folder = try Folder()
        let path = try copy("llama/llama-q8_0.gguf", to: folder)
        let tensor = try #require(try GGUFFile(path: path).tensor("blk.1.ffn_up.weight"))
        #expect(tensor.shape == [64, 32] && tensor.type == .q8_0)
        // Row 5 is block 5: its scale becomes infinite.
        try overwrite(path, at: tensor.range.lowerBound + 5 * 34, [0x00, 0x7C])
        let error = #expect(throws: ModelError.self) { try Checkpoint.openModel(path) }
        let text = try #require(error?.description)
        #expect(text.hasPrefix("tensor blk.1.ffn_up.weight[5, 0], \(path): found "))
        #expect(text.hasSuffix(" (Q8_0 block's scale), expected a finite number"))
        _ = try Checkpoint.openModel(path, check: .never)
    }

    @Test(arguments: [("qwen3", "BF16", [0x80, 0xFF], "-inf"), ("llama", "F32", [0, 0, 0xC0, 0x7F], "nan")])
    func foldersToo(name: String, type: String, bytes: [Int], found: String) throws {
        let folder = try copyModel(name)
        defer { removeFile(folder) }
        let path = folder + "/model.safetensors"
        let file = try SafetensorsFile(path: path)
        let tensor = try #require(file.tensors.first { $0.name == "model.layers.1.input_layernorm.weight" })
        #expect(tensor.type.rawValue == type)
        try overwrite(path, at: tensor.range.lowerBound + 7 * bytes.count, bytes.map { UInt8($0) })
        let error = #expect(throws: ModelError.self) { try Checkpoint.openModel(folder) }
        #expect(
            error?.description == "tensor model.layers.1.input_layernorm.weight[7], \(path): found \(found) (\(type)), "
                + "expected a finite number")
    }

    /// Infinities in what no layer reads, such as the masks of old checkpoints, are nobody's business.
    @Test func tensorsThatAreNotUsedMayHoldAnything() throws {
        let folder = try copyModel("gpt2")
        defer { removeFile(folder) }
        let path = folder + "/model.safetensors"
        let file = try SafetensorsFile(path: path)
        let old = file.file
        let start = 8 + Int(old.uint64(at: 0))
        let header = String(decoding: try old.bytes(in: 8..<start), as: UTF8.self)
        let end = old.count - start
        let mask =
            #"{"transformer.h.0.attn.masked_bias":{"dtype":"F32","shape":[1],"data_offsets":[\#(end),\#(end + 4)]},"#
        let text = Array((mask + header.drop { $0 == "{" || $0 == " " }).utf8)
        let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
        let bytes = try length + text + old.bytes(in: start..<old.count) + [0, 0, 0x80, 0xFF]
        try Data(bytes).write(to: URL(filePath: path))
        _ = try Checkpoint.openModel(folder)
    }

    @Test func aFileThatPassedIsRememberedUntilItChanges() throws {
        let folder = try Folder()
        let path = try copy("qwen3/qwen3-bf16.gguf", to: folder)
        let long = Date(timeIntervalSince1970: 1_700_000_000)
        try age(path, long)
        let check = TensorCheck.once(folder: folder.path + "/cache/deep")
        _ = try Checkpoint.openModel(path, check: check)
        let memory = folder.path + "/cache/deep/checked-tensors"
        let lines = try String(contentsOfFile: memory, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2 && lines[0] == "tokenswarm checked tensors 1" && lines[1].count == 64)
        _ = try Checkpoint.openModel(path, check: check)
        #expect(try String(contentsOfFile: memory, encoding: .utf8).split(separator: "\n") == lines)

        // Nobody looks again as long as size and time are the same.
        let tensor = try #require(try GGUFFile(path: path).tensor("token_embd.weight"))
        try overwrite(path, at: tensor.range.lowerBound, [0x80, 0x7F], modified: long)
        _ = try Checkpoint.openModel(path, check: check)
        #expect(throws: ModelError.self) { try Checkpoint.openModel(path) }
        try age(path, long.addingTimeInterval(1))
        #expect(throws: ModelError.self) { try Checkpoint.openModel(path, check: check) }
    }

    @Test func aFileJustWrittenIsNotRemembered() throws {
        let folder = try Folder()
        let path = try copy("qwen3/qwen3-bf16.gguf", to: folder)
        try age(path, Date())
        _ = try Checkpoint.openModel(path, check: .once(folder: folder.path))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/checked-tensors"))
    }

    /// A cache that cannot be read or written costs time only.
    @Test func trouble() throws {
        let folder = try Folder()
        let path = try copy("qwen3/qwen3-bf16.gguf", to: folder)
        try age(path, Date(timeIntervalSince1970: 1_700_000_000))
        _ = try Checkpoint.openModel(path, check: .once(folder: "/proc/nowhere"))
        _ = try Checkpoint.openModel(path, check: .once(folder: path))
        let memory = folder.path + "/checked-tensors"
        for text in ["", "another format\n", "tokenswarm checked tensors 1\nshort\n\u{0}\n"] {
            try text.write(toFile: memory, atomically: true, encoding: .utf8)
            _ = try Checkpoint.openModel(path, check: .once(folder: folder.path))
            #expect(try String(contentsOfFile: memory, encoding: .utf8).split(separator: "\n").count == 2)
        }
        try Data(count: 1 << 20).write(to: URL(filePath: memory))
        _ = try Checkpoint.openModel(path, check: .once(folder: folder.path))
    }
}
