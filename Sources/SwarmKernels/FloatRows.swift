/// A matrix of floats that is written again and again: the working memory of a forward pass.
///
/// Rows lie one after another. Its owner keeps it on one thread at a time; the kernels split rows among threads so that
/// no two write the same ones.
@safe package final class FloatRows {
    package let rows: Int
    package let columns: Int
    internal let base: UnsafeMutablePointer<Float>
    private let memory: ZeroedMemory

    /// Zeros [rows × columns]. Pages are claimed when first touched.
    package convenience init(rows: Int, columns: Int) {
        guard let memory = Self.zeros(rows, columns) else {
            preconditionFailure("no memory for \(rows) × \(columns) floats")
        }
        self.init(rows, columns, memory)
    }

    /// The same; nil where there is no memory for them or they are too many to count.
    package convenience init?(trying rows: Int, columns: Int) {
        guard let memory = Self.zeros(rows, columns) else { return nil }
        self.init(rows, columns, memory)
    }

    private init(_ rows: Int, _ columns: Int, _ memory: ZeroedMemory) {
        self.rows = rows
        self.columns = columns
        self.memory = memory
        unsafe base = memory.base.assumingMemoryBound(to: Float.self)
    }

    private static func zeros(_ rows: Int, _ columns: Int) -> ZeroedMemory? {
        precondition(rows >= 0 && columns >= 0, "a matrix of \(rows) × \(columns)")
        let (count, overflow) = rows.multipliedReportingOverflow(by: columns)
        return overflow ? nil : ZeroedMemory(count: count, size: MemoryLayout<Float>.stride)
    }

    /// Row `index` as an array.
    package subscript(row index: Int) -> [Float] {
        get { unsafe [Float](UnsafeBufferPointer(start: row(index), count: columns)) }
        set {
            precondition(newValue.count == columns, "a row of \(newValue.count) in a matrix of \(columns) columns")
            unsafe newValue.withUnsafeBufferPointer { source in
                unsafe row(index).update(from: source.baseAddress ?? UnsafePointer(base), count: columns)
            }
        }
    }

    /// Copies row `source` of `other` to row `index`.
    package func copyRow(_ source: Int, of other: FloatRows, to index: Int) {
        precondition(other.columns == columns, "a row of \(other.columns) in a matrix of \(columns) columns")
        unsafe row(index).update(from: UnsafePointer(other.row(source)), count: columns)
    }

    /// The address of row `index`.
    internal func row(_ index: Int) -> UnsafeMutablePointer<Float> {
        precondition(index >= 0 && index < rows, "row \(index) of \(rows)")
        return unsafe base + index * columns
    }

    /// The address of the first `count` rows.
    internal func first(_ count: Int) -> UnsafeMutablePointer<Float> {
        precondition(count >= 0 && count <= rows, "\(count) rows of \(rows)")
        return unsafe base
    }
}
