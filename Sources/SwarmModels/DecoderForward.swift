internal import SwarmKernels
internal import SwarmTokenizers

/// One pass of new tokens through the layers, and the memory it works in.
final class DecoderForward {
    private let model: Decoder
    private let spec: DecoderSpec
    private let pool: ThreadPool
    private let caches: [KeyValueCache]

    // Working memory, one row a token.
    private let residual: FloatRows
    private let normed: FloatRows
    private let projected: FloatRows
    private let attended: FloatRows
    private let delta: FloatRows
    private let position: FloatRows
    private let feedForward: FeedForwardScratch
    private let angles: [FloatRows]
    /// ALiBi's, one a head; none without it.
    private let slopes: [Float]

    private let queries: HeadLayout
    private let keys: HeadLayout
    private let values: HeadLayout
    /// The different windows of the layers, and which of them each layer uses.
    private let windows: [Int?]
    private let windowOfLayer: [Int]
    private var paths: [PathRuns]
    private var runs: [RowRun] = []
    private var cacheRows: [Int] = []
    private var wanted: [Int] = []

    /// Tokens that go through the layers together: bounds the working memory of long prompts.
    let chunk: Int

    /// Bytes of working memory at most, as long as one token needs less.
    private static let workingMemory = 64 << 20

    init(_ model: Decoder, caches: [KeyValueCache], capacity: Int, pool: ThreadPool) {
        self.model = model
        let spec = model.spec
        let rowBytes = MemoryLayout<Float>.stride * Self.numbersOfAToken(spec)
        let rows = min(capacity, 256, max(1, Self.workingMemory / rowBytes))
        chunk = rows
        self.spec = spec
        self.pool = pool
        self.caches = caches
        let (width, heads, groups) = (spec.headWidth, spec.heads, spec.keyValueHeads)
        residual = FloatRows(rows: rows, columns: spec.hiddenSize)
        normed = FloatRows(rows: rows, columns: spec.hiddenSize)
        delta = FloatRows(rows: rows, columns: spec.hiddenSize)
        position = FloatRows(rows: 1, columns: spec.hiddenSize)
        projected = FloatRows(rows: rows, columns: (heads + 2 * groups) * width)
        attended = FloatRows(rows: rows, columns: heads * width)
        feedForward = FeedForwardScratch(spec, rows: rows)
        slopes = spec.hasALiBi ? alibiSlopes(heads: heads) : []
        angles = spec.rotaries.map { FloatRows(rows: rows, columns: $0.width) }
        switch spec.projection {
        case .separate, .fused:
            queries = HeadLayout(count: heads, width: width)
            keys = HeadLayout(count: groups, width: width, base: heads * width)
            values = HeadLayout(count: groups, width: width, base: (heads + groups) * width)
        case .fusedByGroup:
            let group = heads / groups
            let stride = (group + 2) * width
            queries = HeadLayout(count: heads, width: width, base: 0, group: group, groupStride: stride)
            keys = HeadLayout(count: groups, width: width, base: group * width, group: 1, groupStride: stride)
            values = HeadLayout(count: groups, width: width, base: (group + 1) * width, group: 1, groupStride: stride)
        }
        var windows: [Int?] = []
        windowOfLayer = spec.attention.map { layer in
            if let known = windows.firstIndex(of: layer.window) { return known }
            windows.append(layer.window)
            return windows.count - 1
        }
        self.windows = windows
        paths = windows.map { _ in PathRuns() }
    }

    /// Numbers of working memory that each token of a pass needs.
    private static func numbersOfAToken(_ spec: DecoderSpec) -> Int {
        let inner = 3 * (spec.experts?.size ?? spec.feedForwardSize)
        let experts = spec.experts.map { $0.count + 2 * spec.hiddenSize } ?? 0
        return 3 * spec.hiddenSize + 2 * (spec.heads + spec.keyValueHeads) * spec.headWidth + inner + experts
    }

    /// Runs `batch`, whose tokens lie in the rows of `nodes`, and writes the logits asked for to row `first` of
    /// `logits` and on.
    /// - Returns: how many rows of logits there are.
    func run(
        _ batch: ArraySlice<PendingToken>, nodes: ArraySlice<ContextNode>, tree: RowTree, logits: inout [Float],
        from first: Int
    ) -> Int {
        prepare(batch, nodes, tree)
        var rows = batch.count
        for number in 0..<spec.layers {
            rows = layer(number, rows: rows, isLast: number == spec.layers - 1)
            if rows == 0 { return 0 }
        }
        model.weights.finalNorm.apply(residual, rows: rows, into: normed, pool: pool)
        let size = spec.vocabularySize
        model.weights.head.multiply(normed, rows: rows, into: &logits, offset: first * size, pool: pool)
        for row in first..<first + rows {
            if spec.logitCap > 0 { softCap(&logits, row * size..<(row + 1) * size, spec.logitCap) }
            if model.meaningfulLogits < size {
                for index in row * size + model.meaningfulLogits..<(row + 1) * size { logits[index] = -.infinity }
            }
        }
        return rows
    }

