package import SwarmKernels

/// Named tensors, in whatever files they lie.
package struct TensorStore: Sendable {
    /// A tensor and the file it lies in.
    package struct Entry: Sendable {
        package let file: MappedFile
        package let info: TensorInfo

        /// The tensor's bytes.
        package var storage: WeightStorage { WeightStorage(file, range: info.range) }
    }

    /// The folder or file, for messages.
    package let path: String
    /// The files that hold the tensors.
    package let files: [String]
    /// Keyed by bytes: `String` would merge canonically equivalent names.
    private let entries: [[UInt8]: Entry]

    /// The tensors of a GGUF model.
    /// - Throws: `FormatError` when a name stands in two shards.
    package init(_ gguf: GGUFShards) throws(FormatError) {
        try self.init(path: gguf.first.file.path, gguf.files.map { ($0.file, $0.tensors) })
    }

    /// The tensors of several safetensors files.
    /// - Throws: `FormatError` when a name stands in two of them.
    package init(path: String, _ shards: [SafetensorsFile]) throws(FormatError) {
        try self.init(path: path, shards.map { ($0.file, $0.tensors) })
    }

    private init(path: String, _ shards: [(file: MappedFile, tensors: [TensorInfo])]) throws(FormatError) {
        self.path = path
        files = shards.map(\.file.path)
        var entries: [[UInt8]: Entry] = [:]
        for shard in shards {
            for info in shard.tensors {
                let entry = Entry(file: shard.file, info: info)
                if let other = entries.updateValue(entry, forKey: Array(info.name.utf8)) {
                    throw FormatError(
                        path: shard.file.path, field: "tensor \(info.name)", found: "also in \(other.file.path)",
                        expected: "in one file")
                }
            }
        }
        self.entries = entries
    }

    /// The tensor called `name`, nil where there is none.
    package subscript(name: String) -> Entry? { entries[Array(name.utf8)] }

    /// Every tensor, in no order.
    package var all: [Entry] { Array(entries.values) }
}
