internal import Glibc

/// A read-only file mapped into memory for as long as a reference to it lives.
///
/// Pages are read when first touched and stay the system's to drop, so a file of any size costs no memory of its own.
/// The file must not be shortened while it is mapped: the system ends the process on a read past the new end.
@safe package final class MappedFile: Sendable {
    /// The path the file was opened with, for messages.
    package let path: String
    /// The size of the file in bytes.
    package let count: Int
    /// Which file this is, as it was when it was opened.
    package let identity: Identity
    /// The first byte. Immutable pages, unmapped only by `deinit`: safe to share between threads.
    nonisolated(unsafe) private let base: UnsafeMutableRawPointer?

    /// What tells a file from others and from itself after a change.
    package struct Identity: Sendable, Equatable {
        package var device: UInt64
        package var inode: UInt64
        package var size: Int
        /// When it was last written, in seconds since 1970 and nanoseconds.
        package var modified: (seconds: Int, nanoseconds: Int)

        package static func == (a: Identity, b: Identity) -> Bool {
            a.device == b.device && a.inode == b.inode && a.size == b.size && a.modified == b.modified
        }
    }

    /// Maps the file at `path`.
    /// - Throws: `FileError` when the file is missing, a folder, or cannot be mapped.
    package init(path: String) throws(FileError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw FileError(path: path, problem: "cannot open: " + Self.lastProblem())
        }
        defer { close(descriptor) }
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0 else {
            throw FileError(path: path, problem: "cannot read its size: " + Self.lastProblem())
        }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            throw FileError(path: path, problem: "found a folder or device, expected a file")
        }
        self.path = path
        count = Int(facts.st_size)
        identity = Identity(
            device: UInt64(facts.st_dev), inode: UInt64(facts.st_ino), size: count,
            modified: (facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec))
        guard count > 0 else {
            unsafe base = nil
            return
        }
        let mapped = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
            throw FileError(path: path, problem: "cannot map \(count) bytes: " + Self.lastProblem())
        }
        unsafe base = mapped
    }

    deinit {
        if let base = unsafe base { unsafe munmap(base, count) }
    }

    private static func lastProblem() -> String {
        unsafe String(cString: strerror(errno))
    }

    /// Whether `range` lies inside the file.
    package func contains(_ range: Range<Int>) -> Bool {
        range.lowerBound >= 0 && range.upperBound <= count
    }

    /// A copy of the bytes in `range`.
    /// - Throws: `FileError` when the range reaches outside the file.
    package func bytes(in range: Range<Int>) throws(FileError) -> [UInt8] {
        guard contains(range) else {
            throw FileError(path: path, problem: "found \(count) bytes, expected at least \(range.upperBound)")
        }
        return copy(UInt8.self, count: range.count, at: range.lowerBound)
    }

    /// The byte at `offset`, which must lie inside the file.
    package func uint8(at offset: Int) -> UInt8 { load(offset) }

    /// The little-endian number at `offset`; its bytes must lie inside the file. Need not be aligned.
    package func uint16(at offset: Int) -> UInt16 { UInt16(littleEndian: load(offset)) }

    /// The little-endian number at `offset`; its bytes must lie inside the file. Need not be aligned.
    package func uint32(at offset: Int) -> UInt32 { UInt32(littleEndian: load(offset)) }

    /// The little-endian number at `offset`; its bytes must lie inside the file. Need not be aligned.
    package func uint64(at offset: Int) -> UInt64 { UInt64(littleEndian: load(offset)) }

    /// `count` numbers in the machine's byte order from `offset` on; they must lie inside the file. `Element` is a
    /// number type: every bit pattern must be a value (not `Bool`).
    package func copy<Element: BitwiseCopyable & Numeric>(
        _ type: Element.Type, count elements: Int, at offset: Int
    ) -> [Element] {
        guard elements > 0 else { return [] }
        let size = elements * MemoryLayout<Element>.stride
        let source = unsafe pointer(offset..<offset + size)
        return unsafe [Element](unsafeUninitializedCapacity: elements) { buffer, initialized in
            unsafe UnsafeMutableRawBufferPointer(buffer).copyMemory(
                from: UnsafeRawBufferPointer(start: source, count: size))
            initialized = elements
        }
    }

    /// Lets go of the memory that holds `range`, which must lie inside the file, until it is read again.
    package func forget(_ range: Range<Int>) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let first = (range.lowerBound + page - 1) / page * page
        let end = range.upperBound / page * page
        guard let base = unsafe base, contains(range), first < end else { return }
        unsafe madvise(base + first, end - first, MADV_DONTNEED)
    }

    /// The address of `range`, valid while the file lives. The range must lie inside the file.
    internal func pointer(_ range: Range<Int>) -> UnsafeRawPointer {
        guard let base = unsafe base, contains(range) else {
            preconditionFailure("bytes \(range) of a file of \(count)")
        }
        return unsafe UnsafeRawPointer(base + range.lowerBound)
    }

    private func load<Value: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> Value {
        unsafe pointer(offset..<offset + MemoryLayout<Value>.size).loadUnaligned(as: Value.self)
    }
}

/// Something wrong with a file as a file: missing, unreadable, too short.
package struct FileError: Error, Equatable, CustomStringConvertible {
    package var path: String
    package var problem: String

    package init(path: String, problem: String) {
        self.path = path
        self.problem = problem
    }

    package var description: String { "\(problem), \(path)" }
}
