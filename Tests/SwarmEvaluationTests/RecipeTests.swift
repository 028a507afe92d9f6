import SwarmComposition
import SwarmEvaluation
import SwarmOptimizers
import Testing

@Suite struct RecipeTests {
    private let full = """
        name: trio
        seed: 7
        members:
          - {name: a, path: models/a, weight: 0.5}
          - {path: /abs/b.gguf, weight: 0.25}
          - {name: "no", path: c, weight: 0.25}
        alignment: {mode: union, policy: first, normalization: nfkc}
        pool: {kind: log-linear, constraint: affine, epsilon: 1e-7}
        tasks:
          - {name: text, kind: text, dev: t.dev.jsonl, test: t.test.jsonl, weight: 2}
          - {kind: generate, dev: d, test: e, max_tokens: 9, stop: ["\\n", "1.0"]}
        swarm: {optimizer: random, particles: 5, iterations: 3, step_length: 0.7}
        generate: {prompts: ["Once", "été\\n"], max_tokens: 12, temperature: 0.8}
        """

    @Test func readsEveryKeyAndResolvesPaths() throws {
        let recipe = try Recipe(yaml: full, path: "/r/recipe.yaml")
        #expect(recipe.members.map(\.name) == ["a", "b", "no"])
        #expect(recipe.members.map(\.path) == ["/r/models/a", "/abs/b.gguf", "/r/c"])
        #expect(recipe.weights == [0.5, 0.25, 0.25])
        #expect(recipe.alignment.policy == .first)
        #expect(recipe.pool.kind == .logLinear)
        #expect(recipe.tasks[0].dev == "/r/t.dev.jsonl")
        #expect(recipe.tasks[1].weight == 0)
        #expect(recipe.tasks[1].stop == ["\n", "1.0"])
        #expect(recipe.swarm.settings.stepLength == 0.7)
        #expect(recipe.swarm.settings.stepDecay == 0.95)
        #expect(recipe.generate.prompts == ["Once", "été\n"])
    }

    @Test func writtenRecipeReadsBackEqual() throws {
        let recipe = try Recipe(yaml: full, path: "/r/recipe.yaml")
        #expect(try Recipe(yaml: recipe.yaml(), path: "/elsewhere/best.yaml") == recipe)
    }

