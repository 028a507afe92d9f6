internal import Foundation
package import SwarmKernels

/// Files that are either wholly there or not there: a reader never sees half of one, not even after a power cut.
package enum AtomicFile {
    /// Writes `bytes` to `path`: into a temporary file beside it, flushed to disk, then renamed over it.
    /// - Throws: `FileError`; the file at `path` is then as it was and no temporary file is left.
    package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        let url = URL(fileURLWithPath: path)
        let folder = url.deletingLastPathComponent().path
        let name = url.lastPathComponent
        let temporary = folder + "/.\(name).\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp"

        let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure("cannot create", path) }
        var problem = writeAll(bytes, to: file) ? nil : failure("cannot write", path)
        if problem == nil && fsync(file) != 0 { problem = failure("cannot flush", path) }
        if close(file) != 0 && problem == nil { problem = failure("cannot close", path) }
        if problem == nil {
            let result = unsafe rename(temporary, path)
            if result != 0 { problem = failure("cannot replace", path) }
        }
        if let problem {
            unsafe unlink(temporary)
            throw problem
        }
        try flushFolder(folder, of: path)
    }

    private static func writeAll(_ bytes: [UInt8], to file: Int32) -> Bool {
        unsafe bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                guard let start = buffer.baseAddress else { return false }
                let count = unsafe Foundation.write(file, start + written, buffer.count - written)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return false }
                written += count
            }
            return true
        }
    }

    /// The new name is only on disk once its folder is.
    private static func flushFolder(_ folder: String, of path: String) throws(FileError) {
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("cannot open the folder of", path) }
        defer { close(descriptor) }
        // Some file systems do not flush folders and say so with EINVAL.
        if fsync(descriptor) != 0 && errno != EINVAL { throw failure("cannot flush the folder of", path) }
    }

    private static func failure(_ what: String, _ path: String) -> FileError {
        let reason = unsafe String(cString: strerror(errno))
        return FileError(path: path, problem: "\(what) the file: \(reason)")
    }
}
