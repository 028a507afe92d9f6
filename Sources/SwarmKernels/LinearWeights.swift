internal import CKernels

/// A weight matrix [rows × columns] in its stored type, with an optional bias [rows]. y = W x + b.
///
/// It points into its file and is never expanded whole: rows are turned into floats as they are used. Precision is its
/// affair alone; no architecture knows of it. Rows of 16 bits in a file are packed once generation reads them (`PackedRows`).
@safe package struct LinearWeights: Sendable {
    package let rows: Int
    package let columns: Int
    package let type: ElementType
    package var bias: [Float]?
    private let rowBytes: Int
    private let kernelType: ts_type
    /// Keeps the memory behind `base` alive: a mapped file or an array of its own.
    private let owner: WeightStorage
    /// Where the type can be packed; shared by copies of this value.
    private let packed: PackedRows?
    /// The first byte in the owner's memory, and the first row: read-only for the owner's life.
    private let offset: Int
    nonisolated(unsafe) private let base: UnsafeRawPointer

    /// The matrix whose first row begins at byte `offset` of `storage`.
    ///
    /// Nil where the kernels do not read the type, a row is not a whole number of blocks, or the matrix reaches outside
    /// the storage.
    package init?(
        _ storage: WeightStorage, offset: Int = 0, type: ElementType, rows: Int, columns: Int, bias: [Float]? = nil
    ) {
        guard let kernelType = type.kernelType, let rowBytes = type.rowBytes(columns), rows >= 0, columns > 0,
            offset >= 0
        else { return nil }
        let (bytes, tooMany) = rows.multipliedReportingOverflow(by: rowBytes)
        let (end, tooFar) = offset.addingReportingOverflow(bytes)
        guard !tooMany, !tooFar, end <= storage.count, bias == nil || bias?.count == rows else { return nil }
        self.rows = rows
        self.columns = columns
        self.type = type
        self.bias = bias
        self.rowBytes = rowBytes
        self.kernelType = kernelType
        owner = storage
        packed = (type == .bf16 || type == .f16) && rows >= 8 && columns % 32 == 0 ? PackedRows() : nil
        self.offset = offset
        unsafe base = storage.base + offset
    }

    /// A transposed copy of the matrix [columns × rows] of a plain type that begins at the start of `storage`: for
    /// files that keep weights the other way round. It is in memory for good, in its stored type.
    ///
    /// Nil where the type is not plain or the matrix reaches outside the storage.
    package init?(transposing storage: WeightStorage, type: ElementType, rows: Int, columns: Int, bias: [Float]? = nil)
    {
        guard type.isComputable, type.blockSize == 1, rows > 0, columns > 0, let rowBytes = type.rowBytes(rows) else {
            return nil
        }
        let (bytes, overflow) = rowBytes.multipliedReportingOverflow(by: columns)
        guard !overflow, bytes <= storage.count else { return nil }
        let copy = unsafe WeightStorage(byteCount: bytes) { target in
            let size = type.blockBytes
            for row in 0..<rows {
                for column in 0..<columns {
                    unsafe (target + (row * columns + column) * size).copyMemory(
                        from: storage.base + (column * rows + row) * size, byteCount: size)
                }
            }
        }
        self.init(copy, type: type, rows: rows, columns: columns, bias: bias)
    }

    /// Bytes as stored.
    package var byteCount: Int { rows * rowBytes }

    /// y[i] = W x[i] + b for the first `count` rows of `x` [count × columns] into `y`, at column `column` of each row.
    package func multiply(_ x: FloatRows, rows count: Int, into y: FloatRows, column: Int = 0, pool: ThreadPool) {
        precondition(x.columns == columns, "vectors of \(x.columns) for weights of \(columns) columns")
        precondition(column >= 0 && column + rows <= y.columns, "\(rows) results in rows of \(y.columns)")
        unsafe multiply(x.first(count), count: count, into: y.first(count) + column, stride: y.columns, pool: pool)
    }

    /// The same into `y` [count × rows], an array.
    package func multiply(_ x: FloatRows, rows count: Int, into y: inout [Float], offset: Int, pool: ThreadPool) {
        precondition(x.columns == columns, "vectors of \(x.columns) for weights of \(columns) columns")
        precondition(offset >= 0 && offset + count * rows <= y.count, "\(count * rows) results in \(y.count) places")
        unsafe y.withUnsafeMutableBufferPointer { y in
            guard let y = y.baseAddress else { return }
            unsafe multiply(x.first(count), count: count, into: y + offset, stride: rows, pool: pool)
        }
    }

    /// Several matrices times the same vectors, in one region: the results of the first from `column` of each row of `y`
    /// on, those of the others after them.
    package static func multiply(
        _ matrices: [LinearWeights], _ x: FloatRows, rows count: Int, into y: FloatRows, column: Int = 0,
        pool: ThreadPool
    ) {
        guard let first = matrices.first else { return }
        let width = matrices.reduce(0) { $0 + $1.rows }
        precondition(matrices.allSatisfy { $0.columns == x.columns }, "weights of other columns than \(x.columns)")
        precondition(column >= 0 && column + width <= y.columns, "\(width) results in rows of \(y.columns)")
        guard matrices.allSatisfy({ $0.type.wantsVectors(like: first.type) }) else {
            var column = column
            for matrix in matrices {
                matrix.multiply(x, rows: count, into: y, column: column, pool: pool)
                column += matrix.rows
            }
            return
        }
        unsafe matrices.withUnsafeBufferPointer {
            unsafe multiply(
                $0, x.first(count), count: count, into: y.first(count) + column, stride: y.columns, pool: pool)
        }
    }

    private func multiply(
        _ x: UnsafePointer<Float>, count: Int, into y: UnsafeMutablePointer<Float>, stride: Int, pool: ThreadPool
    ) {
        unsafe withUnsafePointer(to: self) {
            let one = unsafe UnsafeBufferPointer(start: $0, count: 1)
            unsafe Self.multiply(one, x, count: count, into: y, stride: stride, pool: pool)
        }
    }

    private static func multiply(
        _ matrices: UnsafeBufferPointer<LinearWeights>, _ x: UnsafePointer<Float>, count: Int,
        into y: UnsafeMutablePointer<Float>, stride: Int, pool: ThreadPool
    ) {
        guard !matrices.isEmpty, count > 0 else { return }
        let split = unsafe RowSplit(matrices, columns: matrices[0].columns, vectors: count)
        if count == 1 {
            for index in matrices.indices where unsafe matrices[index].isToBePacked {
                unsafe matrices[index].pack(pool: pool)
            }
        }
        let quantised = unsafe matrices[0].quantise(x, count: count, pool: pool)
        let product = unsafe Product(
            matrices: matrices, split: split, x: x, quantised: quantised, count: count, y: y, stride: stride)
        pool.run(product, chunkCount: split.chunkCount, atOnce: split.chunkCount)
    }

    /// The region that multiplies matrices by the same vectors: read-only inputs, and outputs of which each chunk writes its
    /// own columns.
    @safe private struct Product: Region {
        nonisolated(unsafe) let matrices: UnsafeBufferPointer<LinearWeights>
        let split: RowSplit
        nonisolated(unsafe) let x: UnsafePointer<Float>
        nonisolated(unsafe) let quantised: (rows: UnsafeMutableRawPointer, rowBytes: Int)?
        let count: Int
        nonisolated(unsafe) let y: UnsafeMutablePointer<Float>
        let stride: Int

        func run(_ chunks: Range<Int>) {
            unsafe split.forEach(in: chunks, of: matrices) { index, range, column in
                unsafe matrices[index].multiply(range, x, quantised, count: count, into: y + column, stride: stride)
            }
        }

        static var body: @convention(c) (UnsafeMutableRawPointer?, Int, Int) -> Void {
            { unsafe $0?.assumingMemoryBound(to: Self.self).pointee.run($1..<$2) }
        }
    }

    /// Counts a product with a single vector. Only what lies in a file is packed: other memory could not be given back.
    private var isToBePacked: Bool {
        guard let packed, owner.isMapped, packed.isDue() else { return false }
        return ts_packing_pays() == 1
    }

    /// Packs the rows of a BF16 or F16 matrix whose columns are a multiple of 32, once; `multiply` does so when it pays.
    /// Results stay the same to the bit.
    package func pack(pool: ThreadPool) {
        let (owner, offset) = (owner, offset)
        unsafe packed?.pack(base, type: kernelType, rows: rows, columns: columns, pool: pool) {
            owner.forget(offset + $0.lowerBound..<offset + $0.upperBound)
        }
    }

    /// Products with single vectors after which a matrix is packed.
    package static let productsBeforePacking = PackedRows.productsBefore

    /// Whether rows are packed.
    package var isPacked: Bool { unsafe packed?.current != nil }

    /// The part `range` of the product with `count` vectors, which `quantised` holds in the form that the type wants; both
    /// ends are multiples of eight or `rows`. `y` is where the first row's results go.
    private func multiply(
        _ range: Range<Int>, _ x: UnsafePointer<Float>, _ quantised: (rows: UnsafeMutableRawPointer, rowBytes: Int)?,
        count: Int, into y: UnsafeMutablePointer<Float>, stride: Int
    ) {
        let part = ts_part(all: rows, first: range.lowerBound, end: range.upperBound)
        unsafe bias.withUnsafePointer { bias in
            if let quantised = unsafe quantised {
                unsafe ts_multiply_quantised(
                    kernelType, base, rowBytes, part, columns, quantised.rows, quantised.rowBytes, count, bias, y,
                    stride)
            } else if let packed = unsafe packed?.current {
                let whole = unsafe packed.pointee.rows
                let own = range.clamped(to: 0..<whole)
                unsafe ts_multiply_packed(
                    packed, own.lowerBound, own.count, x, columns, count, bias.map { unsafe $0 + own.lowerBound },
                    y + own.lowerBound, stride)
                guard range.upperBound > whole else { return }
                // Fewer than eight.
                let rest = ts_part(all: rows - whole, first: 0, end: rows - whole)
                unsafe ts_multiply(
                    kernelType, base + whole * rowBytes, rowBytes, rest, columns, x, columns, count,
                    bias.map { unsafe $0 + whole }, y + whole, stride)
            } else {
                unsafe ts_multiply(kernelType, base, rowBytes, part, columns, x, columns, count, bias, y, stride)
            }
        }
    }

    /// Vectors quantised at once by one thread.
    private static let vectorsAtOnce = 8

    /// The vectors as the weights' type wants them, in memory of this thread's own; nil where it wants floats.
    private func quantise(
        _ x: UnsafePointer<Float>, count: Int, pool: ThreadPool
    ) -> (rows: UnsafeMutableRawPointer, rowBytes: Int)? {
        let rowBytes = ts_activation_bytes(kernelType, columns)
        guard rowBytes > 0, let scratch = unsafe ts_scratch(rowBytes * count) else { return nil }
        // Each chunk writes its own rows.
        nonisolated(unsafe) let (x, memory) = unsafe (x, scratch)
        pool.run(chunkCount: (count + Self.vectorsAtOnce - 1) / Self.vectorsAtOnce) { chunk in
            for row in chunk * Self.vectorsAtOnce..<min(count, (chunk + 1) * Self.vectorsAtOnce) {
                unsafe ts_quantise(kernelType, x + row * columns, columns, memory + row * rowBytes)
            }
        }
        return unsafe (scratch, rowBytes)
    }

    /// Row `index` as floats into row `target` of `output`.
    package func copyRow(_ index: Int, to output: FloatRows, row target: Int) {
        precondition(index >= 0 && index < rows, "row \(index) of \(rows)")
        precondition(output.columns == columns, "a row of \(columns) in a matrix of \(output.columns) columns")
        if let packed = unsafe packed?.current, unsafe index < packed.pointee.rows {
            unsafe ts_dequantise_packed(packed, index, output.row(target))
        } else {
            unsafe ts_dequantise(kernelType, base + index * rowBytes, columns, output.row(target))
        }
    }

    /// Where the first number lies that is NaN or infinite, nil where there is none. Biases are not looked at.
    package func firstNonFinite() -> (row: Int, column: Int)? {
        let place = unsafe ts_first_non_finite(kernelType, base, rows * columns)
        // Swift reads SIZE_MAX as -1.
        return (0..<rows * columns).contains(place) ? (place / columns, place % columns) : nil
    }

    /// Row `index` as floats.
    package func row(_ index: Int) -> [Float] {
        let result = FloatRows(rows: 1, columns: columns)
        copyRow(index, to: result, row: 0)
        return result[row: 0]
    }
}

