internal import ArgumentParser
internal import Foundation
internal import SwarmKernels
internal import SwarmModels
internal import SwarmTokenizers

/// `tokenswarm logits`
struct Logits: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a member's next-token logits after given token ids.",
        discussion: """
            With --json: {"tokens": [...], "logits": [...]}, one number a vocabulary entry, after the last token; with \
            --all "logits" is a list of such rows, one after each token. Without --json: the ten likeliest tokens.
            """)

    @Option(help: "A model: GGUF file or Hugging Face folder.")
    var member: String

    @Option(help: "Token ids separated by commas, exactly as the model is to read them (no BOS is added).")
    var tokens: String

    @Flag(help: "Logits after every token, not only the last.")
    var all = false

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup var compute: ComputeOptions

    func run() throws {
        try Failure.require(member, as: "member")
        let ids = try tokens.split(separator: ",").map { part in
            guard let id = Int(part.trimmingCharacters(in: .whitespaces)), id >= 0, id <= Int(Int32.max) else {
                throw Failure.usage("--tokens: found \"\(part)\", expected token ids such as 1,2,3")
            }
            return id
        }
        guard !ids.isEmpty else { throw Failure.usage("--tokens: found none, expected token ids such as 1,2,3") }

        let checkpoint = try Checkpoint.open(member, check: compute.tensorCheck, cache: compute.cacheTypes)
        let session = checkpoint.model.makeSession(capacity: ids.count, pool: compute.makePool())
        let batch = ids.enumerated().map { position, id in
            PendingToken(
                parent: position == 0 ? .node(session.root) : .earlier(position - 1), token: TokenID(id),
                needsLogits: all || position == ids.count - 1)
        }
        let logits = try session.evaluate(batch).logits
        let width = checkpoint.model.vocabularySize
        let rows = stride(from: 0, to: logits.count, by: width).map { Array(logits[$0..<$0 + width]) }

        if json {
            // Written by hand: Float's own description is the shortest decimal that reads back to the same bits.
            let lists = rows.map { "[" + $0.map { $0.isFinite ? "\($0)" : "null" }.joined(separator: ",") + "]" }
            let value = all ? "[" + lists.joined(separator: ",") + "]" : lists.last ?? "[]"
            let tokens = ids.map(String.init).joined(separator: ",")
            StandardOutput.write("{\"tokens\":[\(tokens)],\"logits\":\(value)}\n")
        } else {
            for row in rows { printTop(row, checkpoint.tokenizer) }
        }
    }

    private func printTop(_ row: [Float], _ tokenizer: Tokenizer) {
        let top = row.indices.sorted { row[$0] > row[$1] }.prefix(10)
        for id in top {
            let text = id < tokenizer.vocabularySize ? String(decoding: tokenizer.tokenBytes[id], as: UTF8.self) : ""
            StandardOutput.write("\(id)\t\(row[id])\t\(text.debugDescription)\n")
        }
        StandardOutput.write("\n")
    }
}
