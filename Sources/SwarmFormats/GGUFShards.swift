internal import Foundation
package import SwarmKernels

/// A GGUF model: one file, or the shards of one that was split, as llama.cpp's `gguf-split` and the `gguf` package do.
///
/// Shards are called `NAME-00001-of-00003.gguf` and so on and lie in one folder. Each has `split.no` (from 0),
/// `split.count` and `split.tensors.count` (of all shards together); the first has the model's metadata as well.
package struct GGUFShards: Sendable {
    /// The file that holds the metadata.
    package let first: GGUFFile
    /// Every file in order, `first` among them.
    package let files: [GGUFFile]

    /// Opens the model that `file` belongs to, whichever of its shards that is.
    /// - Throws: `FileError` for a shard that is not there, `FormatError` for one that does not belong.
    package init(containing file: MappedFile) throws {
        let given = try GGUFFile(file: file)
        guard let split = try Split(given) else {
            first = given
            files = [given]
            return
        }
        let names = try ShardNames(path: file.path, split)
        var files: [GGUFFile] = []
        for number in 0..<split.count {
            files.append(number == split.number ? given : try names.open(number, like: split))
        }
        let tensors = files.reduce(0) { $0 + $1.tensors.count }
        guard tensors == split.tensors else {
            throw given.error(
                "split.tensors.count", found: "\(split.tensors), but \(tensors) in \(split.count) shards",
                expected: "the number of tensors in all shards")
        }
        let name = try files[0].text("general.architecture")
        for shard in files.dropFirst() {
            if let other = try shard.text("general.architecture"), other != name {
                throw shard.error("general.architecture", found: other, expected: name ?? "none, as in the first shard")
            }
        }
        self.files = files
        first = files[0]
    }

    /// The file that holds the metadata of the model that `file` belongs to: the only one a tokenizer needs.
    /// - Throws: `FileError` or `FormatError`.
    package static func metadata(of file: MappedFile) throws -> GGUFFile {
        let given = try GGUFFile(file: file)
        guard let split = try Split(given), split.number > 0 else { return given }
        return try ShardNames(path: file.path, split).open(0, like: split)
    }
}

/// What a shard says of itself.
private struct Split: Equatable {
    /// From 0.
    var number: Int
    var count: Int
    /// In all shards.
    var tensors: Int

    /// More shards than any model has.
    static let mostShards = 4096

    /// Nil for a file that was not split.
    init?(_ file: GGUFFile) throws(FormatError) {
        guard let count = try file.integer("split.count"), count != 0 else { return nil }
        guard (1...Self.mostShards).contains(count) else {
            throw file.error("split.count", found: "\(count)", expected: "1 to \(Self.mostShards)")
        }
        guard let number = try file.integer("split.no"), (0..<count).contains(number) else {
            throw file.error(
                "split.no", found: try file.integer("split.no").map { "\($0)" } ?? "nothing",
                expected: "0 to \(count - 1)")
        }
        guard let tensors = try file.integer("split.tensors.count"), tensors >= 0 else {
            throw file.error(
                "split.tensors.count", found: try file.integer("split.tensors.count").map { "\($0)" } ?? "nothing",
                expected: "the number of tensors in all shards")
        }
        (self.number, self.count, self.tensors) = (number, count, tensors)
    }
}

/// The names of a model's shards, out of one of them.
private struct ShardNames {
    private let prefix: String
    private let count: Int

    init(path: String, _ split: Split) throws(FormatError) {
        count = split.count
        let end = Self.ending(split.number, of: split.count)
        guard path.hasSuffix(end) else {
            throw FormatError(
                path: path, field: "file name", found: URL(filePath: path).lastPathComponent,
                expected: "NAME\(end), since it is shard \(split.number + 1) of \(split.count)")
        }
        prefix = String(path.dropLast(end.count))
    }

    private static func ending(_ number: Int, of count: Int) -> String {
        func digits(_ value: Int) -> String { String(repeating: "0", count: max(0, 5 - "\(value)".count)) + "\(value)" }
        return "-\(digits(number + 1))-of-\(digits(count)).gguf"
    }

    /// Shard `number`, which must say of itself what `split` says, but for its number.
    func open(_ number: Int, like split: Split) throws -> GGUFFile {
        let path = prefix + Self.ending(number, of: count)
        guard FileManager.default.fileExists(atPath: path) else {
            throw FileError(path: path, problem: "found no file, expected shard \(number + 1) of \(count)")
        }
        let file = try GGUFFile(path: path)
        guard let found = try Split(file) else {
            throw file.error("split.count", found: "nothing", expected: "\(count)")
        }
        guard found.number == number else {
            throw file.error(
                "split.no", found: "\(found.number)", expected: "\(number), since it is called shard \(number + 1)")
        }
        guard found.count == count else {
            throw file.error("split.count", found: "\(found.count)", expected: "\(count), as in the other shards")
        }
        guard found.tensors == split.tensors else {
            throw file.error(
                "split.tensors.count", found: "\(found.tensors)", expected: "\(split.tensors), as in the other shards")
        }
        return file
    }
}
