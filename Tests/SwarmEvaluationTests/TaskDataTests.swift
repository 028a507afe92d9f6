import SwarmEvaluation
import Testing

@Suite struct TaskDataTests {
    @Test func readsEveryKind() throws {
        let text = try TaskData.examples(
            Array(#"{"id": "a", "domain": "sea", "text": "é\n"}"#.utf8) + [0x0A, 0x0A], kind: .text, path: "f")
        #expect(text == [Example(id: "a", domain: "sea", content: .text(Array("é\n".utf8)), line: 1)])
        let choice = try TaskData.examples(
            Array(#"{"id": "a", "prompt": "p", "choices": [" x", " y"], "answer": 1}"#.utf8), kind: .choice, path: "f")
        #expect(
            choice[0].content
                == .choice(prompt: Array("p".utf8), choices: [Array(" x".utf8), Array(" y".utf8)], answer: 1))
        #expect(choice[0].scoredTexts == [Array("p x".utf8), Array("p y".utf8)])
        for line in [
            #"{"id": "a", "prompt": "p", "answer": "z"}"#, #"{"id": "a", "prompt": "p", "answers": ["z"]}"#,
        ] {
            let generate = try TaskData.examples(Array(line.utf8), kind: .generate, path: "f")
            #expect(generate[0].content == .generate(prompt: Array("p".utf8), answers: [Array("z".utf8)]))
        }
    }

    @Test func idsAreOptionalAndOtherFieldsIgnored() throws {
        let lines = #"{"text": "x", "source": {"url": "u"}}"# + "\n" + #"{"id": 7, "text": "y"}"#
        let items = try TaskData.examples(Array(lines.utf8), kind: .text, path: "f")
        #expect(items.map(\.id) == ["line 1", "7"])
    }

    @Test(arguments: [
        ("", TaskSpec.Kind.text, "examples, f: found none, expected at least 1 line"),
        ("[1]", .text, "line, f:1: found an array of 1, expected a JSON object"),
        (#"{"id": "a"}"#, .text, "text, f:1: found nothing, expected a string that is not empty"),
        (#"{"id": "a", "text": ""}"#, .text, "text, f:1: found \"\", expected a string that is not empty"),
        (#"{"id": [3], "text": "x"}"#, .text, "id, f:1: found an array of 1, expected a string that is not empty"),
        (#"{"id": "a", "text": "x", "domain": 1}"#, .text, "domain, f:1: found 1, expected a string"),
        (
            "{\"id\": \"a\", \"text\": \"x\"}\n{\"id\": \"a\", \"text\": \"y\"}", .text,
            "id, f:2: found \"a\", already on line 1, expected a new id"
        ),
        (
            #"{"id": "a", "prompt": "p", "choices": ["x", "y"], "answer": 2}"#, .choice,
            "answer, f:1: found 2, expected an index from 0 to 1"
        ),
        (
            #"{"id": "a", "prompt": "p", "choices": ["x"], "answer": 0}"#, .choice,
            "choices, f:1: found an array of 1, expected an array of at least 2 strings"
        ),
        (
            #"{"id": "a", "prompt": "p", "choices": ["x", "x"], "answer": 0}"#, .choice,
            "choices[1], f:1: found \"x\", expected choices that differ"
        ),
        (
            #"{"id": "a", "prompt": "p"}"#, .generate, "answer, f:1: found nothing, expected an answer or answers"
        ),
    ]) func saysWhatIsWrong(line: String, kind: TaskSpec.Kind, expected: String) {
        #expect {
            try TaskData.examples(Array(line.utf8), kind: kind, path: "f")
        } throws: { error in
            "\(error)" == expected
        }
    }

    @Test func devAndTestMustNotOverlap() throws {
        let folder = try TemporaryFolder()
        let dev = try folder.write(#"{"id": "a", "text": "same"}"#, to: "dev")
        let test = try folder.write(
            #"{"id": "b", "text": "other"}"# + "\n" + #"{"id": "c", "text": "same"}"#, to: "test")
        #expect {
            try TaskData(reading: TaskSpec(name: "t", kind: .text, dev: dev, test: test))
        } throws: { error in
            "\(error)".hasPrefix("example c, \(test):2: found the same content as \(dev):1, expected test examples")
        }
    }

    /// Every copy is named, whatever its white space; other choices make another question.
    @Test func copiesAreNamedByLine() throws {
        let folder = try TemporaryFolder()
        func line(_ prompt: String, _ choice: String) -> String {
            #"{"prompt": "\#(prompt)", "choices": ["\#(choice)", "y"], "answer": 0}"#
        }
        let dev = try folder.write(
            ["", line("Who?", "a"), line("What is it?", "b"), line("When?", "c")].joined(separator: "\n"), to: "dev")
        let copies = [line(" What  is\\nit? ", "b"), line("Who?", "other"), line("When?", "c")]
        let test = try folder.write(copies.joined(separator: "\n"), to: "held-out")
        let spec = TaskSpec(name: "t", kind: .choice, dev: dev, test: test)
        #expect {
            try TaskData(reading: spec)
        } throws: { error in
            "\(error)".hasPrefix(
                "example line 1, \(test):1: found the same content as \(dev):3, and copies on line 3, expected")
        }
        let many = (0..<12).map { _ in line("When?", "c") }.joined(separator: "\n")
        _ = try folder.write(many, to: "held-out")
        #expect {
            try TaskData(reading: spec)
        } throws: { error in
            "\(error)".contains("\(dev):4, and copies on lines 2, 3, 4, 5, 6, 7, 8, 9 and 3 more, expected")
        }
    }

    @Test func aMissingFileIsNamed() throws {
        let folder = try TemporaryFolder()
        #expect {
            try TaskData(reading: TaskSpec(name: "t", kind: .text, dev: folder.path + "/none", test: "x"))
        } throws: { error in
            "\(error)".contains(folder.path + "/none")
        }
    }

    private func examples(_ lines: String, _ kind: TaskSpec.Kind, change: (inout TaskSpec) -> Void) throws -> [Example]
    {
        var task = TaskSpec(name: "t", kind: kind, dev: "d", test: "t")
        change(&task)
        return try TaskData.examples(Array(lines.utf8), task: task, path: "f")
    }

    @Test func templatesMakePrompts() throws {
        let line = #"{"q": "Who?", "choices": ["x", "y"], "answer": 0, "hints": ["a", "b"], "n": 3, "prompt": "old"}"#
        let template = "{% for h in hints %}{{ loop.index }}. {{ h }}\n{% endfor %}{{ q | upper }} ({{ n }})\nAnswer:\n"
        let choice = try examples(line, .choice) {
            $0.template = template
            $0.targetDelimiter = " "
        }
        #expect(
            choice[0].content
                == .choice(
                    prompt: Array("1. a\n2. b\nWHO? (3)\nAnswer:\n".utf8),
                    choices: [Array(" x".utf8), Array(" y".utf8)],
                    answer: 0))
        let generate = try examples(#"{"q": "Who?", "answer": "x"}"#, .generate) { $0.template = "{{q}}" }
        #expect(generate[0].content == .generate(prompt: Array("Who?".utf8), answers: [Array("x".utf8)]))
    }

    @Test func fieldsThatAreNotThereAreErrors() throws {
        #expect {
            try examples(#"{"question": "Who?", "answer": "x"}"#, .generate) { $0.template = "Q: {{quesion}}" }
        } throws: { error in
            "\(error)".hasPrefix("prompt, f:1: found template of task t, line 1: found undefined quesion")
        }
        #expect {
            try examples(#"{"answer": "x"}"#, .generate) { $0.template = "{% if %}" }
        } throws: { error in
            "\(error)".contains("template of task t, line 1")
        }
    }

    @Test func gradersGetTheLineAsItStands() throws {
        let lines = "\n{\"prompt\": \"p\", \"tests\":  [1] }\n\n{\"prompt\": \"q\"}"
        for kind in [TaskSpec.Kind.command, .http] {
            let items = try examples(lines, kind) { _ in }
            #expect(
                items.map { String(decoding: $0.document, as: UTF8.self) } == [
                    "{\"prompt\": \"p\", \"tests\":  [1] }", "{\"prompt\": \"q\"}",
                ])
            #expect(items[0].content == .generate(prompt: Array("p".utf8), answers: []))
        }
    }

    @Test func numericAnswersAreNumbers() {
        #expect {
            try examples(#"{"prompt": "p", "answers": ["12", "twelve"]}"#, .generate) { $0.metric = .numeric }
        } throws: { error in
            "\(error)" == "answer, f:1: found \"twelve\", expected a number, as the metric is numeric"
        }
    }

    @Test func noTaskMaySearchOnTheTestOfAnother() throws {
        let folder = try TemporaryFolder()
        let one = try folder.write(#"{"prompt": "p", "answer": "x"}"#, to: "one.dev")
        let two = try folder.write(#"{"prompt": "q", "answer": "x"}"#, to: "two.dev")
        let three = try folder.write(#"{"prompt": "r", "answer": "x"}"#, to: "three")
        let specs = [
            TaskSpec(name: "a", kind: .generate, dev: one, test: two),
            TaskSpec(name: "b", kind: .generate, dev: two, test: three),
        ]
        for spec in specs { _ = try TaskData(reading: spec) }
        #expect {
            try TaskData.read(specs)
        } throws: { error in
            "\(error)".contains("the same content as \(two):1") && "\(error)".contains("--i-know-this-is-the-test-set")
        }
        #expect(try TaskData.read(specs, acceptsTestSet: true).count == 2)
    }

    @Test func aFileCalledTestIsNotSearchedOn() throws {
        let folder = try TemporaryFolder()
        let other = try folder.write(#"{"text": "x"}"#, to: "other.jsonl")
        for (name, isRefused) in [
            ("gsm8k.test.jsonl", true), ("test_100.jsonl", true), ("test-bench.dev.jsonl", false),
            ("latest.jsonl", false),
        ] {
            let dev = try folder.write(#"{"text": "y"}"#, to: name)
            let spec = TaskSpec(name: "t", kind: .text, dev: dev, test: other)
            if isRefused {
                #expect { try TaskData(reading: spec) } throws: { "\($0)".contains("a file that is called test") }
                #expect(try TaskData(reading: spec, acceptsTestSet: true).search.items.count == 1)
            } else {
                #expect(try TaskData(reading: spec).search.items.count == 1)
            }
        }
    }

    /// Other prompts are other traces.
    @Test func theDigestCoversThePrompt() throws {
        let folder = try TemporaryFolder()
        let dev = try folder.write(#"{"prompt": "p", "choices": ["x", "y"], "answer": 0}"#, to: "dev")
        let test = try folder.write(#"{"prompt": "q", "choices": ["x", "y"], "answer": 0}"#, to: "held-out")
        var spec = TaskSpec(name: "t", kind: .choice, dev: dev, test: test)
        var digests = [try TaskData(reading: spec).search.digest]
        for (template, delimiter) in [("{{prompt}}", ""), ("{{prompt}}:", ""), (nil, " "), ("{{prompt}}", " ")] {
            spec.template = template
            spec.targetDelimiter = delimiter
            digests.append(try TaskData(reading: spec).search.digest)
        }
        #expect(Set(digests).count == 5)
    }
}
