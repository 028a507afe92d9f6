internal import Foundation

/// A read-only file mapped into memory for as long as a reference to it lives.
package final class MappedFile: Sendable {
    /// The path the file was opened with, for messages.
    package let path: String
    /// The size of the file in bytes.
    package let count: Int

    /// Maps the file at `path`.
    /// - Throws: `FileError` when the file is missing, a folder, or cannot be mapped.
    package init(path: String) throws(FileError) {
        self.path = path
        self.count = 0
        throw FileError(path: path, problem: "not implemented")
    }

    /// A copy of the bytes in `range`.
    /// - Throws: `FileError` when the range reaches outside the file.
    package func bytes(in range: Range<Int>) throws(FileError) -> [UInt8] { [] }
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
