internal import CKernels
internal import Glibc

/// The memory of the machine and of this process.
package enum ProcessMemory {
    /// Bytes that the machine has.
    package static var physicalCount: Int { Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(sysconf(Int32(_SC_PAGESIZE))) }

    /// Gives freed memory back to the system, which the allocator would keep for later: for use after much was read and
    /// little of it kept.
    package static func returnUnused() { ts_trim_heap() }
}
