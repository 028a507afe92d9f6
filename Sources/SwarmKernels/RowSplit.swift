/// How the rows of matrices that are multiplied in one region are dealt out to threads: in small chunks of about the same
/// work, whatever matrices they belong to, of which a thread takes many neighbours at a time.
package struct RowSplit: Sendable {
    /// Rows that begin together: the kernels' longest stride.
    private let group: Int
    /// Groups of a chunk, and of all matrices.
    private let chunkGroups: Int
    private let groups: Int

    /// Multiplications that are worth a chunk, a microsecond or two: the last one taken is what a thread may wait for.
    private static let chunkWork = 32_768

    /// - Parameters:
    ///   - matrices: of `columns` columns each.
    ///   - vectors: that they are multiplied by.
    package init(_ matrices: some Collection<LinearWeights>, columns: Int, vectors: Int) {
        let group = vectors < 64 ? 16 : 32
        (self.group, groups) = (group, matrices.reduce(0) { $0 + ($1.rows + group - 1) / group })
        let work = group * columns * vectors
        chunkGroups = max(1, (Self.chunkWork + work - 1) / work)
    }

    package var chunkCount: Int { (groups + chunkGroups - 1) / chunkGroups }

    /// Calls `body` with the indices of the matrices that chunks `chunks` have rows of, their range, and the place of the
    /// matrix's first row among all matrices' rows.
    package func forEach<Matrices: Collection<LinearWeights>>(
        in chunks: Range<Int>, of matrices: Matrices,
        _ body: (_ index: Matrices.Index, _ range: Range<Int>, _ place: Int) -> Void
    ) {
        let wanted = chunks.lowerBound * chunkGroups..<min(groups, chunks.upperBound * chunkGroups)
        var (first, place) = (0, 0)
        for index in matrices.indices {
            let rows = matrices[index].rows
            let own = (rows + group - 1) / group
            let part = wanted.clamped(to: first..<first + own)
            if !part.isEmpty {
                body(index, (part.lowerBound - first) * group..<min(rows, (part.upperBound - first) * group), place)
            }
            first += own
            place += rows
        }
    }
}
