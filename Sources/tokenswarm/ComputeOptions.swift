internal import ArgumentParser
internal import Foundation
internal import SwarmKernels

/// Flags of every command that computes.
struct ComputeOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "Threads to compute with; results do not depend on it. Default: all cores.")
    var threads: Int?

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads: found \(threads), expected 1 to 1024")
        }
    }

    /// Threads in force.
    var threadCount: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }

    func makePool() -> ThreadPool { ThreadPool(threadCount: threadCount) }
}
