import SwarmComposition
import SwarmEvaluation
import SwarmKernels
import SwarmOptimizers
import Testing

@Suite struct TraceTests {
    private let trace = Trace(
        key: "key", temperatures: [0.5, 2],
        scores: [
            [
                TokenScores(
                    ends: [1, 4], logProbabilities: [-0.5, -.infinity], entropies: [1, 2],
                    logPartitions: [-1, 1, -2, 3])
            ],
            [
                TokenScores(ends: [2], logProbabilities: [-3], entropies: [0], logPartitions: [0, 0.5]),
                TokenScores(
                    ends: [0, 9], logProbabilities: [-1, -2], entropies: [3, 4], logPartitions: [-4, 5, -6, 7]),
            ],
        ])

    @Test func narrowsToTheTemperaturesWanted() throws {
        let narrowed = try #require(trace.narrowed(to: [2]))
        #expect(narrowed.temperatures == [2])
        #expect(narrowed.scores.flatMap { $0.map(\.logPartitions) } == [[1, 3], [0.5], [5, 7]])
        #expect(trace.narrowed(to: [0.5, 2]) == trace)
        #expect(trace.narrowed(to: [])?.scores[0][0].entropies == [1, 2])
        #expect(trace.narrowed(to: [0.5, 4]) == nil)
    }

    @Test func readsWhatItWrote() throws {
        #expect(try Trace(decoding: trace.encoded, path: "f") == trace)
        // With a row of 257 a byte.
        let rows = (0..<2 * ByteLattice.symbolCount).map { Float(-$0) }
        let bytes = TokenScores(
            ends: [1, 2], logProbabilities: [-1, -2], entropies: [3, 4], rows: rows)
        let whole = Trace(key: "rows", scores: [[bytes]])
        let read = try Trace(decoding: whole.encoded, path: "f")
        #expect(read == whole)
        #expect(read.scores[0][0].rows.count == 2 * ByteLattice.symbolCount)
        var short = bytes
        short.rows.removeLast(ByteLattice.symbolCount)
        #expect(throws: EvaluationError.self) {
            try Trace(decoding: Trace(key: "rows", scores: [[short]]).encoded, path: "f")
        }
        let empty = Trace(key: "", scores: [])
        #expect(try Trace(decoding: empty.encoded, path: "f") == empty)
    }

    @Test func everyTruncationIsAnError() {
        let bytes = trace.encoded
        for length in bytes.indices {
            #expect(throws: EvaluationError.self) { try Trace(decoding: Array(bytes[..<length]), path: "f") }
        }
        #expect(throws: EvaluationError.self) { try Trace(decoding: bytes + [0], path: "f") }
    }

    @Test func everyFlippedBitIsAnError() {
        let bytes = trace.encoded
        for index in bytes.indices {
            var mutated = bytes
            mutated[index] ^= 1 << UInt8(index % 8)
            #expect(throws: EvaluationError.self) { try Trace(decoding: mutated, path: "f") }
        }
    }

    /// Hostile content under a right checksum must not trap or allocate what the file does not hold.
    @Test func hostileCountsAreErrors() {
        let content = Array(trace.encoded.dropLast(32))
        var errors = 0
        for index in 0..<3_000 {
            var random = CounterRandom(seed: 1, stream: .user, iteration: index)
            var mutated = content
            for _ in 0...random.index(below: 4) {
                mutated[random.index(below: mutated.count)] =
                    [0, 0x7F, 0xFF, UInt8(index % 256)][random.index(below: 4)]
            }
            var hash = SHA256()
            hash.update(mutated)
            do {
                _ = try Trace(decoding: mutated + hash.finalize(), path: "f")
            } catch { errors += 1 }
        }
        #expect(errors > 500)
    }
}
