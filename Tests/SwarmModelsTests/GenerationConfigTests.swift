import Foundation
import SwarmFormats
import SwarmModels
import SwarmTestSupport
import Testing

/// How a model's makers want text sampled, and what is wrong with how they say it.
@Suite struct GenerationConfigTests {
    private static let published = #"""
        {"bos_token_id": 1, "do_sample": true, "eos_token_id": [2, 3], "temperature": 0.6, "top_k": 20, "top_p": 0.95,
         "min_p": 0.05, "repetition_penalty": 1.1, "max_new_tokens": 64, "transformers_version": "4.57.6"}
        """#

    /// Reads `text` as a folder's generation_config.json.
    private func read(_ text: some Collection<UInt8>) throws -> GenerationConfig? {
        let folder = NSTemporaryDirectory() + "generation-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(text).write(to: URL(filePath: folder + "/generation_config.json"))
        return try GenerationConfig.read(folder)
    }

    @Test func readsWhatTransformersWrites() throws {
        let config = try #require(try read(Self.published.utf8))
        #expect(config.temperature == 0.6 && config.topK == 20 && config.topP == 0.95 && config.minP == 0.05)
        #expect(config.repetitionPenalty == 1.1 && config.maxNewTokens == 64)
        // Its defaults where sampling is on, and none of it where it is off.
        let bare = try #require(try read(#"{"do_sample": true}"#.utf8))
        #expect(bare.temperature == 1 && bare.topK == 50 && bare.topP == 1 && bare.minP == nil)
        let greedy = try #require(try read(#"{"temperature": 0.6, "top_p": 0.9}"#.utf8))
        #expect(greedy.temperature == 0 && greedy.topK == nil && greedy.topP == nil)
        #expect(try GenerationConfig.read(modelsFolder + "/qwen3") == nil)
    }

    @Test(arguments: [
        (#""temperature": 0.6"#, #""temperature": -1"#, "temperature"),
        (#""temperature": 0.6"#, #""temperature": NaN"#, "temperature"),
        (#""temperature": 0.6"#, #""temperature": "warm""#, "temperature"),
        (#""top_k": 20"#, #""top_k": -3"#, "top_k"), (#""top_k": 20"#, #""top_k": 2.5"#, "top_k"),
        (#""top_k": 20"#, #""top_k": 1e300"#, "top_k"), (#""top_p": 0.95"#, #""top_p": 1.5"#, "top_p"),
        (#""min_p": 0.05"#, #""min_p": Infinity"#, "min_p"),
        (#""repetition_penalty": 1.1"#, #""repetition_penalty": 0"#, "repetition_penalty"),
        (#""max_new_tokens": 64"#, #""max_new_tokens": 0"#, "max_new_tokens"),
        (#""max_new_tokens": 64"#, #""max_new_tokens": 99999999999999999999"#, "max_new_tokens"),
        (#""do_sample": true"#, #""do_sample": "yes""#, "do_sample"),
    ])
    func namesWhatIsWrong(right: String, wrong: String, field: String) throws {
        let text = Self.published.replacing(right, with: wrong)
        #expect(text != Self.published)
        let error = #expect(throws: JSONError.self) { try read(text.utf8) }
        #expect(error?.field == field && error?.file.hasSuffix("generation_config.json") == true)
    }

    /// Bytes changed at random and files cut short: a setting in its range or an error, no trap.
    @Test func damagedFiles() throws {
        var state: UInt64 = 3
        func random(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        var (read, refused) = (0, 0)
        for _ in 0..<300 {
            var bytes = Array(Self.published.utf8)
            if random(4) == 0 { bytes.removeLast(random(bytes.count)) }
            for _ in 0..<2 where !bytes.isEmpty { bytes[random(bytes.count)] = UInt8(32 + random(95)) }
            do {
                guard let config = try self.read(bytes) else { continue }
                read += 1
                #expect((0...1e3).contains(config.temperature ?? 0) && (0...1).contains(config.topP ?? 0))
                #expect((0...1).contains(config.minP ?? 0) && (1e-3...1e3).contains(config.repetitionPenalty ?? 1))
                #expect((1...1_000_000).contains(config.maxNewTokens ?? 1) && config.topK ?? 0 >= 0)
            } catch is JSONError {
                refused += 1
            }
        }
        #expect(read > 5 && refused > 100, "\(read) read, \(refused) refused")
    }

    @Test(arguments: [
        ("temp", Float(-1)), ("temp", .nan), ("top_k", -1), ("top_p", 2), ("min_p", .infinity), ("penalty_repeat", 0),
    ])
    func settingsOfGGUFFiles(name: String, wrong: Float) throws {
        func open(_ value: Float) throws -> GenerationConfig? {
            var file = GGUFBuilder()
            file.metadata = [("general.sampling." + name, 6, GGUFBuilder.bytes(value.bitPattern))]
            let path = NSTemporaryDirectory() + "generation-\(UUID().uuidString).gguf"
            defer { try? FileManager.default.removeItem(atPath: path) }
            try Data(file.bytes).write(to: URL(filePath: path))
            return try GenerationConfig.read(path)
        }
        let config = try #require(try open(0.5))
        #expect(
            [config.temperature, config.topP, config.minP, config.repetitionPenalty].contains(0.5) || name == "top_k")
        let error = #expect(throws: FormatError.self) { try open(wrong) }
        #expect(error?.field == "general.sampling." + name)
    }
}
