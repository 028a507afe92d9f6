import SwarmKernels
import Testing

/// The working memory of forward passes.
@Suite struct FloatRowsTests {
    /// Little is the allocator's memory, much the system's.
    @Test(arguments: [(1, 1), (3, 100), (64, 1000)]) func beginsAsZeros(rows: Int, columns: Int) {
        for _ in 0..<4 {
            // What is freed at the end of a round is handed out again in the next one.
            let matrix = FloatRows(rows: rows, columns: columns)
            for row in 0..<rows {
                #expect(matrix[row: row].allSatisfy { $0 == 0 })
                matrix[row: row] = [Float](repeating: 1, count: columns)
            }
        }
    }

    @Test func tooManyNumbersAreNoMemory() {
        #expect(FloatRows(trying: .max, columns: 2) == nil)
        #expect(FloatRows(trying: .max / 8, columns: 4) == nil)
        #expect(FloatRows(trying: 1 << 40, columns: 1 << 10) == nil)
        #expect(KeyValueCache(heads: 1 << 20, capacity: 1 << 30, width: 64) == nil)
    }
}
