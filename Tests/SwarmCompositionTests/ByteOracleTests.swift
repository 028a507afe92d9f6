import Foundation
import SwarmTestSupport
import SwarmTokenizers
import Testing

/// Brute force itself: what everything about bytes is compared with.
@Suite struct ByteOracleTests {
    /// Where the model never leaves the tokenizer's paths nothing is lost: what covers x goes on with some byte or ends.
    @Test func faithfulModelsLoseNothing() throws {
        for member in try TinyMember.all(seed: 11, isFaithful: true) {
            let oracle = member.oracle
            #expect(oracle.texts.count > 20, "\(member.name)")
            for text in oracle.texts {
                let whole = text.isEmpty ? 1 : oracle.mass[text] ?? 0
                let parts = (0...255).reduce(oracle.endMass[text] ?? 0) { $0 + (oracle.mass[text + [UInt8($1)]] ?? 0) }
                #expect(abs(parts - whole) <= 1e-12 * whole, "\(member.name) after \(text): \(parts), not \(whole)")
            }
        }
    }

    /// Tokens drawn one after another and spelled out have the frequencies that brute force gives their first bytes
    /// (chi-square at 1 in 1,000, fixed seed).
    @Test func tokensSampledSpellTheSameBytes() throws {
        let count = 20_000
        for member in try TinyMember.all(seed: 5, isFaithful: true) {
            let probabilities = ByteOracle.probabilities(of: member.model, member.tokenizer)
            var draws = Draws(seed: 1)
            var rows: [[TokenID]: [Double]] = [:]
            var seen: [[UInt8]: Int] = [:]
            for _ in 0..<count {
                var path: [TokenID] = []
                // Three bytes decide; a dummy prefix may spell none.
                while ValidPaths.bytes(of: path, member.tokenizer).count < 3 && path.count < 8 {
                    let row = rows[path] ?? probabilities(path)
                    rows[path] = row
                    let token = TokenID(draws.choose(row))
                    if member.tokenizer.endTokens.contains(token) { break }
                    path.append(token)
                }
                seen[Array(ValidPaths.bytes(of: path, member.tokenizer).prefix(3)), default: 0] += 1
            }
            // Texts of three bytes by their mass, shorter ones by their end.
            var expected: [[UInt8]: Double] = [:]
            for (text, mass) in member.oracle.mass where text.count == 3 { expected[text] = mass }
            for (text, mass) in member.oracle.endMass where text.count < 3 { expected[text] = mass }
            let statistic = ChiSquare(observed: seen, expected: expected, count: count)
            #expect(statistic.isPlausible, "\(member.name): \(statistic)")
        }
    }
}
