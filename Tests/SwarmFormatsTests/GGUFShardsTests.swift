import Foundation
import SwarmFormats
import SwarmKernels
import SwarmTestSupport
import Testing

/// Split GGUF files written here byte by byte; those of the `gguf` package are among SwarmModelsTests' goldens.
@Suite struct GGUFShardsTests {
    /// A folder that goes away with it.
    final class Folder {
        let path = FileManager.default.temporaryDirectory.appending(path: "tokenswarm-" + UUID().uuidString).path

        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

        deinit { removeFile(path) }

        func write(_ builder: GGUFBuilder, _ name: String) throws {
            try Data(builder.bytes).write(to: URL(filePath: path + "/" + name))
        }

        func open(_ name: String) throws -> GGUFShards {
            try GGUFShards(containing: MappedFile(path: path + "/" + name))
        }
    }

    private static func name(_ number: Int) -> String { "m-0000\(number)-of-00003.gguf" }

    /// Three shards of one tensor each.
    private static var shards: [GGUFBuilder] {
        (0..<3).map { number in
            var file = GGUFBuilder()
            file.metadata = [
                ("split.no", 2, bytes(UInt16(number))), ("split.count", 2, bytes(UInt16(3))),
                ("split.tensors.count", 5, bytes(Int32(3))),
            ]
            if number == 0 { file.metadata.append(("general.architecture", 8, GGUFBuilder.string("llama"))) }
            file.tensors = [("t\(number)", [2], 0, 0)]
            file.data = bytes(Float(number).bitPattern) + bytes(Float(1).bitPattern)
            return file
        }
    }

    @Test func opensByAnyShard() throws {
        let folder = try Folder()
        for (index, shard) in Self.shards.enumerated() { try folder.write(shard, Self.name(index + 1)) }
        for number in 1...3 {
            let model = try folder.open(Self.name(number))
            #expect(model.files.map(\.file.path) == (1...3).map { folder.path + "/" + Self.name($0) })
            #expect(try model.first.text("general.architecture") == "llama")
            let store = try TensorStore(model)
            for tensor in 0..<3 {
                let entry = try #require(store["t\(tensor)"])
                #expect(entry.file.path == folder.path + "/" + Self.name(tensor + 1))
                #expect(
                    entry.file.copy(Float.self, count: 2, at: entry.info.range.lowerBound) == [Float(tensor), 1])
            }
            let metadata = try GGUFShards.metadata(of: MappedFile(path: folder.path + "/" + Self.name(number)))
            #expect(metadata.file.path == folder.path + "/" + Self.name(1))
        }
    }

    @Test func oneShardIsAWholeModel() throws {
        let folder = try Folder()
        var only = Self.shards[0]
        only.metadata[1].bytes = bytes(UInt16(1))
        only.metadata[2].bytes = bytes(Int32(1))
        try folder.write(only, "m-00001-of-00001.gguf")
        #expect(try folder.open("m-00001-of-00001.gguf").files.count == 1)
        // What was never split needs no such name.
        only.metadata = []
        try folder.write(only, "m.gguf")
        #expect(try folder.open("m.gguf").files.count == 1)
    }

    /// What is done to the shards, and the whole message, FOLDER standing for the folder.
    private static let damages: [(change: @Sendable (inout [GGUFBuilder?]) -> Void, message: String)] = [
        ({ $0[1] = nil }, "found no file, expected shard 2 of 3, FOLDER/\(name(2))"),
        ({ $0[2] = $0[1] }, "split.no, FOLDER/\(name(3)): found 1, expected 2, since it is called shard 3"),
        (
            { $0[1]?.metadata[1].bytes = bytes(UInt16(4)) },
            "split.count, FOLDER/\(name(2)): found 4, expected 3, as in the other shards"
        ),
        ({ $0[2]?.metadata = [] }, "split.count, FOLDER/\(name(3)): found nothing, expected 3"),
        (
            { $0[1]?.metadata[2].bytes = bytes(Int32(7)) },
            "split.tensors.count, FOLDER/\(name(2)): found 7, expected 3, as in the other shards"
        ),
        (
            { shards in for index in shards.indices { shards[index]?.metadata[2].bytes = bytes(Int32(4)) } },
            "split.tensors.count, FOLDER/\(name(1)): found 4, but 3 in 3 shards, expected the number of tensors in "
                + "all shards"
        ),
        (
            { $0[0]?.metadata[2].bytes = bytes(Int32(-1)) },
            "split.tensors.count, FOLDER/\(name(1)): found -1, expected the number of tensors in all shards"
        ),
        (
            { $0[0]?.metadata[1].bytes = bytes(UInt16(5000)) },
            "split.count, FOLDER/\(name(1)): found 5000, expected 1 to 4096"
        ),
        ({ $0[0]?.metadata[0].bytes = bytes(UInt16(3)) }, "split.no, FOLDER/\(name(1)): found 3, expected 0 to 2"),
        ({ $0[0]?.metadata.removeFirst() }, "split.no, FOLDER/\(name(1)): found nothing, expected 0 to 2"),
        (
            { $0[0]?.metadata[0].bytes = bytes(UInt16(1)) },
            "file name, FOLDER/\(name(1)): found \(name(1)), expected NAME-00002-of-00003.gguf, since it is shard 2 of 3"
        ),
        (
            { $0[1]?.tensors[0].name = "t0" },
            "tensor t0, FOLDER/\(name(2)): found also in FOLDER/\(name(1)), expected in one file"
        ),
        (
            { $0[2]?.metadata.append(("general.architecture", 8, GGUFBuilder.string("gpt2"))) },
            "general.architecture, FOLDER/\(name(3)): found gpt2, expected llama"
        ),
        ({ $0[1]?.version = 1 }, "version, FOLDER/\(name(2)): found 1, expected 2 or 3, little-endian"),
    ]

    @Test(arguments: damages.indices) func saysWhatIsWrong(number: Int) throws {
        let folder = try Folder()
        var shards: [GGUFBuilder?] = Self.shards
        Self.damages[number].change(&shards)
        for (index, shard) in shards.enumerated() {
            if let shard { try folder.write(shard, Self.name(index + 1)) }
        }
        let error = #expect(throws: (any Error).self) { try TensorStore(folder.open(Self.name(1))) }
        #expect(
            error.map { "\($0)".replacing(folder.path, with: "FOLDER") } == Self.damages[number].message)
    }

    @Test func renamedShardsAreNotGuessed() throws {
        let folder = try Folder()
        try folder.write(Self.shards[0], "model.gguf")
        let error = #expect(throws: FormatError.self) { try folder.open("model.gguf") }
        #expect(error?.expected == "NAME-00001-of-00003.gguf, since it is shard 1 of 3")
    }
}
