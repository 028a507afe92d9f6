import Foundation
import Testing

/// Where real models lie on a developer's machine.
private let realData = Tool.root.deletingLastPathComponent().appendingPathComponent("shared/data")

/// Models that nobody here trained, from `../shared/data`; skipped where that folder is missing.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: realData.path)))
struct RealModelTests {
    private let stories = realData.appendingPathComponent("models/llama-stories260k").path
    private let characters = realData.appendingPathComponent("models/llama-babyllama-tok105").path

    @Test(arguments: ["", "/llama-stories260k-f32.gguf"])
    func storiesGenerateTheExpectedText(file: String) throws {
        let result = try Tool.run(["generate", "--member", stories + file, "--prompt", "", "-n", "200"])
        #expect(result.status == 0, "\(result.errors)")
        let expected = try Data(contentsOf: URL(fileURLWithPath: stories + "/expected_greedy_200.txt"))
        #expect(Data(result.output) == expected)
    }

    @Test func charactersGenerateEnglish() throws {
        let result = try Tool.run(["generate", "--member", characters, "--prompt", "", "-n", "100"])
        #expect(result.text.hasPrefix("Once upon a time, there was a little girl named Lily."))
    }

    /// The character model has no newline: alone it cannot write the text at all, and the composition must survive that.
    @Test func searchedCompositionIsAtOrBelowTheBetterMember() throws {
        let folder = try Tool.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let text = Array(try Data(contentsOf: realData.appendingPathComponent("text/tinystories_1MiB.txt")))
        try lines(of: text[0..<40_000]).write(to: folder.appendingPathComponent("dev.jsonl"))
        try lines(of: text[(text.count - 60_000)...]).write(to: folder.appendingPathComponent("test.jsonl"))
        let recipe = """
            members: [{name: stories, path: \(stories)}, {name: characters, path: \(characters)}]
            tasks: [{name: text, kind: text, dev: dev.jsonl, test: test.jsonl}]
            """
        try recipe.write(to: folder.appendingPathComponent("recipe.yaml"), atomically: true, encoding: .utf8)

        let result = try Tool.run(["compare", folder.appendingPathComponent("recipe.yaml").path, "--json"])
        #expect(result.status == 0, "\(result.errors)")
        let task = try #require((try result.json()["tasks"] as? [[String: Any]])?.first)
        let scores = try #require((task["test"] as? [String: Any])?["scores"] as? [String: Any])
        let swarm = try #require(scores["swarm"] as? Double)
        let alone = try #require(scores["member:stories"] as? Double)
        #expect(scores["member:characters"] is NSNull)
        #expect(swarm <= alone)
        let optimum = try #require(scores["em"] as? Double)
        #expect(abs(swarm - optimum) < 0.001 * optimum)
    }

    /// A text in pieces of about 500 bytes, cut at line ends, as a task file.
    private func lines(of text: ArraySlice<UInt8>) throws -> Data {
        var pieces: [String] = []
        var piece = ""
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) {
            piece += line + "\n"
            if piece.utf8.count > 500 {
                pieces.append(piece)
                piece = ""
            }
        }
        let lines = try pieces.enumerated().map {
            try JSONSerialization.data(withJSONObject: ["id": "\($0.offset)", "text": $0.element]) + [0x0A]
        }
        return lines.reduce(Data(), +)
    }
}
