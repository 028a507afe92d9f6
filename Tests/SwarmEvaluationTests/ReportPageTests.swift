import Foundation
import SwarmEvaluation
import SwarmOptimizers
import SwarmVocabulary
import Testing

@Suite struct ReportPageTests {
    /// A report on made-up members; `names` may be anything.
    private func report(
        _ names: [String] = ["one", "two", "three"], templates: Bool = false, in folder: TemporaryFolder? = nil,
        change: (inout Recipe) -> Void = { _ in }
    ) throws -> Report {
        let folder = try folder ?? TemporaryFolder()
        var data = try madeUpTasks(in: folder)
        if templates {
            var spec = data[1].task
            spec.templates = (1...5).map { "<\($0)> {{prompt}}" }
            data[1] = try TaskData(reading: spec)
        }
        var recipe = madeUpRecipe(data)
        change(&recipe)
        let sources = zip(names, madeUpSources() + madeUpSources()).map { name, source in
            TraceSource(name: name, digest: source.digest + name, makeScorer: source.makeScorer)
        }
        recipe.members = names.map { .init(name: $0, path: "/\($0)", weight: 1) }
        let vocabulary = try Self.coverage(names)
        let outcome = try SearchRunner(recipe: recipe, sources: sources, runFolder: nil).run(data)
        return try CompareRunner(
            recipe: recipe, facts: names.map(facts), sources: sources,
            answers: Answers { { _ in Array("a4".utf8) } }, vocabulary: vocabulary, runFolder: nil,
            options: .init(resamples: 200, chanceDraws: 20)
        ).run(data, outcome: outcome)
    }

    private static func coverage(_ names: [String]) throws -> CoverageReport {
        var members: [[String: Any]] = []
        var overlaps: [[String: Any]] = []
        for (index, name) in names.enumerated() {
            members.append([
                "name": name, "tokens": 500, "textTokens": 490, "symbols": 480, "endTokens": 1, "masked": 9,
                "partialUTF8": 0, "inPieces": 100, "unwritable": 0,
            ])
            overlaps += names[(index + 1)...].map { ["first": name, "second": $0, "shared": 100 + 90 * index] }
        }
        let content: [String: Any] = [
            "normalization": "nfc", "symbols": 900, "keys": 900, "mergedClasses": 0, "members": members,
            "overlaps": overlaps,
        ]
        return try JSONDecoder().decode(CoverageReport.self, from: JSONSerialization.data(withJSONObject: content))
    }

    private func count(_ part: String, in text: String) -> Int { text.components(separatedBy: part).count - 1 }

