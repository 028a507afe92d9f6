// Shared helpers of this target's tests: fixtures and paths.
import Foundation
import SwarmFormats
import SwarmKernels
import SwarmModels
import SwarmTokenizers

private let testsFolder = URL(filePath: #filePath).appending(path: "../..").standardizedFileURL.path

/// Small models that reference implementations made: see bench/oracles.
let modelsFolder = testsFolder + "/Fixtures/models"

/// The folder of real data beside the package, which a checkout may lack.
let dataFolder = URL(filePath: testsFolder).appending(path: "../../shared/data").standardizedFileURL.path

func hasData(_ path: String) -> Bool { FileManager.default.fileExists(atPath: dataFolder + "/" + path) }

let serial = ThreadPool(threadCount: 1)

/// A model's prompts and the reference's logits for each of its files ("" is the folder).
struct Golden {
    let prompts: [[TokenID]]
    let logits: [String: [Float]]

    init(folder: String) throws {
        let path = folder + "/goldens.json"
        let file = try MappedFile(path: path)
        let json = JSONField(try JSON(parsing: file.bytes(in: 0..<file.count), file: path), file: path)
        prompts = try json["prompts"].array().map { try $0.array().map { TokenID(try $0.int()) } }
        var logits: [String: [Float]] = [:]
        for (key, field) in try json["logits"].object() {
            let file = try MappedFile(path: folder + "/" + field.string())
            logits[String(decoding: key, as: UTF8.self)] = file.copy(Float.self, count: file.count / 4, at: 0)
        }
        self.logits = logits
    }
}

extension ModelSession {
    /// Evaluates `tokens` as one chain after `node` and gives the nodes and every row of logits.
    func evaluate(_ tokens: [TokenID], after node: ContextNode) throws -> Evaluated {
        try evaluate(
            tokens.enumerated().map { index, token in
                PendingToken(parent: index == 0 ? .node(node) : .earlier(index - 1), token: token, needsLogits: true)
            })
    }
}

/// Logits at every position, read as one batch in a new session.
func prefill(_ model: any LanguageModel, _ tokens: [TokenID], pool: ThreadPool = serial) throws -> [Float] {
    let session = model.makeSession(capacity: tokens.count, pool: pool)
    return try session.evaluate(tokens, after: session.root).logits
}

/// The same logits, the tokens evaluated one at a time.
func decode(_ model: any LanguageModel, _ tokens: [TokenID]) throws -> [Float] {
    let session = model.makeSession(capacity: tokens.count, pool: serial)
    var node = session.root
    return try tokens.flatMap { token in
        let step = try session.evaluate([token], after: node)
        node = step.nodes[0]
        return step.logits
    }
}

func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
}

/// Copies a fixture's folder without its goldens to a new place.
func copyModel(_ name: String) throws -> String {
    let target = FileManager.default.temporaryDirectory.appending(path: "tokenswarm-" + UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
    for file in ["config.json", "model.safetensors"] {
        try FileManager.default.copyItem(atPath: modelsFolder + "/\(name)/" + file, toPath: target + "/" + file)
    }
    return target
}

func removeFile(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
}
