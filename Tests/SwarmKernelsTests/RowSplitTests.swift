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

    @Test(arguments: [[1], [576], [576, 192, 192], [40, 7, 1003], [3, 2, 1]])
    func everyRowHasOneChunk(rows: [Int]) throws {
        let matrices = try matrices(rows)
        for (columns, vectors) in [(8, 1), (576, 1), (8192, 1), (8192, 16), (8192, 512)] {
            let split = RowSplit(matrices, columns: columns, vectors: vectors)
            var found = [Int](repeating: 0, count: rows.reduce(0, +))
            for chunk in 0..<split.chunkCount {
                var size = 0
                split.forEach(in: chunk..<chunk + 1, of: matrices) { index, range, place in
                    let rows = matrices[index].rows
                    #expect(range.lowerBound % 16 == 0 && range.upperBound <= rows)
                    #expect(range.upperBound % 16 == 0 || range.upperBound == rows)
                    for row in range { found[place + row] += 1 }
                    size += range.count
                }
                #expect(size > 0)
            }
            #expect(found.allSatisfy { $0 == 1 })
        }
    }

    /// Neighbouring chunks are one range of each matrix, so that memory is read on.
    @Test func neighboursAreOneRange() throws {
        let matrices = try matrices([576, 192, 192])
        let split = RowSplit(matrices, columns: 576, vectors: 16)
        var ranges: [Range<Int>] = []
        split.forEach(in: 1..<split.chunkCount, of: matrices) { _, range, _ in ranges.append(range) }
        #expect(ranges == [16..<576, 0..<192, 0..<192])
    }

    /// What a thread may wait for another is the last chunk.
    @Test func chunksAreShort() throws {
        for rows in [[576], [896], [576, 192, 192], [1536, 1536], [4864, 4864]] {
            let (matrices, all) = (try matrices(rows), rows.reduce(0, +))
            for vectors in [1, 16, 512] {
                let split = RowSplit(matrices, columns: 896, vectors: vectors)
                #expect(split.chunkCount >= all / 48, "\(rows) in \(split.chunkCount)")
            }
        }
        // Nor is it worth less than handing it out.
        #expect(RowSplit(try matrices([64]), columns: 64, vectors: 1).chunkCount == 1)
    }
}
