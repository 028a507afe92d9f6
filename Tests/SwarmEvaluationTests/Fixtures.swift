// Shared helpers of this target's tests: fixtures and paths.
import Foundation
import Synchronization
import SwarmComposition
import SwarmEvaluation
import SwarmKernels
import SwarmOptimizers
import Testing

/// A folder of its own that goes away with the value.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "tokenswarm-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes `text` and returns the path.
    func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        return "\(path)/\(name)"
    }
}

/// A member without a model: cuts texts every `stride` bytes and finds those of its own domain likely. Its scores depend
/// on the text alone.
func madeUpSource(_ name: String, stride width: Int, likes letter: UInt8, calls: CallCounter? = nil) -> TraceSource {
    TraceSource(name: name, digest: "digest of \(name)") { temperatures in
        { example in
            calls?.add()
            return example.scoredTexts.map { text in
                var scores = TokenScores()
                var start = 0
                while start < text.count {
                    let end = min(text.count, start + width)
                    var seed = UInt64(width)
                    for byte in text[..<end] { seed = seed &* 31 &+ UInt64(byte) }
                    var random = CounterRandom(seed: seed, stream: .user, iteration: end)
                    let liked = text[start..<end].filter { $0 == letter }.count
                    scores.ends.append(end)
                    scores.logProbabilities.append(
                        -Double(end - start) * (0.5 + 2 * random.uniform()) / Double(1 + 2 * liked))
                    scores.entropies.append(1 + random.uniform())
                    scores.logPartitions += temperatures.map { (1 - 1 / $0) * Double(end - start) }
                    start = end
                }
                return scores
            }
        }
    }
}

final class CallCounter: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .relaxed) }
    func add() { count.add(1, ordering: .relaxed) }
}

/// Three made-up members that cut differently and like different letters.
func madeUpSources(calls: CallCounter? = nil) -> [TraceSource] {
    [
        madeUpSource("one", stride: 1, likes: UInt8(ascii: "a"), calls: calls),
        madeUpSource("two", stride: 2, likes: UInt8(ascii: "b"), calls: calls),
        madeUpSource("three", stride: 3, likes: UInt8(ascii: "c"), calls: calls),
    ]
}

/// Words of one letter and noise, by seed.
private func word(_ index: Int, salt: String) -> String {
    var random = CounterRandom(
        seed: UInt64(index) &* 977 &+ UInt64(salt.utf8.reduce(7) { $0 &* 31 &+ Int($1) }), stream: .user, iteration: 0)
    let letter = ["a", "b", "c"][index % 3]
    return (0..<(6 + random.index(below: 12))).map { _ in
        random.uniform() < 0.4 ? letter : ["d", "e", " "][random.index(below: 3)]
    }
    .joined() + "."
}

/// Writes a text, a choice and a generate task into `folder` and reads them back.
func madeUpTasks(in folder: TemporaryFolder, dev: Int = 24, test: Int = 40, weights: [Double] = [1, 1, 0]) throws
    -> [TaskData]
{
    func text(_ count: Int, _ salt: String) -> String {
        (0..<count).map {
            #"{"id": "\#($0)", "domain": "d\#($0 % 2)", "text": "\#(word($0, salt: salt))\#($0)\#(salt)"}"#
        }
        .joined(separator: "\n")
    }
    func choice(_ count: Int, _ salt: String) -> String {
        (0..<count).map { index in
            let choices = (0..<4).map { "\"\(word(index + $0, salt: salt + "c"))\($0)\"" }.joined(separator: ", ")
            return
                #"{"id": "\#(index)", "prompt": "q\#(index)\#(salt)", "choices": [\#(choices)], "answer": \#(index * 7 % 4)}"#
        }.joined(separator: "\n")
    }
    func generate(_ count: Int, _ salt: String) -> String {
        (0..<count).map { #"{"id": "\#($0)", "prompt": "q\#($0)\#(salt)", "answer": "a\#($0)"}"# }.joined(
            separator: "\n")
    }
    return try [
        (TaskSpec.Kind.text, text, weights[0]), (.choice, choice, weights[1]), (.generate, generate, weights[2]),
    ].map { kind, lines, weight in
        let name = kind.rawValue
        return try TaskData(
            reading: TaskSpec(
                name: name, kind: kind, dev: try folder.write(lines(dev, "x"), to: "\(name).dev.jsonl"),
                test: try folder.write(lines(test, "y"), to: "\(name).test.jsonl"), weight: weight))
    }
}

func madeUpRecipe(_ data: [TaskData], iterations: Int = 8) -> Recipe {
    var recipe = Recipe(
        name: "made up", seed: 5,
        members: ["one", "two", "three"].map { MemberSpec(name: $0, path: "/\($0)", weight: 1) })
    recipe.tasks = data.map(\.task)
    recipe.swarm.settings.iterations = iterations
    return recipe
}

func facts(_ name: String) -> MemberFacts {
    MemberFacts(
        name: name, path: "/\(name)", format: "hf", architecture: "llama", parameters: 10, vocabularySize: 5,
        contextLength: 64, tokenizer: "BPE", tokenizerDigest: "t", sha256: "s", files: [])
}
