internal import CKernels
internal import Glibc

/// The memory of the machine and of this process.
package enum ProcessMemory {
    /// Bytes that the machine has.
    package static var physicalCount: Int { Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE))) }

    /// Bytes that this process may use: what the machine has, or less where its control group says so.
    package static var availableCount: Int {
        ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
            .compactMap { firstLine(of: $0).flatMap { Int($0) } }
            .reduce(physicalCount) { $1 > 0 ? min($0, $1) : $0 }
    }

    /// Bytes of this process that are in memory now, what was read of mapped files included; 0 where the system does not
    /// say.
    package static var residentCount: Int {
        // Pages in all, then pages in memory.
        let fields = firstLine(of: "/proc/self/statm")?.split(separator: " ") ?? []
        guard fields.count > 1, let pages = Int(fields[1]) else { return 0 }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// The first line of a small file that the system makes; nil where there is none.
    private static func firstLine(of path: String) -> String? {
        guard let file = unsafe fopen(path, "r") else { return nil }
        defer { unsafe fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard unsafe fgets(&line, Int32(line.count), file) != nil else { return nil }
        let bytes = line.prefix { $0 != 0 && $0 != 0x0A }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Gives freed memory back to the system, which the allocator would keep for later: for use after much was read and
    /// little of it kept.
    package static func returnUnused() { ts_trim_heap() }
}
