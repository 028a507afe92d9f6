internal import ArgumentParser
internal import Foundation
internal import SwarmKernels

/// What the command line itself finds wrong.
enum Failure: Error, CustomStringConvertible {
    /// A flag or argument that makes no sense: exit code 64.
    case usage(String)
    /// Content that cannot be used: exit code 65.
    case data(String)
    /// A file or folder that is not there: exit code 66.
    case missing(path: String, role: String)
    /// Stopped by the user: exit code 130.
    case interrupted(String)

    var description: String {
        switch self {
        case .usage(let text), .data(let text), .interrupted(let text): text
        case .missing(let path, let role):
            path.isEmpty ? "\(role): found an empty path, expected one" : "\(role) not found, \(path): check the path"
        }
    }

    var exitCode: Int32 {
        switch self {
        case .usage: 64
        case .data: 65
        case .missing: 66
        case .interrupted: 130
        }
    }

    /// Prints `error` and leaves with its exit code; help and version requests print to stdout and leave with 0.
    static func exit<C: ParsableCommand>(with error: any Error, of command: C.Type) -> Never {
        if let failure = error as? Failure {
            report(failure.description)
            Foundation.exit(failure.exitCode)
        }
        // Everything ArgumentParser throws (help, version, validation) has its own form and code.
        let code = command.exitCode(for: error)
        if error is ExitCode || error is CleanExit || error is ValidationError || code == .validationFailure
            || code.isSuccess
        {
            command.exit(withError: error)
        }
        if let error = error as? CocoaError, let path = error.filePath {
            report("\(path): \(reason(of: error))")
            // From 256 on are errors of reading.
            Foundation.exit((256..<512).contains(error.code.rawValue) ? 65 : unwritable)
        }
        report(error is CocoaError || error is POSIXError ? reason(of: error) : "\(error)")
        Foundation.exit(isOutsideData(error) ? 65 : 70)
    }

    /// The exit code where something cannot be written.
    static let unwritable: Int32 = 74

    /// What the system says of a file that cannot be read or written.
    static func reason(of error: any Error) -> String {
        var inner: any Error = error
        while let deeper = (inner as? CocoaError)?.underlying { inner = deeper }
        return inner.localizedDescription.replacing("The operation could not be completed. ", with: "")
    }

    /// Whether `error` is about what was read, as opposed to a fault of this program.
    private static func isOutsideData(_ error: any Error) -> Bool {
        !(error is CocoaError || error is POSIXError || error is EncodingError)
    }

    private static func report(_ text: String) {
        StandardError.write("error: \(text)\n")
    }

    /// Throws `missing` unless something is at `path`.
    static func require(_ path: String, as role: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { throw Failure.missing(path: path, role: role) }
    }
}
