import Foundation
import Testing

/// 0 done, 64 usage, 65 bad data, 66 missing input; stdout stays empty whenever something is wrong.
@Suite struct ExitCodeTests {
    @Test(arguments: [
        [], ["--help"], ["--version"], ["help", "generate"], ["search", "--help"], ["compare", "--help"],
        ["map", "build", "--help"], ["score", "--help"], ["tokenize", "--help"], ["logits", "--help"],
        ["inspect", "--help"], ["--generate-completion-script", "bash"],
    ])
    func helpIsOnStandardOutput(arguments: [String]) throws {
        let result = try Tool.run(arguments)
        #expect(result.status == 0)
        #expect(!result.output.isEmpty)
    }

    @Test(arguments: [
        ["bogus"], ["generate"], ["generate", "--prompt", "x"], ["logits", "--member", "/"], ["inspect"],
        ["score", "r.yaml", "--member", "m", "--text", "t"], ["generate", "r.yaml", "--temperature", "warm"],
        ["generate", "r.yaml", "--top-p", "2"], ["generate", "r.yaml", "--prompt", "a", "--prompt-file", "b"],
        ["search", "r.yaml"], ["generate", "r.yaml", "--threads", "0"],
    ])
    func usageIs64(arguments: [String]) throws {
        let result = try Tool.run(arguments)
        #expect(result.status == 64, "\(result.errors)")
        #expect(result.output.isEmpty)
        #expect(!result.errors.isEmpty)
    }

    @Test(arguments: [
        ["inspect", "/no/such/model"], ["tokenize", "--member", "/no/such/model"],
        ["logits", "--member", "/no/such/model", "--tokens", "1"], ["generate", "/no/such.yaml", "--prompt", "x"],
        ["generate", "--member", "/no/such/model", "--prompt", "x"], ["search", "/no/such.yaml", "-o", "/tmp/never"],
        ["compare", "/no/such/run"], ["score", "/no/such.yaml", "--text", "/no/such.txt"],
        ["map", "show", "/no.tsmap"],
    ])
    func missingInputIs66(arguments: [String]) throws {
        let result = try Tool.run(arguments)
        #expect(result.status == 66, "\(result.errors)")
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("/no"))
    }

    @Test func badDataIs65AndNamesFileFieldFoundAndExpected() throws {
        let folder = try Tool.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let recipe = folder.appendingPathComponent("recipe.yaml")
        try "members: [{path: a, wieght: 2}]".write(to: recipe, atomically: true, encoding: .utf8)
        let result = try Tool.run(["generate", recipe.path, "--prompt", "x"])
        #expect(result.status == 65)
        #expect(result.errors.contains("recipe.yaml:1"))
        #expect(result.errors.contains("members[0].wieght"))
        #expect(result.errors.contains("did you mean \"weight\""))

        let model = folder.appendingPathComponent("model.gguf")
        try Data("GGUF\u{03}\0\0\0".utf8).write(to: model)
        let truncated = try Tool.run(["inspect", model.path])
        #expect(truncated.status == 65)
        #expect(truncated.errors.contains("model.gguf"))

        let map = folder.appendingPathComponent("x.tsmap")
        try Data("TSMAP".utf8).write(to: map)
        #expect(try Tool.run(["map", "show", map.path]).status == 65)
    }

    @Test func kernelsThatThereAreNotAre64() throws {
        let result = try Tool.run(["inspect", "/"], environment: ["TOKENSWARM_ISA": "sse9"])
        #expect(result.status == 64)
        #expect(
            result.errors.hasPrefix(
                "error: TOKENSWARM_ISA: found \"sse9\", which is no set of kernels; expected one of"))
        #expect(result.errors.contains("portable"))
    }

    @Test func membersOfARecipeThatDoNotExistAre66() throws {
        let folder = try Tool.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let recipe = folder.appendingPathComponent("recipe.yaml")
        try "members: [{name: ghost, path: nowhere.gguf}]".write(to: recipe, atomically: true, encoding: .utf8)
        let result = try Tool.run(["search", recipe.path, "-o", folder.appendingPathComponent("run").path])
        #expect(result.status == 66)
        #expect(result.errors.contains("ghost") && result.errors.contains("nowhere.gguf"))
        #expect(!FileManager.default.fileExists(atPath: folder.appendingPathComponent("run").path))
    }
}
