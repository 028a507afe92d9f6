import Foundation
import SwarmEvaluation
import Testing

@Suite struct CommandGraderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func responses(_ texts: [String]) -> [Response] {
        texts.enumerated().map { index, text in
            Response(
                example: Example(
                    id: "\(index)", content: .generate(prompt: Array("q \"\(index)\"\n".utf8), answers: []),
                    document: Array(#"{"prompt": "q", "tests": [\#(index)]}"#.utf8)),
                text: Array(text.utf8))
        }
    }

    private func scores(
        _ texts: [String], _ command: [String], timeLimit: Double = 20, outputLimit: Int = 1 << 20,
        isCancelled: @escaping @Sendable () -> Bool = { false }
    ) throws -> [Double] {
        var settings = GraderSettings()
        settings.command = command
        settings.workingDirectory = folder.path
        settings.timeLimit = timeLimit
        return try CommandGrader(task: "t", settings: settings, outputLimit: outputLimit).scores(
            of: responses(texts), control: RunControl(isCancelled: isCancelled))
    }

    private func problem(_ texts: [String], _ command: [String], timeLimit: Double = 20) -> String {
        do {
            return "scores \(try scores(texts, command, timeLimit: timeLimit))"
        } catch {
            return "\(error)"
        }
    }

    @Test func readsAScoreALine() throws {
        let script = #"while read -r line; do echo '{"score": 0.5}'; done; echo; echo done >&2"#
        #expect(try scores(["a", "b"], ["sh", "-c", script]) == [0.5, 0.5])
        #expect(try scores([], ["sh", "-c", "exit 3"]) == [], "nothing to grade runs nothing")
    }

    @Test func writesWhatItWasGiven() throws {
        let text = "a \"quoted\" \\ tab\t nul\u{0} é\n\u{1F30A}"
        #expect(try scores([text, "x"], ["sh", "-c", "cat > seen; echo 1; echo -2e0"]) == [1, -2])
        let lines = try String(contentsOfFile: folder.path + "/seen", encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2)
        let first = try #require(try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any])
        #expect(first["response"] as? String == text && first["prompt"] as? String == "q \"0\"\n")
        #expect(first["id"] as? String == "0")
        #expect((first["doc"] as? [String: Any])?["tests"] as? [Int] == [0])
    }

    /// Arguments are arguments, whatever is in them.
    @Test func noShellReadsTheArguments() throws {
        let argument = "$(touch broken); `touch broken` ; echo 7"
        #expect(try scores(["a"], ["sh", "-c", #"printf '%s' "$0" > argument; echo 1"#, argument]) == [1])
        #expect(try String(contentsOfFile: folder.path + "/argument", encoding: .utf8) == argument)
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/broken"))
    }

    /// More than a pipe holds, both ways, without reading first.
    @Test func largeInputAndOutputDoNotBlock() throws {
        let script = "head -c 300000 /dev/zero | tr '\\0' ' '; head -c 300000 /dev/zero >&2; echo 1"
        #expect(try scores([String(repeating: "x", count: 500_000)], ["sh", "-c", script]) == [1])
    }

    /// Whether it ends or not, on either of its outputs.
    @Test(arguments: [
        ("head -c 5000 /dev/zero", "output, command of task t: found 5000 bytes, expected at most 1000"),
        ("echo 1; head -c 5000 /dev/zero >&2", "errors, command of task t: found 5000 bytes, expected at most 1000"),
        ("yes", "output, command of task t: found "),
    ]) func outputHasALimit(script: String, expected: String) {
        #expect {
            try scores(["a"], ["sh", "-c", script], outputLimit: 1000)
        } throws: { error in
            "\(error)".hasPrefix(expected) && "\(error)".hasSuffix("bytes, expected at most 1000")
        }
    }

    @Test(arguments: [
        ("echo 1", "output, command of task t: found 1 lines, expected 2, a score for each answer"),
        ("echo 1; echo 1; echo 1", "output, command of task t: found 3 lines, expected 2, a score for each answer"),
        ("echo 1; echo high", "output, line 2, command of task t: found what is no JSON, expected a score a line"),
        (
            "echo 1; echo '\"2\"'",
            "output, line 2, command of task t: found \"2\", expected a finite number or {\"score\": number}"
        ),
        (
            "echo 1; echo 2; echo no luck >&2; exit 3",
            "exit status, command of task t: found 3 (no luck), expected exit status 0"
        ),
        ("kill -9 $$", "signal, command of task t: found 9, expected exit status 0"),
    ]) func saysWhatIsWrong(script: String, expected: String) {
        #expect(problem(["a", "b"], ["sh", "-c", script]) == expected)
    }

    @Test func missingProgramsAreNamed() throws {
        #expect(problem(["a"], ["no-such-program"]).contains("found no \"no-such-program\" in PATH"))
        #expect(problem(["a"], ["./none"]).contains("nothing to run at \(folder.path)/./none"))
        _ = try folder.write("#!/bin/sh\necho 1\n", to: "grade.sh")
        #expect(problem(["a"], ["./grade.sh"]).contains("expected an executable file"))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path + "/grade.sh")
        #expect(try scores(["a"], ["./grade.sh"]) == [1])
    }

    /// The time limit ends the program and what it started.
    @Test func timeLimit() throws {
        let start = ContinuousClock.now
        let script = "(sleep 3; touch late) & sleep 30; echo 1"
        #expect(problem(["a"], ["sh", "-c", script], timeLimit: 0.2).contains("found no end after 0.2 s"))
        #expect(ContinuousClock.now - start < .seconds(3))
        Thread.sleep(forTimeInterval: max(0, 3.2 - (ContinuousClock.now - start) / .seconds(1)))
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/late"), "its children must end too")
    }

    @Test func interruption() {
        #expect(throws: EvaluationError.interrupted) {
            try scores(["a"], ["sleep", "30"], isCancelled: { true })
        }
    }
}
