internal import Foundation
internal import Synchronization
internal import SwarmKernels

/// stdout: data only.
enum StandardOutput {
    static func write(_ text: String) { write(Array(text.utf8)) }

    /// Writes at once, so that generated text streams.
    /// Where it cannot be written, as on a full disk, nothing that comes after makes sense: the program ends.
    static func write(_ bytes: [UInt8]) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data(bytes))
        } catch {
            StandardError.write("error: standard output: \(Failure.reason(of: error))\n")
            exit(Failure.unwritable)
        }
    }

    /// Writes `value` as one JSON document with sorted keys.
    /// - Parameter snakeCase: whether `camelCase` properties become `snake_case` keys.
    static func write(json value: some Encodable, snakeCase: Bool = false) throws {
        let encoder = JSONEncoder()
        if snakeCase { encoder.keyEncodingStrategy = .convertToSnakeCase }
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        write(Array(try encoder.encode(value)) + [0x0A])
    }

    /// Whether a person is reading.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) != 0 }

    /// Pushes out whatever the C library still holds.
    static func flush() throws { fflush(nil) }
}

/// What a command reads: a file, or standard input where the path is "-".
enum Input {
    /// All bytes at `path`.
    /// - Throws: `Failure.missing` or `Failure.data`.
    static func read(_ path: String, as role: String) throws -> [UInt8] {
        if path == "-" { return try standardInput() }
        try Failure.require(path, as: role)
        do {
            guard let file = FileHandle(forReadingAtPath: path) else { throw CocoaError(.fileReadNoPermission) }
            return Array(try file.readToEnd() ?? Data())
        } catch {
            throw Failure.data("\(role) cannot be read, \(path): expected a file that can be opened")
        }
    }

    /// All of standard input.
    /// - Throws: `Failure.data` where it is closed or a folder.
    static func standardInput() throws -> [UInt8] {
        do {
            return Array(try FileHandle.standardInput.readToEnd() ?? Data())
        } catch {
            throw Failure.data("standard input: \(Failure.reason(of: error)), expected text")
        }
    }
}

/// stderr: talk.
enum StandardError {
    /// What cannot be written is lost: there is nowhere left to say so.
    static func write(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }

    /// Whether a person is watching.
    static var isTerminal: Bool { isatty(STDERR_FILENO) != 0 }
}

/// A number that is written as null where JSON has no way to write it (infinities).
struct FiniteOrNull: Encodable {
    let value: Double

    init(_ value: Double) { self.value = value }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if value.isFinite { try container.encode(value) } else { try container.encodeNil() }
    }
}

/// Ctrl-C: the first asks long work to stop cleanly, the second leaves at once.
enum Interrupt {
    private static let count = Atomic<Int>(0)

    /// Whether Ctrl-C was pressed.
    static var requested: Bool { count.load(ordering: .relaxed) > 0 }

    /// Watches SIGINT from now on.
    static func install() {
        signal(SIGINT, handleInterrupt)
        ProcessSignals.acceptInterrupts()
    }

    /// Says `text` once Ctrl-C was pressed and what runs has not stopped within a moment.
    static func announce(_ text: String) {
        Thread.detachNewThread {
            while !requested { Thread.sleep(forTimeInterval: 0.1) }
            Thread.sleep(forTimeInterval: 0.3)
            StandardError.write("\n\(text)\n")
        }
    }

    fileprivate static func note() -> Int { count.add(1, ordering: .relaxed).newValue }

    /// Throws once Ctrl-C was pressed.
    static func check() throws {
        if requested { throw Failure.interrupted("interrupted") }
    }
}

/// A nonisolated function: a closure handed to C would trap on another thread.
private func handleInterrupt(_: Int32) {
    if Interrupt.note() > 1 { _exit(130) }
}

/// A line on the terminal that is overwritten as work goes on; plain lines now and then where stderr is a file.
struct ProgressLine {
    private let label: String
    private let start = Date()
    private var last = Date.distantPast
    private let interval: TimeInterval

    init(_ label: String) {
        self.label = label
        interval = StandardError.isTerminal ? 0.1 : 5
    }

    /// Shows `text`, at most ten times a second (every five seconds in a file).
    mutating func update(_ text: String) {
        guard Date().timeIntervalSince(last) >= interval else { return }
        last = Date()
        StandardError.write(StandardError.isTerminal ? "\r\u{1B}[K\(label): \(text)" : "\(label): \(text)\n")
    }

    /// Ends the line with what was done.
    func finish(_ text: String) {
        let seconds = String(format: "%.1f s", Date().timeIntervalSince(start))
        StandardError.write("\(StandardError.isTerminal ? "\r\u{1B}[K" : "")\(label): \(text) (\(seconds))\n")
    }
}
