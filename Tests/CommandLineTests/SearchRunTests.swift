import Foundation
import Testing

/// Optimizers, budgets, interruption and what looks at runs, on the bundled members and ten text examples.
@Suite struct SearchRunTests {
    /// A recipe with one short text task and the two smallest readers.
    private func recipe(in folder: URL) throws -> String {
        for split in ["dev", "test"] {
            let lines = try String(contentsOfFile: "\(Tool.zoo)/tasks/text.\(split).jsonl", encoding: .utf8)
                .split(separator: "\n")
            try lines.prefix(10).map { $0 + "\n" }.joined()
                .write(to: folder.appendingPathComponent("\(split).jsonl"), atomically: true, encoding: .utf8)
        }
        let recipe = """
            name: pair
            seed: 3
            members:
              - {name: almanac, path: \(Tool.zoo)/members/almanac}
              - {name: ledger, path: \(Tool.zoo)/members/ledger.gguf}
            tasks: [{name: text, kind: text, dev: dev.jsonl, test: test.jsonl}]
            swarm: {particles: 6, iterations: 5}
            """
        let path = folder.appendingPathComponent("recipe.yaml")
        try recipe.write(to: path, atomically: true, encoding: .utf8)
        return path.path
    }

    @Test func everyOptimizerSpendsItsBudgetAndIsListed() throws {
        let folder = try Tool.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let recipe = try recipe(in: folder)
        let runs = folder.appendingPathComponent("runs").path
        try FileManager.default.createDirectory(atPath: runs, withIntermediateDirectories: true)
        let kinds = ["pso", "random", "cma-es", "nelder-mead", "de", "auto"]
        for kind in kinds {
            let result = try Tool.run(
                ["search", recipe, "-o", "\(runs)/\(kind)", "--optimizer", kind, "--budget", "57", "--json"])
            #expect(result.status == 0, "\(result.errors)")
            #expect(try result.json()["evaluations"] as? Int == 57)
        }
        let list = try Tool.run(["runs", "list", runs, "--json"])
        let listed = try #require(try JSONSerialization.jsonObject(with: Data(list.output)) as? [[String: Any]])
        #expect(listed.compactMap { $0["optimizer"] as? String } == kinds.sorted())
        #expect(listed.allSatisfy { $0["finished"] as? Bool == true && $0["evaluations"] as? Int == 57 })

        let compare = try Tool.run(["runs", "compare", "\(runs)/pso", "\(runs)/de"])
        #expect(compare.status == 0 && compare.text.contains("weight of almanac"))
        let show = try Tool.run(["runs", "show", "\(runs)/auto"])
        #expect(show.status == 0 && show.text.contains("utility on dev"))
        let export = try Tool.run(["runs", "export", "\(runs)/cma-es"])
        #expect(export.text.split(separator: "\n").count == 1 + 2 * 57)
        let file = folder.appendingPathComponent("e.json").path
        #expect(try Tool.run(["runs", "export", "\(runs)/de", "-o", file]).status == 0)
        let exported = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: file)))
        #expect(((exported as? [String: Any])?["rows"] as? [Any])?.count == 2 * 57)

        let knee = try Tool.run(["knee", "\(runs)/pso"])
        #expect(knee.status == 0 && knee.text.contains("evaluations"), "\(knee.errors)")
        for name in ["knee.svg", "knee.csv", "knee.json"] {
            let path = folder.appendingPathComponent(name).path
            #expect(try Tool.run(["knee", "\(runs)/pso", "-o", path]).status == 0)
            #expect(FileManager.default.fileExists(atPath: path))
        }
        #expect(try Tool.run(["knee", "\(runs)/pso", "-o", "knee.png"]).status == 64)
        #expect(try Tool.run(["runs", "show", folder.path]).status == 66)
    }

    @Test(arguments: [
        (["--particles", "0"], "--particles: found \"0\", expected a whole number from 1 to 100000"),
        (["--optimizer", "cma-se"], "did you mean \"cma-es\"?"),
        (["--budget", "lots"], "--budget: found \"lots\", expected auto, iterations, or a whole number"),
        (["--crossover", "1,0"], "--crossover: found 1.0 to 0.0, expected the smaller number first"),
        (["--step-decay", "1.5"], "--step-decay: found \"1.5\", expected a number from 0.0 to 1.0"),
        (["--race", "0.7"], "--race: found \"0.7\""),
        (["--velocity", "fast"], "--velocity: found \"fast\", expected one of random, zero, best"),
    ])
    func badFlagsSayWhatWasExpected(flags: [String], message: String) throws {
        let folder = try Tool.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let result = try Tool.run(["search", recipe(in: folder), "-o", folder.path + "/run"] + flags)
        #expect(result.status == 64 && result.errors.contains(message), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/run"))
    }

    @Test func optionsOfTheSwarmAreInTheRun() throws {
        let folder = try Tool.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let run = folder.path + "/run"
        let flags = [
            "--crossover", "0,2", "--repel", "0", "--no-restart", "--deterministic", "--velocity", "best",
            "--constraint",
            "affine", "--budget", "auto", "--knee", "0.2", "--scatters", "2",
        ]
        let result = try Tool.run(["search", recipe(in: folder), "-o", run] + flags)
        #expect(result.status == 0, "\(result.errors)")
        let written = try String(contentsOfFile: run + "/recipe.yaml", encoding: .utf8)
        for line in ["restart: false", "deterministic: true", "repel: 0.0", "budget: \"auto\"", "velocity: \"best\""] {
            #expect(written.contains(line), "\(line)")
        }
        #expect(written.contains("constraint: \"affine\""))
    }

    /// Ctrl-C, and the command it prints goes on to the result of an undisturbed search.
    @Test func interruptedSearchPrintsHowToGoOn() throws {
        let folder = try Tool.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let flags = ["search", try recipe(in: folder), "--optimizer", "de", "--budget", "30000", "--json"]
        let straight = try Tool.run(flags + ["-o", folder.path + "/straight"])
        #expect(straight.status == 0, "\(straight.errors)")

        let run = folder.path + "/run"
        let process = Process()
        process.executableURL = Tool.executable
        process.arguments = flags + ["-o", run]
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        // From the moment the study is there the search is under way. A task's sleep would wait for the threads that other
        // tests hold, and the search would be over.
        while !FileManager.default.fileExists(atPath: run + "/study.sqlite"), process.isRunning {
            Thread.sleep(forTimeInterval: 0.005)
        }
        process.interrupt()
        process.waitUntilExit()
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(process.terminationStatus == 130, "\(said)")
        #expect(said.contains("--optimizer de --budget 30000 --json -o \(run) --resume"), "\(said)")
        #expect(try Tool.run(["runs", "list", folder.path]).text.contains("unfinished"))

        let resumed = try Tool.run(flags + ["-o", run, "--resume"])
        #expect(resumed.status == 0, "\(resumed.errors)")
        for key in ["weights", "utilities"] {
            #expect(try resumed.json()[key] as? [String: Double] == straight.json()[key] as? [String: Double])
        }
    }
}
