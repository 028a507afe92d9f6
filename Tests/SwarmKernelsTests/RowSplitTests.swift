import SwarmKernels
import Testing

@Suite struct RowSplitTests {
    private func matrices(_ rows: [Int]) throws -> [LinearWeights] {
        try rows.map { rows in
            try #require(
                LinearWeights(
                    WeightStorage(copying: [UInt8](repeating: 0, count: 4 * rows * 8)), type: .f32, rows: rows,
                    columns: 8))
        }
    }

    @Test(arguments: [[1], [576], [576, 192, 192], [40, 7, 1003], [3, 2, 1]], [1, 2, 3, 8])
    func everyRowHasOneChunk(rows: [Int], threads: Int) throws {
        let matrices = try matrices(rows)
        for (columns, vectors) in [(8, 1), (576, 1), (8192, 1), (8192, 16), (8192, 512)] {
            let split = RowSplit(matrices, columns: columns, vectors: vectors, threads: threads)
            var found = [Int](repeating: 0, count: rows.reduce(0, +))
            var sizes: [Int] = []
            for chunk in 0..<split.chunkCount {
                var size = 0
                split.forEach(in: chunk, of: matrices) { matrix, range, place in
                    #expect(range.lowerBound % 16 == 0 && range.upperBound <= matrix.rows)
                    for row in 0..<range.count { found[place + row] += 1 }
                    size += range.count
                }
                sizes.append(size)
            }
            #expect(found.allSatisfy { $0 == 1 })
            #expect(sizes.allSatisfy { $0 > 0 })
            if threads == 1 { #expect(sizes.count == 1) }
        }
    }

    /// 576 rows were eight chunks of at most 80 once, which gave one of two threads 320 of them.
    @Test func threadsHaveTheSame() throws {
        for rows in [[576], [896], [576, 192, 192], [1536, 1536], [4864, 4864]] {
            let (matrices, all) = (try matrices(rows), rows.reduce(0, +))
            for vectors in [1, 16, 512] {
                let split = RowSplit(matrices, columns: 896, vectors: vectors, threads: 2)
                var shares = [0, 0]
                for chunk in 0..<split.chunkCount {
                    split.forEach(in: chunk, of: matrices) { _, range, _ in shares[chunk % 2] += range.count }
                }
                #expect(shares[0] + shares[1] == all && abs(shares[0] - shares[1]) <= 32, "\(rows): \(shares)")
            }
        }
    }
}
