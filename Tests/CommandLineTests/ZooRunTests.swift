import Foundation
import Testing

/// The whole path on the bundled members, with a few examples of each task.
@Suite struct ZooRunTests {
    private let members = ["almanac", "ledger", "herbal", "bestiary"]

    @Test func committedMapIsTheMapOfTheMembers() throws {
        let folder = try Tool.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let built = folder.appendingPathComponent("zoo.tsmap")
        let result = try Tool.run(["map", "build", Tool.zoo + "/recipe.yaml", "-o", built.path, "--json"])
        #expect(result.status == 0, "\(result.errors)")
        #expect((try result.json()["members"] as? [[String: Any]])?.compactMap { $0["name"] as? String } == members)
        let committed = Tool.root.appendingPathComponent("vocab-maps/zoo.tsmap")
        #expect(try Data(contentsOf: built) == Data(contentsOf: committed))
    }

    @Test func searchCompareAndGenerateLeaveACompleteRun() throws {
        let folder = try Tool.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let run = folder.appendingPathComponent("run").path
        let recipe = try smallRecipe(in: folder)

        let nothing = try Tool.run(["search", recipe, "-o", run, "--resume"])
        #expect(nothing.status == 65 && nothing.errors.contains("\(run): found no such folder"), "\(nothing.errors)")
        #expect(!FileManager.default.fileExists(atPath: run))
        let search = try Tool.run(["search", recipe, "-o", run, "--json"])
        #expect(search.status == 0, "\(search.errors)")
        let weights = try #require(try search.json()["weights"] as? [String: Double])
        #expect(Set(weights.keys) == Set(members))
        #expect(abs(weights.values.reduce(0, +) - 1) < 1e-9)
        #expect(try Tool.run(["search", recipe, "-o", run]).status == 65, "a run is never overwritten unasked")
        #expect(
            try Tool.run(["search", recipe, "-o", run, "--resume", "--json"]).json()["weights"] as? [String: Double]
                == weights)

        let compare = try Tool.run(["compare", run, "--json"])
        #expect(compare.status == 0, "\(compare.errors)")
        let written = try Data(contentsOf: URL(fileURLWithPath: run + "/report.json"))
        #expect(written == Data(compare.output))
        try checkReport(try compare.json(), weights: weights)
        for file in [
            "recipe.yaml", "best.yaml", "members.json", "study.sqlite", "vocabulary.tsmap", "report.md", "report.html",
        ] {
            #expect(FileManager.default.fileExists(atPath: run + "/" + file), "\(file)")
        }

        let generated = try Tool.run(["generate", run, "--prompt", "The town of", "-n", "8", "--json"])
        #expect(generated.status == 0, "\(generated.errors)")
        #expect(try generated.json()["weights"] as? [String: Double] == weights)
        #expect(try !#require(generated.json()["text"] as? String).isEmpty)
    }

    /// What a search with dimensions found is generated with, in every mode.
    @Test(arguments: ["union", "bytes", "hybrid"]) func generatesWithDimensions(mode: String) throws {
        let folder = try Tool.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let recipe = try smallRecipe(in: folder)
        let text = try String(contentsOfFile: recipe, encoding: .utf8)
        try text.replacingOccurrences(
            of: "pool: {", with: "pool: {uncertainty: 0.3, temperature: {herbal: 1.5}, recency: {share: 0.05}, "
        ).write(toFile: recipe, atomically: true, encoding: .utf8)
        let flags = ["--prompt", "The town of", "-n", "8", "--json", "--alignment", mode]
        let generated = try Tool.run(["generate", recipe] + flags)
        #expect(generated.status == 0, "\(generated.errors)")
        let weights = try #require(try generated.json()["weights"] as? [String: Double])
        let last = try #require(try generated.json()["last_weights"] as? [String: Double])
        #expect(Set(last.keys) == Set(members) && last != weights)
        #expect(abs(last.values.reduce(0, +) - 1) < 1e-9)
    }

    @Test func oneHotCompositionIsTheMember() throws {
        for (index, member) in members.enumerated() {
            let oneHot = members.indices.map { $0 == index ? "1" : "0" }.joined(separator: ",")
            let flags = ["--prompt", "Question: What", "-n", "30", "--seed", "5"]
            let composed = try Tool.run(
                ["generate", Tool.zoo + "/recipe.yaml", "--weights", oneHot, "--temperature", "0.8"] + flags)
            let path = Tool.zoo + "/members/" + (member == "ledger" ? "ledger.gguf" : member)
            let alone = try Tool.run(["generate", "--member", path, "--stop", "\n", "--temp", "0.8"] + flags)
            #expect(composed.status == 0 && !composed.output.isEmpty)
            #expect(composed.output == alone.output)
        }
    }

    private func checkReport(_ report: [String: Any], weights: [String: Double]) throws {
        #expect(report["weights"] as? [String: Double] == weights)
        #expect(report["seed"] as? Int == 7)
        #expect((report["members"] as? [[String: Any]])?.compactMap { $0["name"] as? String } == members)
        let cost = try #require(report["cost"] as? [String: Any])
        #expect(Set(["member_passes", "evaluations", "seconds"]).isSubset(of: cost.keys))
        let tasks = try #require(report["tasks"] as? [[String: Any]])
        #expect(tasks.compactMap { $0["name"] as? String } == ["text", "choice", "answers"])
        #expect(tasks.compactMap { $0["metric"] as? String } == ["bits_per_byte", "acc", "exact_match"])
        #expect(tasks.compactMap { $0["higher_is_better"] as? Bool } == [false, true, true])
        let systems = Set(members.map { "member:\($0)" } + ["best-member", "uniform", "random", "em", "swarm"])
        for task in tasks {
            for (split, count) in [("dev", 20), ("test", 30)] {
                let scores = try #require(task[split] as? [String: Any])
                #expect(scores["n"] as? Int == count)
                #expect(Set(try #require(scores["scores"] as? [String: Any]).keys) == systems)
            }
            let test = try #require(task["test"] as? [String: Any])
            let difference = try #require(test["difference"] as? [String: Any])
            #expect(difference["against"] as? String == "best-member")
            let (low, value, high) = (difference["low"], difference["value"], difference["high"])
            #expect(try #require(low as? Double) <= #require(value as? Double))
            #expect(try #require(value as? Double) <= #require(high as? Double))
            let emergence = task["emergence"] as? [String: Any]
            #expect((emergence == nil) == (task["kind"] as? String == "text"))
            if let emergence { #expect(Set(["c_emerge", "c_surge", "chance"]).isSubset(of: emergence.keys)) }
        }
    }

    /// The zoo's recipe on the first 20 dev and 30 test examples of every task.
    private func smallRecipe(in folder: URL) throws -> String {
        for task in ["text", "choice", "answers"] {
            for (split, count) in [("dev", 20), ("test", 30)] {
                let name = "\(task).\(split).jsonl"
                let lines = try String(contentsOfFile: "\(Tool.zoo)/tasks/\(name)", encoding: .utf8).split(
                    separator: "\n")
                try lines.prefix(count).map { $0 + "\n" }.joined()
                    .write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
            }
        }
        let recipe = try String(contentsOfFile: Tool.zoo + "/recipe.yaml", encoding: .utf8)
            .replacingOccurrences(of: "members/", with: Tool.zoo + "/members/")
            .replacingOccurrences(of: "tasks/", with: folder.path + "/")
            .replacingOccurrences(of: "../../vocab-maps", with: Tool.root.path + "/vocab-maps")
        let path = folder.appendingPathComponent("recipe.yaml")
        try recipe.write(to: path, atomically: true, encoding: .utf8)
        return path.path
    }
}
