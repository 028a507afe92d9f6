import Foundation
import SwarmComposition
import SwarmKernels
import SwarmModels
import SwarmTestSupport
import SwarmTokenizers
import Testing

@Suite struct ByteLatticeTests {
    private static let texts = [
        "the cat sat on the mat", "Tom liked the sea and  the sun.\n\n", "a small café — 20 € 🌊", "there was\n a dog",
    ]

    private func lattice(_ member: Member, _ settings: LatticeSettings = LatticeSettings()) -> ByteLattice {
        ByteLattice(member: member, pool: SmallMembers.pool, settings: settings)
    }

    @Test func everyRowIsADistribution() throws {
        for member in try SmallMembers.all() {
            for text in Self.texts {
                let lattice = lattice(member)
                try lattice.start([])
                for byte in text.utf8 {
                    let row = try #require(try lattice.row())
                    #expect(abs(row.reduce(0, +) - 1) < 1e-12, "\(member.name), \(text)")
                    #expect(row.allSatisfy { $0 >= 0 })
                    try lattice.push(byte)
                }
            }
        }
    }

    /// Σ over covers, enumerated: the reading of every beginning, and every token that goes on it.
    private func coverMass(
        _ member: Member, _ text: [UInt8], _ paths: inout [[TokenID]: [Double]], isSpelled: Bool
    ) throws -> Double {
        let tokenizer = member.tokenizer
        let words = tokenizer.wordEnds(of: text).dropLast()
        let start = tokenizer.startToken.map { [$0] } ?? []
        func probabilities(_ ids: [TokenID]) throws -> [Double] {
            if let known = paths[ids] { return known }
            let session = member.model.makeSession(capacity: 64, pool: SmallMembers.pool)
            let batch = (start + ids).enumerated().map { index, id in
                PendingToken(
                    parent: index == 0 ? .node(session.root) : .earlier(index - 1), token: id,
                    needsLogits: index == start.count + ids.count - 1)
            }
            var row = try session.evaluate(batch).logits.map { exp(Double($0)) }
            for (id, role) in tokenizer.roles.enumerated() where role != .text && role != .byte {
                if !tokenizer.endTokens.contains(TokenID(id)) { row[id] = 0 }
            }
            let sum = row.reduce(0, +)
            paths[ids] = row.map { $0 / sum }
            return row.map { $0 / sum }
        }
        // A virtual space stands before texts of tokenizers that put one there.
        let lead: [UInt8] = tokenizer.addsPrefixSpace ? [0x20] : []
        var sum = 0.0
        for cut in 0..<text.count {
            let ids = tokenizer.encode(Array(text[..<cut]), addSpecial: false, parseSpecial: false).ids
            guard words.allSatisfy({ $0 <= cut }) || cut == text.count else { continue }
            let rest = (cut == 0 ? lead : []) + text[cut...]
            var mass = 1.0
            for index in ids.indices { mass *= try probabilities(Array(ids[..<index]))[ids[index].index] }
            let row = try probabilities(ids)
            let canonical = tokenizer.encode(text, addSpecial: false, parseSpecial: false).ids
            for (id, bytes) in tokenizer.tokenBytes.enumerated() where bytes.starts(with: rest) {
                guard tokenizer.roles[id] == .text || tokenizer.roles[id] == .byte else { continue }
                if bytes.count == rest.count && isSpelled && canonical != ids + [TokenID(id)] { continue }
                sum += mass * row[id]
            }
        }
        return sum
    }

    @Test func conditionalsAreRatiosOfCovers() throws {
        let members = [SmallMembers.bytes(), try SmallMembers.byteLevel(), try SmallMembers.sentencePiece()]
        for member in members {
            let lattice = lattice(member)
            let text = Array("the cat sat there".utf8)
            var paths: [[TokenID]: [Double]] = [:]
            try lattice.start([])
            for (index, byte) in text.enumerated() {
                let row = try #require(try lattice.row())
                if index > 0 {
                    let above = try coverMass(member, Array(text[..<index]), &paths, isSpelled: true)
                    for next in [byte, 0x20, 0x65, 0x61] {
                        let below = try coverMass(member, Array(text[..<index]) + [next], &paths, isSpelled: false)
                        #expect(
                            abs(row[Int(next)] - below / above) < 1e-7,
                            "\(member.name) at \(index), \(next): \(row[Int(next)]), \(below / above)")
                    }
                }
                try lattice.push(byte)
            }
        }
    }

    @Test func boundsCloseOnTheRowAndNeverCross() throws {
        for member in try SmallMembers.all() {
            let text = Array("the dog liked the".utf8)
            let exact = lattice(member)
            let lazy = lattice(member)
            try exact.start([])
            try lazy.start([])
            for byte in text {
                let row = try #require(try exact.row())
                var steps = 0
                while true {
                    if let bounds = try lazy.bounds() {
                        for symbol in row.indices {
                            #expect(bounds.low[symbol] <= row[symbol] + 1e-12)
                            #expect(bounds.high(symbol) >= row[symbol] - 1e-12)
                        }
                        if bounds.pending == 0 { break }
                    }
                    try lazy.resolve(1)
                    steps += 1
                    if steps > 200 { break }
                }
                #expect(steps < 200)
                try exact.push(byte)
                try lazy.push(byte)
            }
        }
    }

    @Test func rollingBackIsAFreshStart() throws {
        for member in try SmallMembers.all() {
            let lattice = lattice(member)
            try lattice.start(Array("the cat".utf8))
            let state = lattice.state
            let row = try lattice.row()
            try lattice.push(" sat on the log.\nTom".utf8)
            _ = try lattice.row()
            lattice.state = state
            #expect(try lattice.row() == row)
            try lattice.push(" sea".utf8)
            let fresh = self.lattice(member)
            try fresh.start(Array("the cat".utf8))
            try fresh.push(" sea".utf8)
            #expect(try fresh.row() == lattice.row())
        }
    }

    @Test func aPromptIsReadAsIfPushed() throws {
        for member in try SmallMembers.all() {
            for text in Self.texts {
                let bytes = Array(text.utf8)
                for cut in [bytes.count / 2, bytes.count - 1, bytes.count] {
                    let pushed = lattice(member)
                    try pushed.start([])
                    try pushed.push(bytes[..<cut])
                    let started = lattice(member)
                    try started.start(Array(bytes[..<cut]))
                    let (a, b) = (try #require(try pushed.row()), try #require(try started.row()))
                    for symbol in a.indices {
                        #expect(abs(a[symbol] - b[symbol]) < 1e-6, "\(member.name), \(text.prefix(cut)), \(symbol)")
                    }
                }
            }
        }
    }
}
