import Foundation
import SwarmComposition
import SwarmEvaluation
import SwarmKernels
import SwarmModels
import Testing

/// Where models that this project did not make lie beside it.
private enum SharedModels {
    static let data = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../shared/data").standardized.path
    static let names = ["llama-stories260k", "llama-babyllama-tok105"]
    static var areThere: Bool {
        (names.map { "models/\($0)/model.safetensors" } + ["text/tinystories_1MiB.txt"])
            .allSatisfy { FileManager.default.fileExists(atPath: "\(data)/\($0)") }
    }
}

/// Two language models that others trained, with vocabularies of 512 and 105 tokens, on text that others wrote. The
/// smaller vocabulary has no line feed.
@Suite(.enabled(if: SharedModels.areThere)) struct RealModelsTests {
    /// Paragraphs of `tinystories`, each with its line feed, as a text task; their last words as questions.
    private func tasks(in folder: TemporaryFolder) throws -> [TaskData] {
        let story = try String(contentsOfFile: "\(SharedModels.data)/text/tinystories_1MiB.txt", encoding: .utf8)
        let paragraphs = story.split(separator: "\n").map(String.init)
            .filter { $0.utf8.count > 120 && $0.utf8.count < 500 }.prefix(90)
        func lines(_ range: Range<Int>, _ line: (Int, String) throws -> [String: Any]) throws -> String {
            try range.map { index in
                let object = try line(index, paragraphs[index])
                return String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
            }.joined(separator: "\n")
        }
        func words(_ paragraph: String) -> [String] { paragraph.split(separator: " ").prefix(24).map(String.init) }
        func text(_ index: Int, _ paragraph: String) -> [String: Any] { ["id": "\(index)", "text": paragraph + "\n"] }
        func choice(_ index: Int, _ paragraph: String) -> [String: Any] {
            let words = words(paragraph)
            let right = words.suffix(4)
            let choices = [right, right.reversed().suffix(4), ArraySlice(words.prefix(4)), right.shuffledByTwo]
            return [
                "id": "\(index)", "prompt": words.dropLast(4).joined(separator: " "),
                "choices": choices.enumerated().map {
                    " " + $1.joined(separator: " ") + String(repeating: ".", count: $0)
                },
                "answer": 0,
            ]
        }
        func answer(_ index: Int, _ paragraph: String) -> [String: Any] {
            let words = words(paragraph)
            return ["id": "\(index)", "prompt": words.dropLast().joined(separator: " "), "answer": words.last ?? ""]
        }
        return try [
            (TaskSpec.Kind.text, text as (Int, String) -> [String: Any], 1.0), (.choice, choice, 1),
            (.generate, answer, 0),
        ].map { kind, line, weight in
            let name = kind.rawValue
            return try TaskData(
                reading: TaskSpec(
                    name: name, kind: kind,
                    dev: try folder.write(try lines(0..<30, line), to: "\(name).dev.jsonl"),
                    test: try folder.write(try lines(30..<90, line), to: "\(name).test.jsonl"), weight: weight,
                    maxTokens: 4, stop: ["\n", " the"]))
        }
    }

    @Test func searchedCompositionIsAtLeastTheBetterOfTheTwo() throws {
        let folder = try TemporaryFolder()
        let data = try tasks(in: folder)
        let members = try SharedModels.names.map {
            try RunMember(name: $0, checkpoint: try Checkpoint.open("\(SharedModels.data)/models/\($0)"))
        }
        var recipe = Recipe(
            name: "stories", seed: 1, members: SharedModels.names.map { MemberSpec(name: $0, path: $0, weight: 1) })
        recipe.tasks = data.map(\.task)
        let run = try TemporaryFolder()
        let control = RunControl(pool: ThreadPool(threadCount: 2))
        let composition = try Composition(members: members.map(\.member))
        let outcome = try SearchRunner(
            recipe: recipe, members: members, composition: composition, runFolder: run.path, control: control
        ).run(data)
        let report = try CompareRunner(
            recipe: recipe, members: members, composition: composition, runFolder: run.path, control: control
        ).run(data, outcome: outcome)
        try report.write(to: run.path)
        print(report.text())

        let text = report.tasks[0]
        let swarm = try #require(text.test.scores["swarm"] ?? nil)
        let better = try #require(text.test.scores["best-member"] ?? nil)
        #expect(text.bestMember == "llama-stories260k")
        #expect(text.test.scores["member:llama-babyllama-tok105"] == .some(nil), "it cannot say a line feed")
        #expect(swarm <= better && swarm < 2)
        #expect(report.tasks[1].test.scores["swarm"].flatMap { $0 } ?? 0 > 0.5)
    }
}

extension ArraySlice<String> {
    /// The elements with neighbours swapped: another order for every slice of two or more.
    fileprivate var shuffledByTwo: ArraySlice<String> {
        ArraySlice(
            indices.map { index in
                let other = (index - startIndex) % 2 == 0 ? index + 1 : index - 1
                return other < endIndex ? self[other] : self[index]
            })
    }
}
