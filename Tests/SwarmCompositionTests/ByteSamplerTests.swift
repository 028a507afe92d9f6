import Foundation
import SwarmComposition
import SwarmModels
import SwarmTestSupport
import Testing

/// The bundled byte-level BPE member against the reference implementation of byte-exact sampling
/// (`bench/oracles/byte_sampler_goldens.py`).
@Suite struct ByteSamplerTests {
    private struct Case: Decodable {
        var text: String
        var canonical: [Double]
        var open: [Double]
        var mass: [Double]
    }

    private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private func cases() throws -> [Case] {
        let url = Self.package.appendingPathComponent("Tests/Fixtures/byte-sampler/almanac.json")
        return try JSONDecoder().decode([Case].self, from: try Data(contentsOf: url))
    }

    /// To 1e-4 of a log-probability at every byte. The reference has two definitions, which differ where the model gives
    /// something to tokens that its tokenizer would not write there: ours counts a token that is not finished whatever
    /// comes of it, as the reference does by default (`open`); `canonical` counts tokens only that may stand there.
    ///
    /// The reference counts the end of the text twice, as a symbol and as a token that is spelled `<…`, so that its rows
    /// are those of a sum of 1 + P(end).
    @Test func bytesAreTheReferences() throws {
        let path = Self.package.appendingPathComponent("bench/zoo/members/almanac").path
        let checkpoint = try Checkpoint.open(path)
        let member = Member(name: "almanac", model: checkpoint.model, tokenizer: checkpoint.tokenizer)
        var agreeing = 0
        var differing = 0
        for golden in try cases() {
            let text = Array(golden.text.utf8)
            let scores = try ByteScorer(member: member, pool: SmallMembers.pool).score(text)
            let lattice = ByteLattice(member: member, pool: SmallMembers.pool)
            try lattice.start([])
            #expect(golden.open.count == text.count)
            for index in text.indices {
                let end = try lattice.row()?[ByteLattice.end] ?? .nan
                try lattice.push(text[index])
                let found = scores.logProbabilities[index] - log(1 + end)
                let place = "\(golden.text.prefix(12)), byte \(index)"
                if abs(golden.open[index] - golden.canonical[index]) < 1e-5 {
                    agreeing += 1
                    #expect(abs(found - golden.canonical[index]) < 1e-4, "\(place)")
                } else {
                    differing += 1
                    #expect(abs(found - golden.open[index]) < 1e-4, "\(place)")
                }
            }
        }
        #expect(agreeing > 150)
        #expect(differing > 50)
    }
}
