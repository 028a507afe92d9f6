import Foundation
import SwarmFormats
import SwarmKernels
import SwarmModels
import SwarmTokenizers
import Testing

/// The bundled members against what PyTorch gives for the same files (bench/zoo).
@Suite struct ZooTests {
    static let members = ["almanac", "bestiary", "herbal", "ledger.gguf"]

    @Test(arguments: members) func equalsTheReference(member: String) throws {
        try withFloatActivations { try compare(member) }
    }

    private func compare(_ member: String) throws {
        let tests = URL(filePath: #filePath).appending(path: "../..").standardizedFileURL.path
        let checkpoint = try Checkpoint.open(tests + "/../bench/zoo/members/" + member)
        let path = tests + "/Fixtures/zoo/" + member.replacing(".gguf", with: "") + ".json"
        let file = try MappedFile(path: path)
        let golden = JSONField(try JSON(parsing: file.bytes(in: 0..<file.count), file: path), file: path)
        for prompt in try golden["prompts"].array() {
            let ids = try prompt["ids"].array().map { TokenID(try $0.int()) }
            let expected = try prompt["logits_last"].array().map { Float(try $0.double()) }
            let greedy = try prompt["greedy_ids"].array().map { TokenID(try $0.int()) }
            let session = checkpoint.model.makeSession(capacity: ids.count + greedy.count, pool: serial)
            var step = try session.evaluate(ids, after: session.root)
            var logits = step.logits.suffix(checkpoint.model.vocabularySize)
            #expect(largestDifference(Array(logits.prefix(expected.count)), expected) < 1e-4)
            var found: [TokenID] = []
            for _ in greedy {
                let best = logits.indices.max { logits[$0] < logits[$1] } ?? 0
                found.append(TokenID(best - logits.startIndex))
                guard found.count < greedy.count, let node = step.nodes.last else { break }
                step = try session.evaluate([found[found.count - 1]], after: node)
                logits = step.logits[...]
            }
            #expect(found == greedy)
        }
    }
}
