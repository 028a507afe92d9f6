internal import Dispatch
internal import Foundation

/// Scores answers with a program: answers on its standard input, scores on its standard output (`GraderLines`).
///
/// The program is started by its path and gets its arguments as they are: no shell reads them. It runs in a process group
/// of its own, and at the time limit the whole group is ended. Input and output are files, so that a program may read
/// and write in any order and as much as it likes.
package struct CommandGrader: Grader {
    /// For messages.
    private let name: String
    private let settings: GraderSettings
    private let outputLimit: Int

    /// - Parameter outputLimit: bytes that a program may write, to standard output and to standard error each.
    /// - Throws: `EvaluationError.badSetting` without a program.
    package init(
        task: String, settings: GraderSettings, outputLimit: Int = GraderLines.outputLimit
    ) throws(EvaluationError) {
        guard let program = settings.command.first, !program.isEmpty else {
            throw .badSetting(name: "command of task \(task)", found: "none", expected: "a program and its arguments")
        }
        name = "command of task \(task)"
        self.settings = settings
        self.outputLimit = outputLimit
    }

    package func scores(of responses: [Response], control: RunControl) throws -> [Double] {
        guard !responses.isEmpty else { return [] }
        let output = try run(GraderLines.encode(responses), control: control)
        return try GraderLines.decode(output, count: responses.count, grader: name)
    }

    private func run(_ input: [UInt8], control: RunControl) throws -> [UInt8] {
        let manager = FileManager.default
        let folder = manager.temporaryDirectory.appendingPathComponent("tokenswarm-\(UUID().uuidString)")
        try manager.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? manager.removeItem(at: folder) }
        let files = ["input", "output", "errors"].map { folder.appendingPathComponent($0) }
        try Data(input).write(to: files[0])
        for file in files[1...] { try Data().write(to: file) }

        let process = Process()
        process.executableURL = URL(fileURLWithPath: try executable())
        process.arguments = Array(settings.command.dropFirst())
        process.currentDirectoryURL = URL(fileURLWithPath: settings.workingDirectory)
        let handles = (
            try FileHandle(forReadingFrom: files[0]), try FileHandle(forWritingTo: files[1]),
            try FileHandle(forWritingTo: files[2])
        )
        (process.standardInput, process.standardOutput, process.standardError) = handles
        defer { for handle in [handles.0, handles.1, handles.2] { try? handle.close() } }
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        do {
            try process.run()
        } catch {
            throw bad("start", "\(settings.command[0]), \(error.localizedDescription)", "a program that can be run")
        }
        try wait(for: process, ended, written: Array(files[1...]), control: control)
        // What was written between the last look and the end.
        if let problem = excess(files[1...]) { throw problem }
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            let how = process.terminationReason == .exit ? "exit status" : "signal"
            throw bad(how, "\(process.terminationStatus)\(lastWords(files[2]))", "exit status 0")
        }
        return Array(try Data(contentsOf: files[1]))
    }

    /// - Throws: when the program had to be stopped.
    private func wait(
        for process: Process, _ ended: DispatchSemaphore, written files: [URL], control: RunControl
    ) throws {
        let deadline = ContinuousClock.now + .seconds(settings.timeLimit)
        while ended.wait(timeout: .now() + .milliseconds(20)) == .timedOut {
            var problem: (any Error)?
            if control.isCancelled() {
                problem = EvaluationError.interrupted
            } else if ContinuousClock.now >= deadline {
                problem = bad("time", "no end after \(settings.timeLimit) s", "one within the time limit")
            } else {
                problem = excess(files)
            }
            guard let problem else { continue }
            // Its children with it: a script's own programs would go on otherwise.
            let group = -process.processIdentifier
            kill(group, SIGTERM)
            _ = ended.wait(timeout: .now() + .seconds(1))
            kill(group, SIGKILL)
            throw problem
        }
    }

    /// What is wrong with the sizes of what a program wrote; nil where nothing is.
    private func excess(_ files: some Sequence<URL>) -> EvaluationError? {
        for file in files {
            let size = Self.size(of: file)
            if size > outputLimit { return bad(file.lastPathComponent, "\(size) bytes", "at most \(outputLimit)") }
        }
        return nil
    }

    private static func size(of file: URL) -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
        return (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }

    /// The path of the program: as it stands or from the working directory where it has a slash, else found in PATH.
    private func executable() throws(EvaluationError) -> String {
        let program = settings.command[0]
        let manager = FileManager.default
        if program.contains("/") {
            let path = program.hasPrefix("/") ? program : settings.workingDirectory + "/" + program
            guard manager.isExecutableFile(atPath: path) else {
                throw bad("program", "nothing to run at \(path)", "an executable file")
            }
            return path
        }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        guard let folder = folders.first(where: { manager.isExecutableFile(atPath: "\($0)/\(program)") }) else {
            throw bad("program", "no \"\(program)\" in PATH", "a program, or a path with a slash")
        }
        return "\(folder)/\(program)"
    }

    /// What the program said last on standard error, if anything.
    private func lastWords(_ file: URL) -> String {
        guard let data = try? Data(contentsOf: file) else { return "" }
        let text = String(decoding: data.suffix(400), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty ? "" : " (\(text))"
    }

    private func bad(_ field: String, _ found: String, _ expected: String) -> EvaluationError {
        .badGrader(grader: name, field: field, found: found, expected: expected)
    }
}
