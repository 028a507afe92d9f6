internal import Foundation
internal import SwarmKernels

/// A Hugging Face model folder: config.json and safetensors, single or in shards.
package struct ModelFolder: Sendable {
    package let path: String
    package let config: JSONField
    package let tensors: TensorStore
    /// config.json and the files of weights.
    package var files: [String] { [path + "/config.json"] + indexFiles + tensors.files }
    private let indexFiles: [String]

    /// Opens the folder at `path`.
    /// - Throws: `FileError`, `JSONError` or `FormatError`.
    package init(path: String) throws {
        self.path = path
        config = try Self.json(path + "/config.json")
        let manager = FileManager.default
        let single = path + "/model.safetensors"
        let index = path + "/model.safetensors.index.json"
        if manager.fileExists(atPath: single) {
            indexFiles = []
            tensors = try TensorStore(path: path, [SafetensorsFile(path: single)])
        } else if manager.fileExists(atPath: index) {
            indexFiles = [index]
            tensors = try Self.shards(path: path, index: index)
        } else {
            let others = ["pytorch_model.bin", "pytorch_model.bin.index.json"]
            guard let other = others.first(where: { manager.fileExists(atPath: path + "/" + $0) }) else {
                throw FileError(path: path, problem: "found no model.safetensors and no model.safetensors.index.json")
            }
            throw FileError(
                path: path + "/" + other, problem: "found pickled weights, expected safetensors: convert them")
        }
    }

    private static func json(_ path: String) throws -> JSONField {
        let file = try MappedFile(path: path)
        let json = try JSON(parsing: file.bytes(in: 0..<file.count), file: path, limits: .configuration)
        return JSONField(json, file: path)
    }

    private static func shards(path: String, index: String) throws -> TensorStore {
        let manager = FileManager.default
        var names: [String] = []
        var known: Set<String> = []
        var placed: [(tensor: [UInt8], shard: String)] = []
        for (key, field) in try json(index)["weight_map"].object() {
            let shard = try field.string()
            // A shard lies in the folder itself: a path would read files elsewhere.
            guard !shard.contains("/"), shard != "..", !shard.isEmpty else {
                throw field.error(expected: "a file name")
            }
            if known.insert(shard).inserted { names.append(shard) }
            guard names.count <= 4096 else { throw field.error(expected: "at most 4096 shards") }
            placed.append((key, shard))
        }
        let files = try names.map { name in
            let shard = path + "/" + name
            guard manager.fileExists(atPath: shard) else {
                throw FileError(path: shard, problem: "found no file, expected a shard that \(index) names")
            }
            return try SafetensorsFile(path: shard)
        }
        let store = try TensorStore(path: path, files)
        for (tensor, shard) in placed {
            let name = String(decoding: tensor, as: UTF8.self)
            guard let entry = store[name], entry.file.path == path + "/" + shard else {
                throw FormatError(
                    path: index, field: "weight_map.\(display(tensor))", found: shard,
                    expected: "the shard that holds the tensor")
            }
        }
        return store
    }
}
