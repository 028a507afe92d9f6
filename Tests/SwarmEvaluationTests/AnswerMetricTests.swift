import Foundation
import SwarmEvaluation
import Testing

@Suite struct AnswerMetricTests {
    /// The score of `answer` where `right` is one of two right answers.
    private func score(
        _ answer: String, _ right: String, metric: TaskSpec.Metric = .exactMatch,
        settings: (inout AnswerSettings) -> Void = { _ in }
    ) throws -> Double {
        var task = TaskSpec(name: "t", kind: .generate, dev: "d", test: "t", metric: metric)
        settings(&task.answer)
        let example = Example(
            id: "1", content: .generate(prompt: [], answers: [Array("!0".utf8), Array(right.utf8)]))
        return try AnswerMetric(task).scores(
            of: [Response(example: example, text: Array(answer.utf8))], control: RunControl())[0]
    }

    @Test(arguments: [
        ("salt", "salt", true), ("  salt \n", "salt", true), ("a  blue\tapron.", "a blue apron", true),
        ("Salt", "salt", false), ("salty", "salt", false), ("salt ", "salt.", true), ("cafe\u{301}", "caf\u{E9}", true),
        ("", "salt", false), ("salt..", "salt", false), ("Answer: B", "A", false), ("Answer: B", "B", false),
        ("sea salt", "salt", false),
    ]) func exactMatchAfterNormalisation(answer: String, right: String, isRight: Bool) throws {
        #expect(try score(answer, right) == (isRight ? 1 : 0))
    }

    @Test func caseAndPunctuationAreIgnoredOnRequest() throws {
        #expect(try score("SALT", "salt") { $0.ignoresCase = true } == 1)
        #expect(try score("sea-salt!", "seasalt") { $0.ignoresPunctuation = true } == 1)
        #expect(try score("Sea, salt", "sea salt") { $0.ignoresPunctuation = true } == 0)
    }

    @Test(arguments: [
        ("Answer: B", "[A-D]", false, "B"), ("Answer: B", "[A-D]", true, "B"),
        ("A or rather B", "[A-D]", true, "B"), ("A or rather B", "[A-D]", false, "A"),
        ("The answer is (C), Because", #"answer is \(?([A-D])"#, false, "C"),
        ("it is 12 and then 345", "[0-9]{2}", true, "12"), ("5kg of $7", "[0-9]+", false, "5"),
        ("first\nB\nlast", "^[A-D]$", false, "B"), ("größe É", "[Éö]", false, "É"),
    ]) func extractsWhatIsWhole(answer: String, pattern: String, last: Bool, right: String) throws {
        let result = try score(answer, right) {
            $0.extract = pattern
            $0.takesLastMatch = last
        }
        #expect(result == 1)
    }

    @Test func whatIsNotFoundIsWrong() throws {
        #expect(try score("no letter here", "no letter here") { $0.extract = "[A-D]" } == 0)
        #expect(try score("Because", "B") { $0.extract = "[A-D]" } == 0)
        #expect(try score("", "B") { $0.extract = "(B)?" } == 0)
    }

    @Test func badExpressionsAreNamed() throws {
        #expect {
            try score("x", "x") { $0.extract = "(" }
        } throws: { error in
            "\(error)".contains("extract of task t") && "\(error)".contains("at byte")
        }
        #expect(throws: EvaluationError.self) {
            try score(String(repeating: "a", count: 40_000) + "!", "x") { $0.extract = "(a|aa|aaa)*$" }
        }
    }

    @Test(arguments: [
        ("18", "18.0", true), (" 1,234.50 ", "1234.5", true), ("$5.", "5", true), ("-$5", "-5", true),
        ("$-5", "-5", true), ("50%", "50", true), ("−3", "-3", true), ("1e3", "1000", true), (".5", "0.5", true),
        ("0.30000000000000004", "0.3", true), ("12,34", "1234", false), ("1,2345", "12345", false),
        ("18 apples", "18", false),
        ("the answer is 18", "18", false), ("1.2.3", "1.2", false), ("", "0", false), ("nan", "nan", false),
        ("0x10", "16", false), ("1e999", "1e999", false), ("3.1", "3.2", false), ("--3", "-3", false),
        ("5", "-5", false),
        ("1e99999", "1", false),
    ]) func numbers(answer: String, right: String, isRight: Bool) throws {
        #expect(try score(answer, right, metric: .numeric) == (isRight ? 1 : 0))
    }

    @Test func numbersAreExtractedFromProse() throws {
        let result = try score("First 3 x 4 = 12. The answer is 1,012.", "1012", metric: .numeric) {
            $0.extract = #"-?[0-9][0-9,]*(?:\.[0-9]+)?"#
            $0.takesLastMatch = true
        }
        #expect(result == 1)
    }

    private struct Golden: Decodable {
        var answer: String
        var right: String
        var f1: Double
    }

    @Test func f1IsTheReferences() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../Fixtures/metrics/f1.json").standardized
        let goldens = try JSONDecoder().decode([Golden].self, from: Data(contentsOf: file))
        #expect(goldens.count == 200)
        for golden in goldens {
            let found = AnswerMetric.f1(golden.answer, golden.right)
            #expect(abs(found - golden.f1) < 1e-12, "\(golden)")
        }
        #expect(Set(goldens.map(\.f1)).count > 10)
    }
}