/// The memory that weights lie in.
@safe package final class WeightStorage: Sendable {
    /// Bytes.
    package let count: Int
    nonisolated(unsafe) internal let base: UnsafeRawPointer
    private let file: MappedFile?
    /// Where in the file it begins.
    private let start: Int

    /// The bytes of `file` in `range`, which must lie inside it.
    package init(_ file: MappedFile, range: Range<Int>) {
        self.file = file
        start = range.lowerBound
        count = range.count
        unsafe base = file.pointer(range)
    }

    /// A copy of `bytes`.
    package convenience init(copying bytes: [UInt8]) {
        unsafe self.init(byteCount: bytes.count) { memory in
            unsafe bytes.withUnsafeBytes { source in
                guard let start = source.baseAddress else { return }
                unsafe memory.copyMemory(from: start, byteCount: source.count)
            }
        }
    }

    /// New memory that `fill` writes whole.
    internal init(byteCount: Int, fill: (UnsafeMutableRawPointer) -> Void) {
        file = nil
        start = 0
        count = byteCount
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, byteCount), alignment: 64)
        unsafe fill(memory)
        unsafe base = UnsafeRawPointer(memory)
    }

    /// Whether it lies in a file.
    var isMapped: Bool { file != nil }

    /// Gives the memory of `range` back until it is read again, where it lies in a file.
    func forget(_ range: Range<Int>) { file?.forget(start + range.lowerBound..<start + range.upperBound) }

    deinit {
        if file == nil { unsafe base.deallocate() }
    }
}

extension ElementType {
    /// Whether weights of this type are multiplied by vectors in the form that those of `other` want: the length of their
    /// blocks tells it, and on some processors BF16 has a form of its own.
    fileprivate func wantsVectors(like other: ElementType) -> Bool {
        blockSize == other.blockSize && (self == .bf16) == (other == .bf16)
    }
}

extension Optional<[Float]> {
    /// Calls `body` with the address of the numbers, nil where there are none.
    fileprivate func withUnsafePointer(_ body: (UnsafePointer<Float>?) -> Void) {
        switch self {
        case .none: body(nil)
        case .some(let values): unsafe values.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
        }
    }
}