    @Test func hasEveryPlotAndNeedsNothingElse() throws {
        let report = try report(templates: true)
        let page = report.html()
        if let path = ProcessInfo.processInfo.environment["TOKENSWARM_KEEP_REPORT"] {
            try page.write(toFile: path, atomically: true, encoding: .utf8)
        }
        for text in [
            "Best utility on dev so far", "Trails of the particles", "every evaluated particle, dev against test",
            "Mixing weights", "Vocabulary overlap", "accuracy of the swarm by its confidence", "with 95% intervals",
            "Prompt sensitivity", "Swarm minus control", "Expected calibration error", "C-emerge", "How to read this",
        ] { #expect(page.contains(text), "\(text)") }
        // Three tasks' scores, two tasks' scatter, reliability, convergence, trails, weights, vocabulary.
        #expect(count("<svg", in: page) == 10 && count("</svg>", in: page) == 10)
        for forbidden in [
            "http://", "https://", "<script", "<link", "<img", "@import", "url(", " src=", "NaN", "inf\"",
        ] {
            #expect(!page.contains(forbidden), "\(forbidden)")
        }
        #expect(page.contains("prefers-color-scheme:dark") && page.contains("default-src 'none'"))
        try checkNesting(page)
    }

    /// Every element that opens closes, in order.
    private func checkNesting(_ page: String) throws {
        var open: [String] = []
        var rest = page[...]
        while let start = rest.firstIndex(of: "<"), let end = rest[start...].firstIndex(of: ">") {
            let tag = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.hasPrefix("!") || tag.hasSuffix("/") || tag.hasPrefix("meta") { continue }
            if tag.hasPrefix("/") {
                let last = open.popLast()
                try #require(last == String(tag.dropFirst()), "</\(last ?? "")> expected, <\(tag)> found")
            } else {
                open.append(String(tag.prefix { !$0.isWhitespace }))
            }
        }
        #expect(open.isEmpty, "\(open)")
    }

    /// Seconds apart; and nothing is left beside the files.
    @Test func sameInputsSameBytes() throws {
        let folder = try TemporaryFolder()
        let names = ["report.html", "report.json", "report.md"]
        let written = try (0..<2).map { run -> [Data] in
            var report = try report(templates: true, in: folder)
            for seconds in [\Report.Cost.seconds, \.readingSeconds, \.searchSeconds, \.comparisonSeconds] {
                report.cost[keyPath: seconds] = 1
            }
            let place = "\(folder.path)/run \(run)"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            try report.write(to: place)
            #expect(try FileManager.default.contentsOfDirectory(atPath: place).sorted() == names)
            return try names.map { try Data(contentsOf: URL(fileURLWithPath: "\(place)/\($0)")) }
        }
        #expect(written[0] == written[1])
    }

    @Test(arguments: [2, 4, 5]) func anyNumberOfMembers(members: Int) throws {
        let page = try report((0..<members).map { "m\($0)" }).html()
        #expect(page.contains(members == 2 ? "Weight of the first member" : "first principal component"))
        try checkNesting(page)
    }

    /// Random points are no particle's way.
    @Test func linesJoinOnlyWhatMoves() throws {
        #expect(try report().html().contains("<polyline class=\"trail t"))
        let random = try report { $0.swarm.optimizer = .random }.html()
        #expect(!random.contains("class=\"trail") && random.contains("Every weighting that the search evaluated"))
    }

    @Test func whatOthersWroteIsEscaped() throws {
        let hostile = "<script>alert('1')</script>\"&\u{1}"
        let page = try report([hostile, "b]]>", "--><b>"]) { $0.name = "</title><b>" }.html()
        #expect(!page.contains("<script") && !page.contains("--><b>") && !page.contains("</title><b>"))
        #expect(page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot;&amp;\u{FFFD}"))
        try checkNesting(page)
    }

    @Test func saysWhenTestWasSearchedOn() throws {
        let searched = try report { $0.searchesTestSet = true }
        for text in [searched.html(), searched.markdown(), searched.text()] {
            #expect(text.contains("the scores on test are no evidence"))
        }
        let honest = try report()
        #expect(!honest.html().contains("no evidence."))
        #expect(!honest.markdown().contains("test are no evidence"))
    }

    @Test func theHarnesssKeysAreThere() throws {
        let report = try report(templates: true) { $0.seed = 9 }
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(try report.json())) as? [String: Any])
        let results = try #require(json["results"] as? [String: [String: Any]])
        #expect(Set(results.keys) == ["text", "choice", "generate"])
        let choice = try #require(results["choice"])
        #expect(Set(choice.keys) == ["alias", "acc,none", "acc_stderr,none", "acc_norm,none", "acc_norm_stderr,none"])
        #expect(choice["acc,none"] as? Double == report.tasks[1].test.scores["swarm"] ?? nil)
        #expect(choice["alias"] as? String == "choice")
        #expect(results["text"]?["bits_per_byte,none"] is Double && results["generate"]?["exact_match,none"] is Double)
        let systems = try #require(json["results_by_system"] as? [String: [String: [String: Any]]])
        let member = try #require(report.tasks[1].test.otherMetrics?["acc_norm"]?.scores["member:two"] ?? nil)
        #expect(systems["member:two"]?["choice"]?["acc_norm,none"] as? Double == member)
        #expect(
            (json["versions"] as? [String: Int])?["choice"] == 1 && (json["n-shot"] as? [String: Int])?["text"] == 0)
        #expect((json["n-samples"] as? [String: [String: Int]])?["text"] == ["original": 40, "effective": 40])
        #expect((json["higher_is_better"] as? [String: [String: Bool]])?["text"] == ["bits_per_byte": false])
        let configs = try #require(json["configs"] as? [String: [String: Any]])
        #expect(configs["choice"]?["output_type"] as? String == "multiple_choice")
        #expect((json["config"] as? [String: Any])?["random_seed"] as? Int == 9)
        let columns = "| Tasks | Version | Filter | n-shot | Metric |  | Value |  | Stderr |"
        #expect(report.markdown().contains(columns))
    }

    @Test func differencesSensitivityAndCalibrationAreWhatTheyAreCalled() throws {
        let choice = try report(templates: true).tasks[1]
        let differences = try #require(choice.test.differences)
        #expect(differences.map(\.against) == ["best-member", "uniform", "random", "em"])
        for difference in differences {
            let (swarm, other) = (choice.test.scores["swarm"] ?? nil, choice.test.scores[difference.against] ?? nil)
            #expect(abs((difference.value ?? 9) - ((swarm ?? 0) - (other ?? 0))) < 1e-12)
            #expect(
                (difference.low ?? 9) <= (difference.value ?? 0) && (difference.high ?? -9) >= (difference.value ?? 0))
        }
        let sensitivity = try #require(choice.promptSensitivity)
        let scores = try #require(sensitivity.scores["swarm"]).compactMap(\.self)
        let mean = scores.reduce(0, +) / 5
        let deviation = (scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4).squareRoot()
        let found = try #require(sensitivity.standardDeviation["swarm"] ?? nil)
        #expect(scores.count == 5 && abs(found - deviation) < 1e-12)
        #expect(deviation > 0)
        let calibration = try #require(choice.test.calibration)
        #expect(calibration["swarm"]?.bins.reduce(0) { $0 + $1.n } == 40)
        for (system, score) in choice.test.scores {
            let found = try #require(calibration[system])
            let accuracy = found.bins.reduce(0) { $0 + Double($1.n) * $1.accuracy } / 40
            #expect(abs(accuracy - (score ?? 9)) < 1e-9, "\(system)")
        }
    }
}
