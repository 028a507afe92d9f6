internal import Foundation
internal import SwarmFormats

/// A generated answer.
package struct Response: Sendable {
    package var example: Example
    package var text: [UInt8]

    package init(example: Example, text: [UInt8]) {
        self.example = example
        self.text = text
    }
}

/// Scores generated answers; higher is better.
package protocol Grader: Sendable {
    /// One finite score an answer, in order.
    func scores(of responses: [Response], control: RunControl) throws -> [Double]
}

extension TaskSpec {
    /// Who scores this task's answers.
    /// - Precondition: the task's answers are generated.
    /// - Throws: `EvaluationError.badSetting`.
    func makeGrader() throws(EvaluationError) -> any Grader {
        switch kind {
        case .text, .choice: preconditionFailure("a \(kind.rawValue) task has no answers to grade")
        case .generate: try AnswerMetric(self)
        case .command: try CommandGrader(task: name, settings: grader)
        case .http: try HTTPGrader(task: name, settings: grader)
        }
    }
}

/// What programs and servers that score answers read and write.
///
/// In: a line an answer, `{"id", "prompt", "response", "doc"}`; `doc` is the line of the task file. Out: a line an
/// answer, in order, each a number or `{"score": number}`.
package enum GraderLines {
    /// Bytes that are read of programs and servers at most.
    package static let outputLimit = 64 << 20

    static func encode(_ responses: some Sequence<Response>) -> [UInt8] {
        var lines: [UInt8] = []
        for response in responses {
            guard case .generate(let prompt, _) = response.example.content else { continue }
            lines += Array(#"{"id":"#.utf8) + quoted(Array(response.example.id.utf8))
            lines += Array(#","prompt":"#.utf8) + quoted(prompt)
            lines += Array(#","response":"#.utf8) + quoted(response.text)
            lines +=
                Array(#","doc":"#.utf8)
                + (response.example.document.isEmpty ? Array("{}".utf8) : response.example.document)
            lines += Array("}\n".utf8)
        }
        return lines
    }

    /// A JSON string.
    private static func quoted(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [0x22]
        for byte in String(decoding: text, as: UTF8.self).utf8 {
            switch byte {
            case 0x22, 0x5C: result += [0x5C, byte]
            case 0x0A: result += Array(#"\n"#.utf8)
            case 0x00..<0x20: result += Array((#"\u00"# + (byte < 16 ? "0" : "") + String(byte, radix: 16)).utf8)
            default: result.append(byte)
            }
        }
        return result + [0x22]
    }

    /// - Parameter grader: for messages, for example `command of task unit-tests`.
    /// - Throws: `EvaluationError.badGrader` for anything that is not `count` scores.
    static func decode(_ bytes: [UInt8], count: Int, grader: String) throws(EvaluationError) -> [Double] {
        let lines: [(line: Int, value: JSON)]
        do {
            lines = try JSON.lines(bytes, file: grader)
        } catch {
            throw .badGrader(
                grader: grader, field: "output" + (error.line.map { ", line \($0)" } ?? ""),
                found: "what is no JSON", expected: "a score a line")
        }
        guard lines.count == count else {
            throw .badGrader(
                grader: grader, field: "output", found: "\(lines.count) lines",
                expected: "\(count), a score for each answer")
        }
        var scores: [Double] = []
        for (line, value) in lines {
            guard let score = value.double ?? value["score"]?.double, score.isFinite else {
                throw .badGrader(
                    grader: grader, field: "output, line \(line)", found: value.summary,
                    expected: "a finite number or {\"score\": number}")
            }
            scores.append(score)
        }
        return scores
    }
}
