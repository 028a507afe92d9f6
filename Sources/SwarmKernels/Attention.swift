internal import CKernels

extension KeyValueCache {
    /// Queries of one head that a part has at most.
    private static let queriesOfAPart = 64
    /// Parts that each thread should find: their lengths differ.
    private static let partsOfAThread = 8
    /// Fewer for each thread, of heads that share keys and values, are divided by heads.
    private static let fewPartsOfAThread = 4
    /// Multiplications that are worth a region: some microseconds.
    private static let workOfARegion = 65_536

    /// Attention of the queries in `q` over their paths, into `output` [paths × heads · value width].
    ///
    /// - Parameters:
    ///   - paths: for each query the cache rows it sees, first to last.
    ///   - cap: soft cap of the scores; 0 for none.
    ///   - slopes: ALiBi's, one a head, in bfloat16; none for no ALiBi. Places count from the path's first row.
    package func attend(
        _ q: FloatRows, _ layout: HeadLayout, paths: PathRuns, scale: Float, cap: Float, slopes: [Float] = [],
        into output: FloatRows, pool: ThreadPool
    ) {
        precondition(
            layout.width == width && layout.end <= q.columns && output.columns == layout.count * width
                && layout.count % heads == 0 && paths.count <= q.rows && paths.count <= output.rows,
            "queries of other shapes")
        precondition(slopes.isEmpty || slopes.count == layout.count, "\(slopes.count) slopes of \(layout.count) heads")
        precondition(paths.runs.allSatisfy { Int($0.start) + Int($0.count) <= capacity }, "a path outside the cache")
        let (group, blocks) = (layout.count / heads, paths.blocks.count)
        guard blocks > 0 else { return }
        let share = blocks * heads / (pool.threadCount * Self.partsOfAThread)
        let blocksOfAPart = max(1, min(share, Self.queriesOfAPart / Int(TS_QUERIES_TOGETHER)))
        let pieces = (blocks + blocksOfAPart - 1) / blocksOfAPart
        // Heads that share keys and values find them near, one after another.
        let headsOfAPart = heads * pieces < pool.threadCount * Self.fewPartsOfAThread ? 1 : group
        let groups = layout.count / headsOfAPart
        let attention = unsafe Attention(
            firstHead: ts_head(
                width: width, key_type: keys.type, value_type: values.type, keys: keys.row(0), values: values.row(0),
                scale: scale, cap: cap, slope: 0),
            keyBytes: capacity * keys.rowBytes, valueBytes: capacity * values.rowBytes, group: group, layout: layout,
            slopes: slopes, paths: paths, blocksOfAPart: blocksOfAPart, pieces: pieces, headsOfAPart: headsOfAPart,
            groups: groups, q: q.first(paths.count), qStride: q.columns, output: output.first(paths.count),
            outputStride: output.columns)
        let work = paths.totalLength * layout.count * 2 * width
        if pool.threadCount == 1 || work < Self.workOfARegion {
            attention.run(0..<groups * pieces)
        } else {
            pool.run(attention, chunkCount: groups * pieces, atOnce: 1)
        }
    }

    /// The region of `attend`: each part reads shared inputs and writes its own heads' columns of its own queries' rows.
    @safe private struct Attention: Region {
        /// The first head with keys and values, and how many bytes behind its own the next head's are.
        nonisolated(unsafe) let firstHead: ts_head
        let keyBytes: Int
        let valueBytes: Int
        /// Heads of queries that share keys and values.
        let group: Int
        let layout: HeadLayout
        let slopes: [Float]
        let paths: PathRuns
        let blocksOfAPart: Int
        /// Parts of the same heads.
        let pieces: Int
        let headsOfAPart: Int
        /// Parts of the same queries.
        let groups: Int
        nonisolated(unsafe) let q: UnsafePointer<Float>
        let qStride: Int
        nonisolated(unsafe) let output: UnsafeMutablePointer<Float>
        let outputStride: Int

        func run(_ parts: Range<Int>) {
            let room = (paths.longest + 7) & ~7
            guard let scores = unsafe ts_scratch(Int(TS_QUERIES_TOGETHER) * room * MemoryLayout<Float>.stride) else {
                return
            }
            let memory = unsafe scores.assumingMemoryBound(to: Float.self)
            for part in parts { unsafe run(part: part, scores: memory, room: room) }
        }

        private func run(part: Int, scores: UnsafeMutablePointer<Float>, room: Int) {
            // The longest paths first, so that threads end together.
            let (number, piece) = (part % groups, pieces - 1 - part / groups)
            let heads = number * headsOfAPart..<(number + 1) * headsOfAPart
            var own = unsafe firstHead
            unsafe own.keys += heads.lowerBound / group * keyBytes
            unsafe own.values += heads.lowerBound / group * valueBytes
            unsafe paths.runs.withUnsafeBufferPointer { runs in
                for block in paths.blocks[piece * blocksOfAPart..<min(paths.blocks.count, (piece + 1) * blocksOfAPart)]
                {
                    let (first, range) = (block.lowerBound, paths.range(block.lowerBound))
                    for head in heads {
                        unsafe own.slope = slopes.isEmpty ? 0 : slopes[head]
                        unsafe ts_attention(
                            &own, q + first * qStride + layout.offset(head), qStride, block.count,
                            runs.baseAddress.map { unsafe $0 + range.lowerBound }, range.count, scores, room,
                            output + first * outputStride + head * layout.width, outputStride)
                    }
                }
            }
        }

        static var body: @convention(c) (UnsafeMutableRawPointer?, Int, Int) -> Void {
            { unsafe $0?.assumingMemoryBound(to: Self.self).pointee.run($1..<$2) }
        }
    }
}
