/// How the rows of matrices that are multiplied in one region are dealt out to threads: in chunks of about the same work,
/// whatever matrices they belong to.
package struct RowSplit: Sendable {
    /// Rows that begin together: the kernels' longest stride.
    private let group: Int
    /// Groups of a chunk, and of all matrices.
    private let chunkGroups: Int
    private let groups: Int

    /// Multiplications that are worth a chunk, some 5 µs: below it, waiting for another thread costs more than it saves.
    private static let chunkWork = 131_072

    /// - Parameters:
    ///   - matrices: of `columns` columns each.
    ///   - vectors: that they are multiplied by.
    package init(_ matrices: some Collection<LinearWeights>, columns: Int, vectors: Int, threads: Int) {
        let group = vectors < 64 ? 16 : 32
        let groups = matrices.reduce(0) { $0 + ($1.rows + group - 1) / group }
        // One vector reads memory in long streams; more of them gain from finer chunks when a thread is held up.
        let most = threads == 1 ? 1 : threads * (vectors == 1 ? 4 : 16)
        let wanted = min(most, groups, groups * group * columns * vectors / Self.chunkWork)
        var best = (size: max(1, groups), longest: groups)
        if wanted > 1 {
            for count in 2...wanted {
                let size = (groups + count - 1) / count
                let chunks = (groups + size - 1) / size
                let longest = (chunks + threads - 1) / threads * size
                if longest <= best.longest { best = (size, longest) }
            }
        }
        (self.group, self.groups, chunkGroups) = (group, groups, best.size)
    }

    package var chunkCount: Int { (groups + chunkGroups - 1) / chunkGroups }

    /// Calls `body` with the matrices that chunk `chunk` has rows of, their range, and the place of the first of them among
    /// all matrices' rows.
    package func forEach(
        in chunk: Int, of matrices: some Collection<LinearWeights>,
        _ body: (_ matrix: LinearWeights, _ range: Range<Int>, _ place: Int) -> Void
    ) {
        let wanted = chunk * chunkGroups..<min(groups, (chunk + 1) * chunkGroups)
        var (first, place) = (0, 0)
        for matrix in matrices {
            let own = (matrix.rows + group - 1) / group
            let part = wanted.clamped(to: first..<first + own)
            if !part.isEmpty {
                let range = (part.lowerBound - first) * group..<min(matrix.rows, (part.upperBound - first) * group)
                body(matrix, range, place + range.lowerBound)
            }
            first += own
            place += matrix.rows
        }
    }
}