    @Test func readsAndWritesDimensions() throws {
        let yaml = """
            members: [{name: a, path: a}, {name: "2", path: b}]
            pool: {temperature: {"2": 1.25}, uncertainty: -0.5, recency: {share: 0.02, rate: 0.9}}
            search: {temperature: [0.5, 3], uncertainty: true, recency: {share: [0.01, 1], rate: false}}
            """
        let recipe = try Recipe(yaml: yaml, path: "/r/recipe.yaml")
        #expect(
            recipe.search
                == SearchedDimensions(
                    temperature: 0.5...3, uncertainty: SearchedDimensions.uncertaintyRange, recencyShare: 0.01...1))
        #expect(
            recipe.pool.dimensions
                == PoolDimensions(temperatures: [1, 1.25], uncertainty: -0.5, recencyShare: 0.02, recencyRate: 0.9))
        #expect(try Recipe(yaml: recipe.yaml(), path: "/elsewhere/best.yaml") == recipe)
    }

    @Test func weightsDefaultToUniform() throws {
        let recipe = try Recipe(yaml: "members: [{path: a}, {path: b}]", path: "x.yaml")
        #expect(recipe.weights == [0.5, 0.5])
    }

    @Test(arguments: [
        ("members: [{path: a}]\nsworm: {}", "sworm", "did you mean \"swarm\""),
        ("members: [{path: a, wieght: 1}]", "members[0].wieght", "did you mean \"weight\""),
        ("members: [{path: a, weight: heavy}]", "members[0].weight", "found \"heavy\", expected a number"),
        ("members: {path: a}", "members", "found a mapping, expected a list"),
        ("members: [{path: a, weight: 0}, {path: b, weight: 0}]", "members", "sum to zero"),
        ("members: [{path: a, weight: .nan}]", "members[0].weight", "expected a number"),
        ("members: [{path: x/a}, {path: y/a}]", "members[1]", "unique names"),
        ("members: []", "members", "found 0 members"),
        ("members: [{name: a}]", "members[0]", "\"path\" is missing"),
        ("name: x", "", "\"members\" is missing"),
        ("members: [{path: a}]\nseed: -1", "seed", "expected a whole number"),
        ("members: [{path: a}]\npool: {kind: lineer}", "pool.kind", "did you mean \"linear\""),
        ("members: [{path: a}]\nsearch: {recensy: true}", "search.recensy", "did you mean \"recency\""),
        ("members: [{path: a}]\nsearch: {temperature: [2, 3]}", "search.temperature", "a range around 1.0"),
        ("members: [{path: a}]\nsearch: {temperature: [0.1, 3]}", "search.temperature[0]", "from 0.25 to 4.0"),
        ("members: [{path: a}]\nsearch: {uncertainty: yes}", "search.uncertainty", "expected a list"),
        ("members: [{path: a}]\npool: {kind: log-linear}\nsearch: {recency: true}", "search", "expected a linear one"),
        ("members: [{path: abc}]\npool: {temperature: {abd: 2}}", "pool.temperature.abd", "did you mean \"abc\""),
        ("members: [{path: a}]\npool: {temperature: {a: 0}}", "pool.temperature.a", "expected a number from 0.01"),
        ("members: [{path: a}]\npool: {recency: {rate: 1}}", "pool.recency", "\"share\" is missing"),
        ("members: [{path: a}]\npool: {recency: {share: 2}}", "pool.recency.share", "from 0.0 to 1.0"),
        (
            "members: [{path: a}]\npool: {kind: log-linear, recency: {share: 0.1}}", "pool",
            "found pool log-linear, expected pool linear"
        ),
        ("members: [{path: a}]\ntasks: [{kind: text, dev: d}]", "tasks[0]", "\"test\" is missing"),
        ("members: [{path: a}]\nname: a\nname: b", "", "not valid YAML"),
        ("", "", "empty"),
        ("members: [", "", "not valid YAML"),
    ])
    func badRecipesNameFieldFoundAndExpected(yaml: String, field: String, problem: String) {
        #expect { try Recipe(yaml: yaml, path: "bad.yaml") } throws: { error in
            guard let error = error as? RecipeError else { return false }
            return error.path == "bad.yaml" && (error.field ?? "") == field && error.problem.contains(problem)
        }
    }

    /// A file that is no text is one endless line, which the parser would quote.
    @Test func aLongLineIsNotQuoted() {
        #expect { try Recipe(yaml: "\u{1}" + String(repeating: "x", count: 10_000), path: "bad.yaml") } throws: {
            error in
            "\(error)".contains("not valid YAML") && "\(error)".count < 1_000
        }
    }

    /// Every byte replaced, and the text cut everywhere: a recipe or a `RecipeError`, nothing else.
    @Test func damagedTexts() {
        let bytes = Array(full.utf8)
        for position in bytes.indices {
            for value in [UInt8(ascii: "{"), UInt8(ascii: "\""), UInt8(ascii: "9"), UInt8(ascii: "*"), 0x0A, 0xFF] {
                var damaged = bytes
                damaged[position] = value
                _ = try? Recipe(yaml: String(decoding: damaged, as: UTF8.self), path: "x.yaml")
            }
            _ = try? Recipe(yaml: String(decoding: bytes[..<position], as: UTF8.self), path: "x.yaml")
        }
    }

    /// Lists of aliases of lists of aliases, eight of each: more elements than memory holds, if they were made.
    private static func laughs() -> String {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"]
        var text = "members:\n- &a [x, x, x, x, x, x, x, x]\n"
        for (name, previous) in zip(names.dropFirst(), names) {
            let list = [String](repeating: "*" + previous, count: 8).joined(separator: ", ")
            text += "- &\(name) [\(list)]\n"
        }
        return text
    }

    private static let bombs: [String] = [
        "members: " + String(repeating: "[", count: 100_000),
        "members:\n  " + String(repeating: "- ", count: 100_000),
        "members: " + String(repeating: "{a: ", count: 100_000),
        laughs(),
    ]

    /// Nesting, and aliases that stand for ever more, are errors at once.
    @Test(arguments: bombs) func nestingAndAliases(text: String) {
        #expect(throws: RecipeError.self) { try Recipe(yaml: text, path: "x.yaml") }
    }
}