    /// Embeddings, angles and paths of the new tokens.
    private func prepare(_ batch: ArraySlice<PendingToken>, _ nodes: ArraySlice<ContextNode>, _ tree: RowTree) {
        cacheRows.removeAll(keepingCapacity: true)
        wanted.removeAll(keepingCapacity: true)
        for index in paths.indices { paths[index].removeAll() }
        for (index, (element, node)) in zip(batch, nodes).enumerated() {
            let row = Int(node.index)
            let place = tree.depth(row) - 1
            cacheRows.append(row)
            if element.needsLogits { wanted.append(index) }
            model.weights.embedding.copyRow(element.token.index, to: residual, row: index)
            if let positions = model.weights.positions {
                positions.copyRow(place, to: position, row: 0)
                residual.add(row: 0, of: position, toRow: index)
            }
            for (rotary, angles) in zip(spec.rotaries, angles) {
                rotary.prepare(position: place, into: angles, row: index)
            }
            tree.path(to: row, into: &runs)
            for (number, window) in windows.enumerated() {
                paths[number].append(backwards: runs, window: window ?? .max)
            }
        }
        if spec.embeddingScale != 1 { residual.scale(rows: batch.count, by: spec.embeddingScale) }
    }

    /// One layer over the first `rows` rows.
    /// - Returns: the rows that go on: after the last layer's keys and values are stored, only those whose logits are
    ///   wanted, moved to the front.
    private func layer(_ number: Int, rows: Int, isLast: Bool) -> Int {
        let layer = model.weights.layers[number]
        let attention = spec.attention[number]
        var rows = rows
        layer.attentionNorm?.apply(residual, rows: rows, into: normed, pool: pool)
        let input = layer.attentionNorm == nil ? residual : normed
        LinearWeights.multiply(layer.projections, input, rows: rows, into: projected, pool: pool)
        normHeads(layer, rows: rows)
        if let rotary = attention.rotary {
            let (turn, angles) = (spec.rotaries[rotary], angles[rotary])
            turn.apply(projected, rows: rows, layout: queries, angles: angles, pool: pool)
            turn.apply(projected, rows: rows, layout: keys, angles: angles, pool: pool)
        }
        caches[number].store(projected, keys, projected, values, rows: cacheRows, pool: pool)

        var paths = paths[windowOfLayer[number]]
        if isLast, wanted.count < rows {
            rows = wanted.count
            if rows == 0 { return 0 }
            paths.keep(wanted)
            for (target, source) in wanted.enumerated() where target != source {
                residual.copyRow(source, of: residual, to: target)
                normed.copyRow(source, of: normed, to: target)
                projected.copyRow(source, of: projected, to: target)
            }
        }
        caches[number].attend(
            projected, queries, paths: paths, scale: spec.attentionScale, cap: spec.attentionCap, slopes: slopes,
            into: attended, pool: pool)
        layer.attentionOutput.multiply(attended, rows: rows, into: delta, pool: pool)
        layer.attentionOutputNorm?.apply(delta, rows: rows, into: delta, pool: pool)

        switch spec.parallel {
        case .no:
            residual.add(delta, rows: rows, pool: pool)
            layer.feedForwardNorm?.apply(residual, rows: rows, into: normed, pool: pool)
            feed(layer, layer.feedForwardNorm == nil ? residual : normed, rows: rows)
        case .oneNorm:
            residual.add(delta, rows: rows, pool: pool)
            feed(layer, input, rows: rows)
        case .twoNorms:
            // The feed-forward layer reads the residual as attention did.
            layer.feedForwardNorm?.apply(residual, rows: rows, into: normed, pool: pool)
            residual.add(delta, rows: rows, pool: pool)
            feed(layer, normed, rows: rows)
        }
        return rows
    }

    private func feed(_ layer: DecoderWeights.Layer, _ input: FloatRows, rows: Int) {
        layer.feedForward.apply(input, rows: rows, into: delta, scratch: feedForward, pool: pool)
        layer.feedForwardOutputNorm?.apply(delta, rows: rows, into: delta, pool: pool)
        residual.add(delta, rows: rows, pool: pool)
    }

    private func normHeads(_ layer: DecoderWeights.Layer, rows: Int) {
        guard let queryNorm = layer.queryNorms.first, let keyNorm = layer.keyNorms.first else { return }
        let (width, heads, groups) = (spec.headWidth, spec.heads, spec.keyValueHeads)
        switch spec.queryKeyNorm {
        case .none: return
        case .perHead:
            queryNorm.apply(heads: projected, rows: rows, layout: queries, pool: pool)
            keyNorm.apply(heads: projected, rows: rows, layout: keys, pool: pool)
        case .whole:
            queryNorm.apply(
                heads: projected, rows: rows, layout: HeadLayout(count: 1, width: heads * width), pool: pool)
            keyNorm.apply(
                heads: projected, rows: rows, layout: HeadLayout(count: 1, width: groups * width, base: heads * width),
                pool: pool)
        case .eachHead:
            for (head, norm) in (layer.queryNorms + layer.keyNorms).enumerated() {
                norm.apply(
                    heads: projected, rows: rows, layout: HeadLayout(count: 1, width: width, base: head * width),
                    pool: pool)
            }
        }
    }
}
