import Foundation
import SwarmEvaluation
import Testing

@Suite struct TaskSpecRecipeTests {
    private func tasks(_ yaml: String, path: String = "/r/recipe.yaml") throws -> [TaskSpec] {
        try Recipe(yaml: "members: [{path: a}]\ntasks:\n" + yaml, path: path).tasks
    }

    private let everyKind = """
          - {name: prose, kind: text, dev: a, test: b}
          - {kind: choice, dev: a, test: b, metric: acc_norm, target_delimiter: " ", template: "{{q}}\\n",
             templates: ["1{{q}}", "2{{q}}", "3{{q}}", "4{{q}}", "5{{q}}"]}
          - {kind: generate, dev: a, test: b, metric: numeric, extract: '([0-9]+)$', extract_match: last,
             ignore_case: true, ignore_punctuation: true, weight: 2, stop: []}
          - {kind: command, dev: a, test: b, command: [python, grade.py, "--strict"], time_limit: 5}
          - {kind: http, dev: a, test: b, url: "http://127.0.0.1:8000/score", retries: 1, batch_size: 7}
        """

    @Test func readsEveryKind() throws {
        let tasks = try tasks(everyKind)
        #expect(tasks.map(\.kind) == TaskSpec.Kind.allCases)
        #expect(tasks.map(\.metric) == [.bitsPerByte, .normalizedAccuracy, .numeric, .score, .score])
        #expect(tasks.map(\.weight) == [1, 1, 2, 0, 0])
        #expect(tasks[1].template == "{{q}}\n" && tasks[1].templates.count == 5 && tasks[1].targetDelimiter == " ")
        #expect(tasks[2].answer.extract == "([0-9]+)$" && tasks[2].answer.takesLastMatch)
        #expect(tasks[2].answer.ignoresCase && tasks[2].answer.ignoresPunctuation && tasks[2].stop.isEmpty)
        #expect(tasks[3].grader.command == ["python", "grade.py", "--strict"])
        #expect(tasks[3].grader.workingDirectory == "/r" && tasks[3].grader.timeLimit == 5)
        #expect(tasks[4].grader.url == "http://127.0.0.1:8000/score")
        #expect(tasks[4].grader.retries == 1 && tasks[4].grader.batchSize == 7)
    }

    @Test func writtenTasksReadBackEqual() throws {
        var recipe = try Recipe(
            yaml: "members: [{path: a}]\ncombine: harmonic\ni_know_this_is_the_test_set: true\ntasks:\n" + everyKind,
            path: "/r/recipe.yaml")
        recipe.tasks[3].grader.workingDirectory = "/elsewhere"
        #expect(recipe.combine == .harmonic && recipe.searchesTestSet)
        #expect(try Recipe(yaml: recipe.yaml(), path: "/other/best.yaml") == recipe)
    }

    @Test func tasksAreFilesToo() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/tasks", withIntermediateDirectories: true)
        _ = try folder.write("kind: command\ndev: d\ntest: t\ncommand: ./grade.sh\nweight: 3\n", to: "tasks/unit.yaml")
        let read = try tasks(
            "  - tasks/unit.yaml\n  - {include: tasks/unit.yaml, name: again, weight: 1, dev: mine}",
            path: folder.path + "/recipe.yaml")
        #expect(read.map(\.name) == ["unit", "again"] && read.map(\.weight) == [3, 1])
        #expect(read.map(\.dev) == [folder.path + "/tasks/d", folder.path + "/mine"])
        #expect(read.allSatisfy { $0.grader.workingDirectory == folder.path + "/tasks" })
        #expect(read.allSatisfy { $0.grader.command == ["./grade.sh"] })
        #expect {
            try tasks("  - tasks/none.yaml", path: folder.path + "/recipe.yaml")
        } throws: { error in
            "\(error)".contains(folder.path + "/tasks/none.yaml: cannot be read")
        }
    }

    @Test(arguments: [
        ("- {kind: text, dev: a, test: b, url: u}", "url", "found it in a task of kind text, expected kind http"),
        (
            "- {kind: text, dev: a, test: b, template: x}", "template",
            "expected kind choice or generate or command or http"
        ),
        ("- {kind: http, dev: a, test: b}", "", "\"url\" is missing"),
        ("- {kind: command, dev: a, test: b}", "", "\"command\" is missing"),
        ("- {kind: command, dev: a, test: b, command: []}", "command", "found no program"),
        (
            "- {kind: choice, dev: a, test: b, metric: f1}", "metric",
            "found f1 for kind choice, expected acc or acc_norm"
        ),
        ("- {kind: choice, dev: a, test: b, metric: accnorm}", "metric", "did you mean \"acc_norm\""),
        ("- {kind: choice, dev: a, test: b, templates: [x, y]}", "templates", "found 2, expected at least 5"),
        ("- {kind: generate, dev: a, test: b, extract: '('}", "extract", "expected a regular expression"),
        ("- {kind: generate, dev: a, test: b, extract_match: middle}", "extract_match", "expected one of first, last"),
        ("- {kind: generate, dev: a, test: b, ignore_case: maybe}", "ignore_case", "expected true or false"),
        ("- {kind: http, dev: a, test: b, url: u, time_limit: 0}", "time_limit", "expected a number from 0.001"),
        (
            "- {kind: generate, dev: a, test: b, target_delimitr: x}", "target_delimitr",
            "did you mean \"target_delimiter\""
        ),
    ]) func badTasksNameTheField(yaml: String, field: String, problem: String) {
        #expect { try tasks("  " + yaml) } throws: { error in
            guard let error = error as? RecipeError else { return false }
            return error.field == "tasks[0]" + (field.isEmpty ? "" : ".\(field)") && error.problem.contains(problem)
        }
    }

    @Test func combineNamesTheNearest() {
        #expect {
            try Recipe(yaml: "members: [{path: a}]\ncombine: harmonc", path: "r")
        } throws: { "\($0)".contains("did you mean \"harmonic\"") }
    }
}
