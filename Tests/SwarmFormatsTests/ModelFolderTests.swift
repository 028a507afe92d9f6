import Foundation
import SwarmFormats
import SwarmKernels
import Testing

/// Folders of config.json and safetensors, whole and in shards: what is read and what is refused.
@Suite struct ModelFolderTests {
    private static func tensors(_ names: [String]) -> [UInt8] {
        let entries = names.enumerated().map {
            #""\#($1)":{"dtype":"F32","shape":[1],"data_offsets":[\#(4 * $0),\#(4 * $0 + 4)]}"#
        }
        let header = "{" + entries.joined(separator: ",") + "}"
        return bytes(UInt64(header.utf8.count)) + Array(header.utf8) + [UInt8](repeating: 0, count: 4 * names.count)
    }

    /// A model in two shards.
    private static let sharded: [String: [UInt8]] = [
        "config.json": Array(#"{"model_type":"llama"}"#.utf8),
        "model.safetensors.index.json": Array(#"{"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}"#.utf8),
        "1.safetensors": tensors(["a"]), "2.safetensors": tensors(["b", "c"]),
    ]

    private func open<Value>(_ files: [String: [UInt8]], _ body: (ModelFolder) throws -> Value) throws -> Value {
        let path = FileManager.default.temporaryDirectory.appending(path: "tokenswarm-" + UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { removeFile(path) }
        for (name, bytes) in files { try Data(bytes).write(to: URL(filePath: path + "/" + name)) }
        do {
            return try body(ModelFolder(path: path))
        } catch {
            throw Problem(text: "\(error)".replacing(path, with: "FOLDER"))
        }
    }

    private struct Problem: Error { var text: String }

    @Test func readsShardsAndWholeFiles() throws {
        try open(Self.sharded) { folder in
            #expect(folder.tensors["a"]?.file.path.hasSuffix("/1.safetensors") == true)
            // What the index does not name is there all the same.
            #expect(folder.tensors["c"]?.file.path.hasSuffix("/2.safetensors") == true)
            #expect(folder.tensors["d"] == nil)
            #expect(folder.files.count == 4)
        }
        // As the reference does, a whole file goes before shards.
        var both = Self.sharded
        both["model.safetensors"] = Self.tensors(["z"])
        try open(both) { folder in #expect(folder.tensors["z"] != nil && folder.tensors["a"] == nil) }
    }

    private static func index(_ map: String) -> [UInt8] { Array(#"{"weight_map":\#(map)}"#.utf8) }

    /// The file that is changed, what it holds instead (nil: nothing), and the start of the error.
    private static let errors: [(String, [UInt8]?, String)] = [
        ("config.json", nil, "cannot open: No such file or directory, FOLDER/config.json"),
        ("config.json", Array("{".utf8), "bad JSON, FOLDER/config.json"),
        ("config.json", Array(#"{"a":1,"a":2}"#.utf8), "bad JSON, FOLDER/config.json"),
        (
            "1.safetensors", nil,
            "found no file, expected a shard that FOLDER/model.safetensors.index.json names, FOLDER/1"
        ),
        (
            "1.safetensors", tensors(["x"]),
            "weight_map.a, FOLDER/model.safetensors.index.json: found 1.safetensors, expected the shard that holds"
        ),
        ("1.safetensors", tensors(["a", "b"]), "tensor b, FOLDER/2.safetensors: found also in FOLDER/1.safetensors"),
        ("1.safetensors", Array("{}".utf8), "header length, FOLDER/1.safetensors: found a file of 2 bytes"),
        ("model.safetensors.index.json", nil, "found no model.safetensors and no model.safetensors.index.json, FOLDER"),
        (
            "model.safetensors.index.json", Array("{}".utf8),
            "bad JSON, FOLDER/model.safetensors.index.json at weight_map"
        ),
        ("model.safetensors.index.json", index("[]"), "bad JSON, FOLDER/model.safetensors.index.json at weight_map"),
        (
            "model.safetensors.index.json", index(#"{"a":7}"#),
            "bad JSON, FOLDER/model.safetensors.index.json at weight_map.a"
        ),
        (
            "model.safetensors.index.json", index(#"{"a":"1.safetensors","a":"2.safetensors"}"#),
            "bad JSON, FOLDER/model.safetensors.index.json"
        ),
        (
            "model.safetensors.index.json", index(#"{"a":"2.safetensors"}"#),
            "weight_map.a, FOLDER/model.safetensors.index.json: found 2.safetensors, expected the shard that holds"
        ),
        (
            "model.safetensors.index.json", index(#"{"a":"../1.safetensors"}"#),
            "bad JSON, FOLDER/model.safetensors.index.json at weight_map.a: found \"../1.safetensors\", expected a file"
        ),
        (
            "model.safetensors.index.json",
            index("{" + (0..<5000).map { "\"t\($0)\":\"s\($0)\"" }.joined(separator: ",") + "}"),
            "bad JSON, FOLDER/model.safetensors.index.json at weight_map.t4096"
        ),
    ]

    @Test(arguments: errors.indices) func saysWhatIsWrong(number: Int) {
        let (name, content, message) = Self.errors[number]
        var files = Self.sharded
        files[name] = content
        let error = #expect(throws: Problem.self) { try open(files) { _ in } }
        #expect(error?.text.hasPrefix(message) == true, "\(error?.text ?? "")")
    }

    /// An index of many tensors in many shards is read in the time of its size.
    @Test func longIndicesTakeNoTime() {
        var files = Self.sharded
        let entries = (0..<200_000).map { "\"t\($0)\":\"s\($0 % 4000)\"" }
        files["model.safetensors.index.json"] = Self.index("{" + entries.joined(separator: ",") + "}")
        let duration = ContinuousClock().measure { _ = try? open(files) { _ in } }
        #expect(duration < .seconds(20))
    }
}
