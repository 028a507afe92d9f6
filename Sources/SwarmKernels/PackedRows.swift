internal import CKernels
internal import Synchronization

/// The rows of a BF16 matrix in twelve bits a number, exactly, from when they have been multiplied by single vectors
/// often enough that generation is what goes on: it waits for memory, and reads a quarter less of it so. Rows of F16 whose
/// numbers were BF16 before, as those of most converted models were, are packed as well.
///
/// The same bits are multiplied in the same order before and after. What is packed takes the place of the file's pages,
/// which are given back as they are packed, so that both never stand in memory together.
@safe final class PackedRows: Sendable {
    /// Products with single vectors before rows are packed: about as many as win back afterwards what packing takes, so
    /// that short texts lose nothing and no text loses more than that.
    static let productsBefore = 96
    /// Bytes of the file that are packed, and given back, at a time.
    private static let chunkBytes = 1 << 20

    private let products = Atomic<Int>(0)
    private let begun = Atomic<Bool>(false)
    /// Written once; read-only behind it; freed with this object.
    nonisolated(unsafe) private let packed = unsafe Atomic<UnsafeMutablePointer<ts_packed>?>(nil)

    init() {}

    deinit { unsafe ts_pack_free(packed.load(ordering: .acquiring)) }

    /// The packed rows, valid while this object lives; nil where there are none yet.
    var current: UnsafePointer<ts_packed>? {
        unsafe packed.load(ordering: .acquiring).map { unsafe UnsafePointer($0) }
    }

    /// Counts a product; true for the one after which the rows are to be packed.
    func isDue() -> Bool {
        guard products.load(ordering: .relaxed) < Self.productsBefore else { return false }
        return products.add(1, ordering: .relaxed).newValue == Self.productsBefore
    }

    /// Packs the `rows` rows of `columns` numbers of `type`, BF16 or F16, that begin at `base`, on the threads of `pool`. The
    /// first call alone does so, and nothing changes where too many numbers are odd for packing to pay, or one is not BF16.
    /// - Parameter forget: called with the bytes, counted from `base`, that are packed.
    func pack(
        _ base: UnsafeRawPointer, type: ts_type, rows: Int, columns: Int, pool: ThreadPool,
        forget: @Sendable (Range<Int>) -> Void
    ) {
        guard !begun.exchange(true, ordering: .relaxed), let target = unsafe ts_pack_begin(type, rows, columns) else {
            return
        }
        let (groups, rowBytes) = (rows / 8, 2 * columns)
        let together = max(1, Self.chunkBytes / (8 * rowBytes))
        let chunks = (groups + together - 1) / together
        // Read-only weights, and groups that write places of their own.
        nonisolated(unsafe) let (source, matrix) = unsafe (base, target)
        pool.run(chunkCount: chunks) { chunk in
            for group in chunk * together..<min(groups, (chunk + 1) * together) {
                unsafe ts_pack_survey(matrix, source, rowBytes, group)
            }
        }
        guard unsafe ts_pack_allocate(target) == 1 else {
            unsafe ts_pack_free(target)
            return
        }
        pool.run(chunkCount: chunks) { chunk in
            let own = chunk * together..<min(groups, (chunk + 1) * together)
            for group in own { unsafe ts_pack_group(matrix, source, rowBytes, group) }
            forget(own.lowerBound * 8 * rowBytes..<own.upperBound * 8 * rowBytes)
        }
        // Pages that two chunks share.
        forget(0..<groups * 8 * rowBytes)
        unsafe packed.store(target, ordering: .releasing)
    }
}
