import SwarmKernels
import Testing

/// Recurrent steps that are large enough for several threads.
@Suite struct RecurrenceTests {
    private let pools = [ThreadPool(threadCount: 1), ThreadPool(threadCount: 2)]
    /// A chain of two, a branch off its first, and a fresh start.
    private let steps = [
        StateStep(source: nil, target: 3), StateStep(source: 3, target: 1), StateStep(source: 3, target: 0),
        StateStep(source: nil, target: 2),
    ]

    private func numbers(_ count: Int, seed: Int) -> [Float] {
        (0..<count).map { Float(($0 &* 7919 &+ seed &* 104_729) % 1009) / 504.5 - 1 }
    }

    private func rows(_ columns: Int, seed: Int) -> FloatRows {
        let result = FloatRows(rows: 4, columns: columns)
        for row in 0..<4 { result[row: row] = numbers(columns, seed: seed + row) }
        return result
    }

    private func contents(_ rows: FloatRows) -> [[Float]] { (0..<rows.rows).map { rows[row: $0] } }

    @Test func linearAttentionOnThreads() {
        let (heads, width) = (8, 64)
        let hidden = heads * width
        let (r, k, v) = (rows(hidden, seed: 1), rows(hidden, seed: 5), rows(hidden, seed: 9))
        let (bonus, decay) = (numbers(hidden, seed: 20), numbers(hidden, seed: 21).map { abs($0) })
        let results = pools.map { pool in
            let (states, output) = (FloatRows(rows: 4, columns: hidden * width), FloatRows(rows: 4, columns: hidden))
            states.attendLinearly(
                r, k, v, bonus: bonus, decay: decay, width: width, steps: steps, column: 0, into: output, pool: pool)
            return contents(states) + contents(output)
        }
        #expect(results[0] == results[1])

        // Column 0 of head 0 for the second token of the chain: y = Σ r₁ (u k₁ v₁ + k₀ v₀).
        let expected = (0..<width).reduce(Float(0)) { sum, i in
            sum + r[row: 1][i] * (bonus[i] * k[row: 1][i] * v[row: 1][0] + k[row: 0][i] * v[row: 0][0])
        }
        #expect(abs(results[0][5][0] - expected) < 1e-4)
    }

    @Test func scansOnThreads() {
        let (channels, depth) = (640, 16)
        let (x, delta) = (rows(channels, seed: 1), rows(channels, seed: 5))
        let selection = rows(2 * depth + 3, seed: 9)
        let (decay, skip) = (numbers(channels * depth, seed: 20).map { -abs($0) }, numbers(channels, seed: 21))
        let results = pools.map { pool in
            let states = FloatRows(rows: 4, columns: channels * depth)
            let (sizes, output) = (FloatRows(rows: 4, columns: channels), FloatRows(rows: 4, columns: channels))
            sizes.copyColumns(of: delta, rows: 4)
            states.scanSelectively(
                x, delta: sizes, selection: selection, offset: 3, decay: decay, skip: skip, depth: depth,
                steps: steps, column: 0, into: output, pool: pool)
            return contents(states) + contents(output)
        }
        #expect(results[0] == results[1])
        // A fresh start sees its own input alone, whatever was in its state.
        #expect(results[0][7].allSatisfy(\.isFinite) && results[0][7] != results[0][4])
    }
}
