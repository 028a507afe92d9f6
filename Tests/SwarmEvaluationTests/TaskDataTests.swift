import SwarmEvaluation
import Testing

@Suite struct TaskDataTests {
    @Test func readsEveryKind() throws {
        let text = try TaskData.examples(
            Array(#"{"id": "a", "domain": "sea", "text": "é\n"}"#.utf8) + [0x0A, 0x0A], kind: .text, path: "f")
        #expect(text == [Example(id: "a", domain: "sea", content: .text(Array("é\n".utf8)))])
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
            "\(error)".contains("example c") && "\(error)".contains("the same content in \(dev)")
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
}
