import Foundation
import SwarmModels
import SwarmTokenizers
import Testing

/// What config.json looks like when other versions of transformers write it: the same logits, to the bit.
@Suite struct ConfigFileTests {
    /// A copy of a fixture, its config.json's members changed and its tensors' names replaced.
    private func changed<Value>(
        _ name: String, tensors names: [(old: String, new: String)] = [],
        _ change: (inout [String: Any]) throws -> Void, _ body: (String) throws -> Value
    ) throws -> Value {
        let folder = try copyModel(name)
        defer { removeFile(folder) }
        let path = URL(filePath: folder + "/config.json")
        var config = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any])
        try change(&config)
        try JSONSerialization.data(withJSONObject: config).write(to: path)
        if !names.isEmpty { try rename(folder + "/model.safetensors", names) }
        return try body(folder)
    }

    private func rename(_ path: String, _ names: [(old: String, new: String)]) throws {
        let file = try Data(contentsOf: URL(filePath: path))
        let length = file.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        var header = String(decoding: file[8..<8 + length], as: UTF8.self)
        for (old, new) in names { header = header.replacing("\"" + old, with: "\"" + new) }
        while header.utf8.count % 8 != 0 { header += " " }
        let size = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) }
        try (Data(size) + Data(header.utf8) + file[(8 + length)...]).write(to: URL(filePath: path))
    }

    private func logits(_ folder: String) throws -> [Float] {
        try prefill(Checkpoint.openModel(folder), (3..<27).map { TokenID($0) })
    }

    /// transformers 5 has what concerns rotation in one object, and `dtype` for `torch_dtype`.
    private static func modern(_ config: inout [String: Any]) {
        var rotation = config["rope_scaling"] as? [String: Any] ?? [:]
        if rotation["rope_type"] == nil { rotation["rope_type"] = rotation.removeValue(forKey: "type") ?? "default" }
        rotation["rope_theta"] = config["rope_theta"] ?? config["rotary_emb_base"]
        rotation["partial_rotary_factor"] = config["partial_rotary_factor"] ?? config["rotary_pct"]
        if let original = config["original_max_position_embeddings"] {
            rotation["original_max_position_embeddings"] = original
        }
        if let local = config["rope_local_base_freq"] {
            rotation = [
                "full_attention": rotation, "sliding_attention": ["rope_type": "default", "rope_theta": local],
            ]
        }
        let moved = [
            "rope_scaling", "rope_theta", "rotary_emb_base", "partial_rotary_factor", "rotary_pct",
            "original_max_position_embeddings", "rope_local_base_freq", "torch_dtype",
        ]
        for name in moved { config[name] = nil }
        config["rope_parameters"] = rotation
        config["dtype"] = "bfloat16"
    }

    @Test(arguments: [
        "llama", "llama-yarn", "llama-linear", "llama-dynamic", "phi3-longrope", "gemma3", "stablelm", "gpt_neox",
        "mixtral", "falcon", "smollm3",
    ])
    func transformers5(name: String) throws {
        let expected = try logits(modelsFolder + "/" + name)
        #expect(try changed(name, Self.modern) { try logits($0) } == expected)
    }

    /// Models that also read images: the text model's settings apart, its tensors under one of two prefixes.
    @Test(arguments: [
        (old: "model.", new: "language_model.model."), (old: "model.", new: "model.language_model."),
        (old: "model.", new: ""),
    ])
    func textModelsInside(names: (old: String, new: String)) throws {
        let expected = try logits(modelsFolder + "/gemma3")
        let found = try changed("gemma3", tensors: [names]) { config in
            let text = config
            config = ["model_type": "gemma3", "text_config": text, "vision_config": ["hidden_size": 8]]
        } _: {
            try logits($0)
        }
        #expect(found == expected)
    }

    /// Qwen's files name the original context and ask for yarn to be written in beside it.
    @Test func yarnStretchesTheContext() throws {
        let expected = try logits(modelsFolder + "/llama-yarn")
        try changed("llama-yarn") {
            $0["max_position_embeddings"] = 16
        } _: { (folder: String) throws -> Void in
            #expect(try Checkpoint.openModel(folder).contextLength == 64)
            #expect(try logits(folder) == expected)
        }
    }

    /// What the families' own definitions say where a file says nothing.
    @Test func settingsLeftOut() throws {
        func problem(_ name: String, without key: String) throws -> String {
            try changed(name) {
                $0[key] = nil
            } _: { folder in
                let error = #expect(throws: ModelError.self) { try Checkpoint.openModel(folder) }
                return error?.description.replacing(folder, with: "") ?? ""
            }
        }
        let length = try changed("falcon") {
            $0["max_position_embeddings"] = nil
        } _: {
            try Checkpoint.openModel($0).contextLength
        }
        #expect(length == 2048)
        #expect(try problem("mixtral", without: "num_local_experts").contains("experts.4.w1.weight"))
        #expect(try problem("mistral", without: "num_key_value_heads").hasPrefix("num_key_value_heads"))
        #expect(try problem("qwen3", without: "head_dim").hasSuffix("found shape [64, 32], expected [512, 32]"))
        #expect(try problem("gemma2", without: "head_dim").hasSuffix("found shape [64, 32], expected [1024, 32]"))
        #expect(try problem("gemma3", without: "vocab_size").hasSuffix("expected [262208, 32]"))
        // Null is not left out: no cap, where the family's own is 50.
        let capped = try logits(modelsFolder + "/gemma2")
        for value in [NSNull() as Any?, nil] {
            let other = try changed("gemma2") {
                $0["attn_logit_softcapping"] = value
            } _: {
                try logits($0)
            }
            #expect(other != capped)
        }
    }

    @Test func quantisedFoldersAreRefusedByName() throws {
        for (settings, found) in [(["quant_method": "gptq", "bits": 4], "gptq"), ([:], "a method without name")] {
            let problem = try changed("llama") {
                $0["quantization_config"] = settings
            } _: { folder in
                #expect(throws: ModelError.self) { try Checkpoint.openModel(folder) }?.description
            }
            #expect(problem?.contains("quantization_config, ") == true)
            #expect(problem?.contains("found \(found), expected none") == true)
        }
        #expect(
            try changed("llama") {
                $0["quantization_config"] = NSNull()
            } _: {
                try logits($0)
            }
                == logits(modelsFolder + "/llama"))
    }

    @Test func mixturesWithPlainLayersAreRefusedByName() throws {
        let problem = try changed("qwen3_moe") {
            $0["mlp_only_layers"] = [1]
        } _: { folder in
            #expect(throws: ModelError.self) { try Checkpoint.openModel(folder) }?.description
        }
        #expect(problem?.hasPrefix("mlp_only_layers, ") == true)
    }
}
