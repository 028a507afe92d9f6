internal import CKernels

/// How the numbers of a KV cache are stored.
package enum CacheType: String, Sendable, Codable, CaseIterable {
    case f32
    /// Half the memory, numbers to 11 bits.
    case f16
    /// About a quarter: blocks of 32 numbers of 8 bits with an F16 scale, as GGUF's Q8_0.
    case q8_0

    /// Bytes that the `width` numbers of one head's key or value take.
    package func bytes(width: Int) -> Int { ts_cache_row_bytes(kernelType, width) }

    fileprivate var kernelType: ts_type {
        switch self {
        case .f32: TS_F32
        case .f16: TS_F16
        case .q8_0: TS_Q8_0
        }
    }
}

/// How a KV cache stores keys and values.
package struct CacheTypes: Sendable, Codable, Equatable {
    package var keys: CacheType
    package var values: CacheType

    package init(keys: CacheType = .f32, values: CacheType = .f32) {
        self.keys = keys
        self.values = values
    }

    /// Bytes that one head's key and value of `width` numbers take.
    package func bytes(width: Int) -> Int { keys.bytes(width: width) + values.bytes(width: width) }
}

/// One layer's keys and values, [heads][capacity][width] each.
package final class KeyValueCache {
    package let heads: Int
    package let capacity: Int
    /// Numbers of a key and of a value, at most 4096.
    package let width: Int
    let keys: CacheRows
    let values: CacheRows

    /// Pages are claimed when first written. Nil where there is no memory for them.
    package init?(heads: Int, capacity: Int, width: Int, types: CacheTypes = CacheTypes()) {
        precondition(width > 0 && width <= Int(TS_WIDEST_HEAD), "heads of \(width)")
        let (rows, overflow) = heads.multipliedReportingOverflow(by: capacity)
        guard !overflow, let keys = CacheRows(types.keys, rows: rows, width: width),
            let values = CacheRows(types.values, rows: rows, width: width)
        else { return nil }
        self.heads = heads
        self.capacity = capacity
        self.width = width
        self.keys = keys
        self.values = values
    }

    /// Stores the keys and values of the first `rows.count` rows of `k` and `v` in cache rows `rows`.
    package func store(
        _ k: FloatRows, _ keyLayout: HeadLayout, _ v: FloatRows, _ valueLayout: HeadLayout, rows: [Int],
        pool: ThreadPool? = nil
    ) {
        precondition(
            keyLayout.width == width && valueLayout.width == width && keyLayout.end <= k.columns
                && valueLayout.end <= v.columns && keyLayout.count == heads && valueLayout.count == heads,
            "keys and values of other shapes")
        precondition(rows.count <= k.rows && rows.count <= v.rows, "\(rows.count) rows of keys and values")
        // Each row's keys and values have places of their own.
        nonisolated(unsafe) let (k, v, keys, values) = (k, v, keys, values)
        let (heads, capacity) = (heads, capacity)
        ThreadPool.forRows(rows.count, of: 4 * heads * width, pool) { index in
            let row = rows[index]
            precondition(row >= 0 && row < capacity, "cache row \(row) of \(capacity)")
            for head in 0..<heads {
                unsafe keys.store(k.row(index) + keyLayout.offset(head), row: head * capacity + row)
                unsafe values.store(v.row(index) + valueLayout.offset(head), row: head * capacity + row)
            }
        }
    }
}

/// Rows of numbers as a KV cache stores them.
@safe final class CacheRows {
    let type: ts_type
    private let rows: Int
    private let width: Int
    let rowBytes: Int
    private let memory: ZeroedMemory

    /// Zeros [rows × width]. Nil where there is no memory for them or they are too many to count.
    init?(_ type: CacheType, rows: Int, width: Int) {
        rowBytes = type.bytes(width: width)
        guard let memory = ZeroedMemory(count: rows, size: rowBytes) else { return nil }
        self.type = type.kernelType
        self.rows = rows
        self.width = width
        self.memory = memory
    }

    func store(_ numbers: UnsafePointer<Float>, row index: Int) {
        unsafe ts_cache_store(type, numbers, width, UnsafeMutableRawPointer(mutating: row(index)))
    }

    /// The address of row `index`.
    func row(_ index: Int) -> UnsafeRawPointer {
        precondition(index >= 0 && index < rows, "row \(index) of \(rows)")
        return unsafe UnsafeRawPointer(memory.base + index * rowBytes)
    }
}
