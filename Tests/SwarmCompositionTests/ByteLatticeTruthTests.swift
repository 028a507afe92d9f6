import Foundation
import SwarmComposition
import SwarmTestSupport
import SwarmTokenizers
import Testing

/// The byte lattice against brute force over every path of tiny vocabularies.
@Suite struct ByteLatticeTruthTests {
    private func lattice(_ tiny: TinyMember) -> ByteLattice {
        ByteLattice(
            member: Member(name: tiny.name, model: tiny.model, tokenizer: tiny.tokenizer), pool: SmallMembers.pool,
            settings: LatticeSettings(leastShare: 0))
    }

    /// The largest difference of two distributions.
    private func difference(_ a: [Double], _ b: [Double]) -> Double {
        a.count == b.count ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
    }

    /// Where the model keeps to its tokenizer's paths, a missing or a surplus way to continue shows at once.
    @Test func everyKindIsItsBruteForce() throws {
        // A Unigram lattice drops the segmentations of words that are over: it is not the sum over all paths.
        for tiny in try TinyMember.all(seed: 21, isFaithful: true) where !tiny.kind.countsAll {
            let lattice = lattice(tiny)
            var worst = 0.0
            var place = ""
            var count = 0
            for text in tiny.oracle.texts {
                let expected = try #require(tiny.oracle.distribution(after: text))
                // Byte by byte, and begun with the text.
                lattice.start([])
                lattice.push(text)
                let pushed = try lattice.row() ?? []
                lattice.start(text)
                let started = try lattice.row() ?? []
                if difference(pushed, expected) > 1e-7 || difference(started, expected) > 1e-7 { count += 1 }
                for row in [pushed, started] where difference(row, expected) > worst {
                    worst = difference(row, expected)
                    place =
                        "\(row == pushed ? "pushed" : "started") \(String(decoding: text, as: UTF8.self).debugDescription)"
                }
            }
            #expect(worst < 1e-7, "\(tiny.name), \(place), \(count) of \(tiny.oracle.texts.count)")
            #expect(lattice.statistics.restarts == 0, "\(tiny.name)")
        }
    }
}
