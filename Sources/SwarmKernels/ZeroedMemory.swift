internal import Glibc

/// Memory that begins as zeros and whose pages are claimed when first touched.
///
/// Much of it comes straight from the system and goes straight back: once a process has freed as much, `calloc` hands out
/// what it kept and writes zeros over it, which for the KV cache of a new session takes some 15 ms.
@safe final class ZeroedMemory {
    /// The first byte, which begins a cache line.
    let base: UnsafeMutableRawPointer
    /// Bytes to give back to the system; 0 where it is the allocator's.
    private let mappedCount: Int

    private static let much = 128 << 10
    private static let cacheLine = 64

    /// Room for `count` of `size` bytes each, at least one byte in all. Nil where there is no memory for them or they are
    /// too many to count.
    init?(count: Int, size: Int) {
        precondition(count >= 0 && size >= 0, "\(count) of \(size) bytes")
        let (bytes, overflow) = count.multipliedReportingOverflow(by: size)
        guard !overflow else { return nil }
        if bytes < Self.much {
            let room = max(1, (bytes + Self.cacheLine - 1) / Self.cacheLine) * Self.cacheLine
            guard let memory = unsafe aligned_alloc(Self.cacheLine, room) else { return nil }
            unsafe base = memset(memory, 0, room)
            mappedCount = 0
        } else {
            let mapped = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else { return nil }
            unsafe base = mapped
            mappedCount = bytes
        }
    }

    deinit {
        if mappedCount > 0 { unsafe _ = munmap(base, mappedCount) } else { unsafe free(base) }
    }
}
