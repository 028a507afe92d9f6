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
            settings: LatticeSettings(leastShare: 0, mostPaths: 100_000))
    }

    /// The largest difference of two distributions.
    private func difference(_ a: [Double], _ b: [Double]) -> Double {
        a.count == b.count ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
    }

    /// Where the model keeps to its tokenizer's paths, a missing or a surplus way to continue shows at once.
    @Test func everyKindIsItsBruteForce() throws {
        for tiny in try TinyMember.all(seed: 21, isFaithful: true) {
            let lattice = lattice(tiny)
            var worst = 0.0
            var place = ""
            var count = 0
            for text in tiny.oracle.texts {
                let expected = try #require(tiny.oracle.distribution(after: text))
                // Byte by byte, and begun with the text.
                try lattice.start([])
                try lattice.push(text)
                let pushed = try lattice.row() ?? []
                try lattice.start(text)
                let started = try lattice.row() ?? []
                // Of a text begun with, words that are over are the tokenizer's own.
                // This tokenizer reads a space at the beginning as the one that it would put there.
                let begun =
                    tiny.kind.countsAll
                    ? text.first == 0x20 ? started : try #require(tiny.distribution(beginning: text)) : expected
                if difference(pushed, expected) > 1e-7 || difference(started, begun) > 1e-7 { count += 1 }
                for (row, truth) in [(pushed, expected), (started, begun)] where difference(row, truth) > worst {
                    worst = difference(row, truth)
                    place =
                        "\(row == pushed ? "pushed" : "started") \(String(decoding: text, as: UTF8.self).debugDescription)"
                }
            }
            #expect(worst < 1e-7, "\(tiny.name), \(place), \(count) of \(tiny.oracle.texts.count)")
            #expect(lattice.statistics.restarts == 0, "\(tiny.name)")
        }
    }

    /// Light segmentations that are left out are accounted for: what all texts of some bytes have, against brute force.
    @Test(arguments: [(0.2, 16), (0.05, 16), (0, 2)]) func whatIsLeftOutIsAccountedFor(least: Double, most: Int) throws
    {
        let kind = try #require(try TinyKind.all.get().first { $0.countsAll })
        let tiny = TinyMember(kind, seed: 33, isFaithful: true, spread: 1)
        let lattice = ByteLattice(
            member: Member(name: tiny.name, model: tiny.model, tokenizer: tiny.tokenizer), pool: SmallMembers.pool,
            settings: LatticeSettings(leastShare: least, mostPaths: most))
        try lattice.start([])
        var distance = 0.0
        var bound = 0.0
        var evaluated = 0
        func visit(_ text: [UInt8], exact: Double, found: Double, dropped: Double) throws {
            let expected = tiny.oracle.distribution(after: text)
            guard text.count < 5, let expected else {
                distance += abs(exact - found) / 2
                bound += found * (lattice.state.prunedShare + dropped)
                return
            }
            let row = try #require(try lattice.row())
            let bounds = try #require(try lattice.bounds())
            let state = lattice.state
            evaluated += 1
            for symbol in row.indices where row[symbol] > 0 || expected[symbol] > 0 {
                let (exact, found) = (exact * expected[symbol], found * row[symbol])
                guard symbol < 256, row[symbol] > 0 else {
                    distance += abs(exact - found) / 2
                    bound += found * (state.prunedShare + dropped + bounds.dropped)
                    continue
                }
                lattice.state = state
                try lattice.push(UInt8(symbol))
                try visit(text + [UInt8(symbol)], exact: exact, found: found, dropped: dropped + bounds.dropped)
            }
        }
        try visit([], exact: 1, found: 1, dropped: 0)
        #expect(distance > 1e-6, "nothing was left out")
        #expect(distance <= bound + 1e-9 && bound < 1, "\(distance), \(bound)")
        #expect(evaluated > 50)
    }

    /// However little the tokenizer's own path weighs, it stays.
    @Test func theTokenizersOwnPathStays() throws {
        let kind = try #require(try TinyKind.all.get().first { $0.countsAll })
        let tiny = TinyMember(kind, seed: 3, isFaithful: false, spread: 12, needsOracle: false)
        let lattice = ByteLattice(
            member: Member(name: tiny.name, model: tiny.model, tokenizer: tiny.tokenizer), pool: SmallMembers.pool,
            settings: LatticeSettings(leastShare: 1, mostPaths: 1))
        try lattice.start([])
        for byte in "ab aab b abab aa".utf8 {
            try lattice.push(byte)
            #expect(lattice.state.hasOwnPath)
        }
        #expect(lattice.statistics.restarts == 0)
        #expect(lattice.state.prunedShare > 0)
    }
}
