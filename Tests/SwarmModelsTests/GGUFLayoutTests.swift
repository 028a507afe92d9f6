import Foundation
import SwarmFormats
import SwarmKernels
import SwarmModels
import SwarmTestSupport
import SwarmTokenizers
import Testing

/// The same model in files that are laid out otherwise: the same logits, to the bit.
@Suite struct GGUFLayoutTests {
    private struct Tensor {
        var name: String
        var shape: [Int]
        var type: UInt32
        var bytes: [UInt8]
    }

    private static func bytes(_ value: GGUFValue) throws -> (type: UInt32, bytes: [UInt8]) {
        switch value {
        case .uint32(let value): (4, GGUFBuilder.bytes(value))
        case .float32(let value): (6, GGUFBuilder.bytes(value.bitPattern))
        case .bool(let value): (7, [value ? 1 : 0])
        case .string(let value): (8, GGUFBuilder.string(String(decoding: value, as: UTF8.self)))
        case .uint64(let value): (10, GGUFBuilder.bytes(value))
        default: throw ModelError.badFile(path: "", field: "", found: value.typeName, expected: "a plain value")
        }
    }

    /// `name` written anew: `alignment` of the data, `change` of its tensors.
    private func logits(
        _ name: String, version: UInt32 = 3, alignment: Int = 32, change: (inout [Tensor]) -> Void = { _ in }
    ) throws -> [Float] {
        let source = try GGUFFile(path: modelsFolder + "/" + name)
        let codes: [ElementType: UInt32] = [.f32: 0, .f16: 1, .q8_0: 8]
        var tensors = try source.tensors.map {
            Tensor(
                name: $0.name, shape: $0.shape, type: try #require(codes[$0.type]),
                bytes: try source.file.bytes(in: $0.range))
        }
        change(&tensors)
        var file = GGUFBuilder()
        file.version = version
        file.alignment = alignment
        for (key, value) in source.metadata where key != Array("general.alignment".utf8) {
            let (type, bytes) = try Self.bytes(value)
            file.metadata.append((String(decoding: key, as: UTF8.self), type, bytes))
        }
        if alignment != 32 { file.metadata.append(("general.alignment", 4, GGUFBuilder.bytes(UInt32(alignment)))) }
        for tensor in tensors {
            let dimensions = tensor.shape.reversed().map { UInt64($0) }
            file.tensors.append((tensor.name, dimensions, tensor.type, UInt64(file.data.count)))
            file.data += tensor.bytes
            while file.data.count % alignment != 0 { file.data.append(0) }
        }
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString + ".gguf").path
        defer { removeFile(path) }
        try Data(file.bytes).write(to: URL(filePath: path))
        return try prefill(Checkpoint.openModel(path), (3..<27).map { TokenID($0) })
    }

    @Test(arguments: ["llama/llama-f32.gguf", "llama/llama-q8_0.gguf", "gemma2/gemma2-f16.gguf"])
    func layoutsDoNotMatter(name: String) throws {
        let expected = try prefill(Checkpoint.openModel(modelsFolder + "/" + name), (3..<27).map { TokenID($0) })
        #expect(try logits(name) == expected)
        #expect(try logits(name, version: 2) == expected)
        for alignment in [8, 64, 4096] { #expect(try logits(name, alignment: alignment) == expected) }
        #expect(try logits(name) { $0.reverse() } == expected)
        // Tensors that no model of the family has, of types that are not computed on.
        let integers = Tensor(name: "blk.0.attn_mask", shape: [4], type: 27, bytes: [UInt8](repeating: 255, count: 32))
        #expect(try logits(name) { $0.insert(integers, at: 0) } == expected)
        // A head that is a copy of the embedding.
        if name.hasPrefix("gemma2") {
            let copied = try logits(name) { tensors in
                guard var head = tensors.first(where: { $0.name == "token_embd.weight" }) else { return }
                head.name = "output.weight"
                tensors.append(head)
            }
            #expect(copied == expected)
        }
    }

    /// Mixtral's files from before llama.cpp joined the experts of a layer.
    @Test func expertsApart() throws {
        let name = "mixtral/mixtral-f16.gguf"
        let expected = try prefill(Checkpoint.openModel(modelsFolder + "/" + name), (3..<27).map { TokenID($0) })
        let found = try logits(name) { tensors in
            tensors = tensors.flatMap { tensor -> [Tensor] in
                guard tensor.name.contains("_exps.") else { return [tensor] }
                let size = tensor.bytes.count / tensor.shape[0]
                return (0..<tensor.shape[0]).map { number in
                    Tensor(
                        name: tensor.name.replacing("_exps.", with: ".\(number)."),
                        shape: Array(tensor.shape.dropFirst()),
                        type: tensor.type, bytes: Array(tensor.bytes[number * size..<(number + 1) * size]))
                }
            }
        }
        #expect(found == expected)
    }
}
