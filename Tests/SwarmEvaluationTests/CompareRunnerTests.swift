import Foundation
import SwarmEvaluation
import SwarmKernels
import Testing

@Suite struct CompareRunnerTests {
    /// A made-up composition that answers example i rightly if i is a multiple of 4 and the first member weighs most, or
    /// of 5 and the second does, or 6 and the third; only a mixture answers multiples of 7.
    private let answers = Answers {
        { question in
            let prompt = String(decoding: question.prompt, as: UTF8.self)
            let number = Int(prompt.filter(\.isNumber)) ?? 0
            let top = question.weights.max() ?? 0
            let first = question.weights.firstIndex(of: top) ?? 0
            let knows = number % (4 + first) == 0 || (top < 1 && number % 7 == 0)
            return Array((knows ? " a\(number).\n" : "no").utf8)
        }
    }

    private func report(folder: String?, threads: Int = 1) throws -> Report {
        let tasks = try TemporaryFolder()
        let data = try madeUpTasks(in: tasks)
        let recipe = madeUpRecipe(data)
        let control = RunControl(pool: ThreadPool(threadCount: threads))
        let outcome = try SearchRunner(recipe: recipe, sources: madeUpSources(), runFolder: folder, control: control)
            .run(data)
        return try CompareRunner(
            recipe: recipe, facts: ["one", "two", "three"].map(facts), sources: madeUpSources(), answers: answers,
            runFolder: folder, control: control, options: .init(resamples: 400, chanceDraws: 50)
        ).run(data, outcome: outcome)
    }

    @Test func reportHasThePromisedKeys() throws {
        let folder = try TemporaryFolder()
        try report(folder: folder.path).write(to: folder.path)
        let file = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/report.json"))
        let json = try #require(try JSONSerialization.jsonObject(with: file) as? [String: Any])
        for key in ["members", "weights", "seed", "cost", "tasks"] { #expect(json[key] != nil, "\(key)") }
        let members = try #require(json["members"] as? [[String: Any]])
        for key in ["name", "path", "architecture", "parameters", "vocabulary_size", "sha256"] {
            #expect(members.allSatisfy { $0[key] != nil }, "\(key)")
        }
        let weights = try #require(json["weights"] as? [String: Double])
        #expect(Set(weights.keys) == ["one", "two", "three"] && abs(weights.values.reduce(0, +) - 1) < 1e-9)
        let cost = try #require(json["cost"] as? [String: Any])
        for key in ["member_passes", "evaluations", "seconds"] { #expect(cost[key] != nil, "\(key)") }
        #expect(cost["member_passes"] as? Int == 3 * 3 * 64 && cost["evaluations"] as? Int == 180)

        let tasks = try #require(json["tasks"] as? [[String: Any]])
        #expect(tasks.map { $0["metric"] as? String } == ["bits_per_byte", "acc", "exact_match"])
        #expect(tasks.map { $0["kind"] as? String } == ["text", "choice", "generate"])
        #expect(tasks.map { $0["higher_is_better"] as? Bool } == [false, true, true])
        let systems: Set = [
            "member:one", "member:two", "member:three", "best-member", "uniform", "random", "em", "swarm",
        ]
        for task in tasks {
            for (split, n) in [("dev", 24), ("test", 40)] {
                let values = try #require(task[split] as? [String: Any])
                #expect(values["n"] as? Int == n)
                let scores = try #require(values["scores"] as? [String: Any])
                #expect(Set(scores.keys) == systems && scores.values.allSatisfy { $0 is Double })
            }
            let difference = try #require((task["test"] as? [String: Any])?["difference"] as? [String: Any])
            #expect(difference["against"] as? String == "best-member")
            let low = try #require(difference["low"] as? Double)
            let value = try #require(difference["value"] as? Double)
            let high = try #require(difference["high"] as? Double)
            #expect(low <= value && value <= high)
            let emergence = task["emergence"] as? [String: Any]
            #expect((emergence == nil) == (task["kind"] as? String == "text"))
            for key in emergence == nil ? [] : ["c_emerge", "c_surge", "chance", "c_surge_chance", "c_surge_random"] {
                #expect(emergence?[key] is Double, "\(key)")
            }
        }
        #expect(try JSONDecoder().decode(Report.self, from: file).tasks.count == 3)
    }

    @Test func scoresAreWhatTheyAreCalled() throws {
        let report = try report(folder: nil)
        for task in report.tasks {
            let test = task.test.scores
            let dev = task.dev.scores.filter { $0.key.hasPrefix("member:") }.compactMapValues(\.self)
            let best = task.higherIsBetter ? dev.values.max() : dev.values.min()
            #expect(task.dev.scores["best-member"] == best)
            #expect(test["best-member"] == test["member:\(task.bestMember)"])
            let swarm = try #require(test["swarm"] ?? nil)
            let member = try #require(test["best-member"] ?? nil)
            let value = try #require(task.test.difference?.value ?? nil)
            #expect(abs(value - (swarm - member)) < 1e-12)
            #expect(task.test.domains.values.reduce(0) { $0 + $1.n } == (task.kind == "text" ? 40 : 0))
        }
    }

    @Test func emergenceOfGeneratedAnswers() throws {
        let task = try report(folder: nil).tasks[2]
        let emergence = try #require(task.emergence)
        // Test examples 0…39 that no member answers: not multiples of 4, 5 or 6; of them 7, 21 and 35→5: 7, 14, 21.
        let open = (0..<40).filter { $0 % 4 != 0 && $0 % 5 != 0 && $0 % 6 != 0 }
        #expect(emergence.everyMemberWrong == open.count)
        let answered = Double(open.filter { $0 % 7 == 0 }.count) / Double(open.count)
        #expect(emergence.cEmerge == answered && abs((emergence.chance ?? 0) - answered) < 1e-12)
        #expect(task.bestMember == "one")
        #expect(emergence.bestMemberWrong == 30)
        #expect(emergence.difference == Interval(low: 0, high: 0))
        // Random weights mix too: those of the 30 that `one` misses but that are multiples of 7, 5 or 6 are theirs by the
        // member that weighs most.
        #expect((emergence.surgeChance ?? 0) >= 4.0 / 30 && (emergence.surgeChance ?? 1) < 1)
        #expect(emergence.randomCEmerge == answered)
        let surge = try #require(emergence.cSurge)
        let interval = try #require(emergence.surgeDifference)
        #expect((interval.low...interval.high).contains(surge - (emergence.surgeChance ?? 0)))
    }

    @Test func doesNotDependOnThreads() throws {
        var one = try report(folder: nil)
        var four = try report(folder: nil, threads: 4)
        for cost in [\Report.Cost.seconds, \.readingSeconds, \.searchSeconds, \.comparisonSeconds] {
            one.cost[keyPath: cost] = 0
            four.cost[keyPath: cost] = 0
        }
        // Each read its own copy of the files.
        for index in one.tasks.indices {
            one.tasks[index].settings = nil
            four.tasks[index].settings = nil
        }
        #expect(one == four)
    }

    @Test func readsForPeople() throws {
        let report = try report(folder: nil)
        let markdown = report.markdown()
        for text in ["| one |", "| best-member |", "| swarm |", "## Emergence", "## Cost", "## How to read this", "±"] {
            #expect(markdown.contains(text), "\(text)")
        }
        let text = report.text()
        #expect(text.contains("text dev") && text.contains("swarm − best-member") && text.contains("C-emerge"))
        let rows = text.split(separator: "\n").prefix(8)
        #expect(Set(rows.map(\.count)).count == 1, "columns must line up")
    }
}
