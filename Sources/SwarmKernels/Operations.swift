internal import CKernels

/// How activations are brought to one scale before a layer.
package struct Norm: Sendable {
    package enum Kind: Sendable {
        /// x / √(mean x² + ε) · w
        case rms
        /// (x − mean) / √(var + ε) · w + b
        case layer
    }

    package let kind: Kind
    /// nil: no scaling.
    package let weight: [Float]?
    /// Of a layer norm; nil: none.
    package let bias: [Float]?
    package let epsilon: Float

    package init(kind: Kind, weight: [Float]?, bias: [Float]? = nil, epsilon: Float) {
        self.kind = kind
        self.weight = weight
        self.bias = bias
        self.epsilon = epsilon
    }

    /// Norms the first `rows` rows of `x` into `y`, which may be `x`.
    package func apply(_ x: FloatRows, rows: Int, into y: FloatRows, pool: ThreadPool? = nil) {
        precondition(x.columns == y.columns && rows <= x.rows && rows <= y.rows, "norm of other shapes")
        let columns = x.columns
        nonisolated(unsafe) let (x, y) = (x, y)
        ThreadPool.forRows(rows, of: columns, pool) { row in
            unsafe apply(x.row(row), count: columns, into: y.row(row))
        }
    }

    /// Norms `groups` neighbouring pieces of `width` numbers in each of the first `rows` rows, in place: the heads of
    /// a query or key, from column `column` on.
    package func apply(heads x: FloatRows, rows: Int, layout: HeadLayout, pool: ThreadPool? = nil) {
        precondition(layout.end <= x.columns && rows <= x.rows, "norm of other shapes")
        nonisolated(unsafe) let x = x
        ThreadPool.forRows(rows, of: layout.count * layout.width, pool) { row in
            for head in 0..<layout.count {
                let place = unsafe x.row(row) + layout.offset(head)
                unsafe apply(place, count: layout.width, into: place)
            }
        }
    }

    private func apply(_ x: UnsafePointer<Float>, count: Int, into y: UnsafeMutablePointer<Float>) {
        precondition(weight == nil || weight?.count == count, "a norm of \(weight?.count ?? 0) for \(count) numbers")
        switch kind {
        case .rms: unsafe ts_rms_norm(x, weight, count, epsilon, y)
        case .layer: unsafe ts_layer_norm(x, weight, bias, count, epsilon, y)
        }
    }
}

/// Where the heads of queries, keys or values lie in a row of a projection's output.
///
/// Head h begins at `base + h / group · groupStride + h % group · width`.
package struct HeadLayout: Sendable, Equatable {
    package let count: Int
    package let width: Int
    package let base: Int
    package let group: Int
    package let groupStride: Int

    /// `count` heads side by side from `base` on.
    package init(count: Int, width: Int, base: Int = 0) {
        self.init(count: count, width: width, base: base, group: 1, groupStride: width)
    }

    package init(count: Int, width: Int, base: Int, group: Int, groupStride: Int) {
        precondition(count > 0 && width > 0 && base >= 0 && group > 0 && groupStride >= 0, "no such layout")
        self.count = count
        self.width = width
        self.base = base
        self.group = group
        self.groupStride = groupStride
    }

    package func offset(_ head: Int) -> Int { base + head / group * groupStride + head % group * width }

    /// One past the last column used.
    package var end: Int { (0..<count).reduce(0) { max($0, offset($1) + width) } }
}

/// A function applied to every number of a feed-forward layer.
package enum Activation: Sendable {
    case silu
    /// x · Φ(x), exact.
    case gelu
    /// GELU by tanh.
    case geluTanh
    case relu
    /// max(x, 0)²
    case reluSquared

    fileprivate var kernelKind: ts_activation {
        switch self {
        case .silu: TS_SILU
        case .gelu: TS_GELU
        case .geluTanh: TS_GELU_TANH
        case .relu: TS_RELU
        case .reluSquared: TS_RELU_SQUARED
        }
    }

    /// y = f(x), the first `rows` rows; `y` may be `x`.
    package func apply(_ x: FloatRows, rows: Int, into y: FloatRows, pool: ThreadPool? = nil) {
        precondition(x.columns == y.columns && rows <= x.rows && rows <= y.rows, "activation of other shapes")
        let columns = x.columns
        nonisolated(unsafe) let (x, y) = (x, y)
        ThreadPool.forRows(rows, of: 4 * columns, pool) { row in
            unsafe ts_activate(kernelKind, x.row(row), nil, columns, y.row(row))
        }
    }

    /// y = f(gate) · up, where each row of `x` holds `width` gates and then as many ups.
    package func gate(_ x: FloatRows, rows: Int, into y: FloatRows, pool: ThreadPool? = nil) {
        let width = y.columns
        precondition(x.columns == 2 * width && rows <= x.rows && rows <= y.rows, "activation of other shapes")
        nonisolated(unsafe) let (x, y) = (x, y)
        ThreadPool.forRows(rows, of: 4 * width, pool) { row in
            let source = unsafe x.row(row)
            unsafe ts_activate(kernelKind, source, source + width, width, y.row(row))
        }
    }
}

extension FloatRows {
    /// Adds the first `rows` rows of `x` to this one's.
    package func add(_ x: FloatRows, rows: Int, pool: ThreadPool? = nil) {
        precondition(x.columns == columns && rows <= x.rows && rows <= self.rows, "sum of other shapes")
        nonisolated(unsafe) let (x, y) = (x, self)
        let columns = columns
        ThreadPool.forRows(rows, of: columns, pool) { row in unsafe ts_add(x.row(row), columns, y.row(row)) }
    }

    /// Adds `values` to row `index`.
    package func add(_ values: [Float], toRow index: Int) {
        precondition(values.count == columns, "sum of other shapes")
        unsafe ts_add(values, columns, row(index))
    }

    /// Adds row `source` of `x`, times `factor`, to row `index`.
    package func add(row source: Int, of x: FloatRows, times factor: Float, toRow index: Int) {
        precondition(x.columns == columns, "sum of other shapes")
        let (from, to) = unsafe (x.row(source), row(index))
        for column in 0..<columns { unsafe to[column] += factor * from[column] }
    }

    /// Adds row `source` of `x` to row `index`.
    package func add(row source: Int, of x: FloatRows, toRow index: Int) {
        precondition(x.columns == columns, "sum of other shapes")
        unsafe ts_add(x.row(source), columns, row(index))
    }

    /// Multiplies the first `rows` rows by `factor`.
    package func scale(rows: Int, by factor: Float) {
        unsafe ts_scale(factor, rows * columns, first(rows))
    }

    /// Sets the first `rows` rows to zero.
    package func clear(rows: Int) {
        unsafe first(rows).update(repeating: 0, count: rows * columns)
    }
}

/// y = cap · tanh(y / cap) in place, in `range`.
package func softCap(_ values: inout [Float], _ range: Range<Int>, _ cap: Float) {
    precondition(values.indices.contains(range) || range.isEmpty, "places \(range) of \(values.count)")
    unsafe values.withUnsafeMutableBufferPointer { values in
        guard let base = values.baseAddress else { return }
        unsafe ts_soft_cap(cap, range.count, base + range.lowerBound)
    }
}
