import Foundation
import SwarmKernels
import SwarmModels
import SwarmTokenizers
import Testing

/// Damaged and odd model files: plain errors, never a crash.
private let tokens = [3, 4, 5].map { TokenID($0) }

@Suite struct BadModelTests {
    /// Opens the folder after `change` to config.json's text.
    private func problem(_ name: String = "llama", _ change: (String) -> String) throws -> String {
        let folder = try copyModel(name)
        defer { removeFile(folder) }
        let path = folder + "/config.json"
        try change(String(contentsOfFile: path, encoding: .utf8)).write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: ModelError.self) { try Checkpoint.openModel(folder) }
        return error?.description.replacing(folder, with: "") ?? ""
    }

    @Test func namesTheSetting() throws {
        func replaced(_ old: String, _ new: String) throws -> String {
            try problem { text in
                #expect(text.contains(old))
                return text.replacing(old, with: new)
            }
        }
        #expect(
            try replaced(#""model_type": "llama""#, #""model_type": "bert""#)
                .hasPrefix("model_type, /config.json: found bert, expected one of falcon, "))
        #expect(
            try replaced(#""num_hidden_layers": 2"#, #""num_hidden_layers": 3"#).hasPrefix("tensor model.layers.2."))
        #expect(try replaced(#""num_hidden_layers": 2"#, #""num_hidden_layers": -1"#).hasPrefix("num_hidden_layers"))
        #expect(try replaced(#""num_hidden_layers": 2"#, #""num_hidden_layers": "2""#).hasPrefix("num_hidden_layers"))
        #expect(try replaced(#""num_hidden_layers": 2,"#, "").hasPrefix("num_hidden_layers"))
        #expect(
            try replaced(#""num_key_value_heads": 2"#, #""num_key_value_heads": 3"#).hasPrefix("num_key_value_heads"))
        #expect(
            try replaced(#""hidden_size": 32"#, #""hidden_size": 48"#)
                == "tensor model.embed_tokens.weight, /model.safetensors: found shape [96, 32], expected [96, 48]")
        #expect(try replaced(#""rms_norm_eps": 1e-06"#, #""rms_norm_eps": NaN"#).hasPrefix("rms_norm_eps"))
        #expect(try replaced(#""rms_norm_eps": 1e-06"#, #""rms_norm_eps": 1e400"#).contains("config.json"))
        #expect(try replaced(#""rope_theta": 500000.0"#, #""rope_theta": 0"#).hasPrefix("rope_theta"))
        #expect(try replaced(#""rope_type": "llama3""#, #""rope_type": "spiral""#).hasPrefix("rope_scaling.rope_type"))
        #expect(try replaced(#""hidden_act": "silu""#, #""hidden_act": "sine""#).hasPrefix("hidden_act"))
        #expect(try replaced("{", "[").contains("config.json"))
    }

    @Test func pickledWeightsAreRefusedPlainly() throws {
        let folder = try copyModel("llama")
        defer { removeFile(folder) }
        try FileManager.default.moveItem(atPath: folder + "/model.safetensors", toPath: folder + "/pytorch_model.bin")
        let error = #expect(throws: FileError.self) { try Checkpoint.openModel(folder) }
        #expect(error?.problem == "found pickled weights, expected safetensors: convert them")
        removeFile(folder + "/pytorch_model.bin")
        #expect(throws: FileError.self) { try Checkpoint.openModel(folder) }
        #expect(throws: FileError.self) { try Checkpoint.openModel(folder + "/nothing") }
        #expect(throws: ModelError.self) { try Checkpoint.openModel(folder + "/config.json") }
    }

    @Test func readsShards() throws {
        let folder = try copyModel("qwen3")
        defer { removeFile(folder) }
        let whole = try prefill(Checkpoint.openModel(folder), tokens)
        try FileManager.default.moveItem(
            atPath: folder + "/model.safetensors", toPath: folder + "/model-00001-of-00001.safetensors")
        func index(_ shard: String) throws {
            try #"{"metadata":{},"weight_map":{"model.norm.weight":"\#(shard)"}}"#
                .write(toFile: folder + "/model.safetensors.index.json", atomically: true, encoding: .utf8)
        }
        try index("model-00001-of-00001.safetensors")
        #expect(try prefill(Checkpoint.openModel(folder), tokens) == whole)
        for bad in ["../x.safetensors", "none.safetensors", ""] {
            try index(bad)
            #expect(throws: (any Error).self) { try Checkpoint.openModel(folder) }
        }
    }

    /// Version 2 differs from 3 by its number alone; a big-endian file is refused by name.
    @Test func ggufVersions() throws {
        let original = modelsFolder + "/llama/llama-f16.gguf"
        let file = try MappedFile(path: original)
        var bytes = try file.bytes(in: 0..<file.count)
        let path = FileManager.default.temporaryDirectory.appending(path: "tokenswarm-" + UUID().uuidString).path
        defer { removeFile(path) }
        #expect(bytes[4] == 3)
        bytes[4] = 2
        try Data(bytes).write(to: URL(filePath: path))
        #expect(
            try prefill(Checkpoint.openModel(path), tokens) == prefill(Checkpoint.openModel(original), tokens))

        let foreign = modelsFolder + "/big-endian.gguf"
        let error = #expect(throws: ModelError.self) { try Checkpoint.openModel(foreign) }
        #expect(
            error?.description == "version, \(foreign): found a big-endian file, expected 2 or 3, little-endian")
    }

    /// Cut at every 64th byte; every 11th byte of the header changed.
    @Test(arguments: ["llama/llama-q8_0.gguf", "qwen3/qwen3-bf16.gguf"]) func damagedGGUF(name: String) throws {
        let file = try MappedFile(path: modelsFolder + "/" + name)
        let whole = try file.bytes(in: 0..<file.count)
        let path = FileManager.default.temporaryDirectory.appending(path: "tokenswarm-" + UUID().uuidString).path
        defer { removeFile(path) }
        for length in stride(from: 0, to: whole.count, by: 64) {
            try Data(whole[..<length]).write(to: URL(filePath: path))
            #expect(throws: (any Error).self) { try Checkpoint.openModel(path) }
        }
        for position in stride(from: 0, to: 3000, by: 11) {
            var damaged = whole
            damaged[position] ^= position % 2 == 0 ? 0x41 : 0xFF
            try Data(damaged).write(to: URL(filePath: path))
            if let model = try? Checkpoint.openModel(path) { _ = try? prefill(model, tokens) }
        }
    }

    @Test func damagedFolders() throws {
        let folder = try copyModel("gpt2")
        defer { removeFile(folder) }
        for name in ["config.json", "model.safetensors"] {
            let path = folder + "/" + name
            let whole = try Data(contentsOf: URL(filePath: path))
            for length in stride(from: 0, to: whole.count - 2, by: name == "config.json" ? 16 : 512) {
                try whole.prefix(length).write(to: URL(filePath: path))
                #expect(throws: (any Error).self) { try Checkpoint.openModel(folder) }
            }
            for position in stride(from: 0, to: min(whole.count, 2500), by: 9) {
                var damaged = whole
                damaged[position] ^= 0x11
                try damaged.write(to: URL(filePath: path))
                if let model = try? Checkpoint.openModel(folder) { _ = try? prefill(model, tokens) }
            }
            try whole.write(to: URL(filePath: path))
        }
    }
}
