import Foundation
import Testing

/// Runs the built `tokenswarm` as a person would.
struct Tool {
    struct Result {
        var status: Int32
        var output: [UInt8]
        var errors: String

        var text: String { String(decoding: output, as: UTF8.self) }

        /// stdout as JSON.
        func json() throws -> [String: Any] {
            try #require(try JSONSerialization.jsonObject(with: Data(output)) as? [String: Any])
        }
    }

    /// The package's folder.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static let zoo = root.appendingPathComponent("bench/zoo").path

    /// The executable lies beside the test bundle.
    static var executable: URL {
        let bundle = URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
        let beside = bundle.appendingPathComponent("tokenswarm")
        if FileManager.default.isExecutableFile(atPath: beside.path) { return beside }
        return root.appendingPathComponent(".build/release/tokenswarm")
    }

    /// A folder for one test, removed by the caller.
    static func temporaryFolder() throws -> URL {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("tokenswarm-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }

    static func run(_ arguments: [String], input: String = "", environment: [String: String] = [:]) throws -> Result {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        // Nothing is left in the cache of whoever runs the tests.
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["XDG_CACHE_HOME": FileManager.default.temporaryDirectory.path + "/tokenswarm-tests-cache"]
        ) { $1 }.merging(environment) { $1 }
        let (standardInput, standardOutput, standardError) = (Pipe(), Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        // stderr is short: it fits a pipe's buffer.
        process.standardError = standardError
        try process.run()
        // A tool that stops early closes the pipe: what it did not read is its own affair.
        try? standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let output = standardOutput.fileHandleForReading.readDataToEndOfFile()
        let errors = standardError.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus, output: Array(output), errors: String(decoding: errors, as: UTF8.self))
    }
}
