internal import ArgumentParser
internal import Foundation
internal import SwarmKernels
internal import SwarmModels

/// Flags of every command that computes.
struct ComputeOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "Threads to compute with; results do not depend on it. Default: all cores.")
    var threads: Int?

    @Flag(
        inversion: .prefixedNo,
        help:
            "Look for NaN and infinity in a model's weights when it is first opened; files that passed are remembered.")
    var checkTensors = true

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads: found \(threads), expected 1 to 1024")
        }
    }

    /// Threads in force.
    var threadCount: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }

    /// How models' weights are checked.
    var tensorCheck: TensorCheck { checkTensors ? .remembered : .never }

    func makePool() -> ThreadPool { ThreadPool(threadCount: threadCount) }
}
