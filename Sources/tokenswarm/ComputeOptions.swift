internal import ArgumentParser
internal import Foundation
internal import SwarmKernels
internal import SwarmModels

/// Flags of every command that computes.
struct ComputeOptions: ParsableArguments {
    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: "Threads to compute with; results do not depend on it. Default: all cores.")
    var threads: Int?

    @Flag(
        inversion: .prefixedNo,
        help:
            "Look for NaN and infinity in a model's weights when it is first opened; files that passed are remembered.")
    var checkTensors = true

    @OptionGroup var cache: CacheOptions

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads: found \(threads), expected 1 to 1024")
        }
        guard threads == nil else { return }
        do { _ = try Environment.value(Self.variable, in: 1...1024) } catch { throw ValidationError("\(error)") }
    }

    private static let variable = "TOKENSWARM_THREADS"

    /// Threads in force.
    var threadCount: Int {
        // A variable that is no such number was an error of `validate`.
        threads ?? (try? Environment.value(Self.variable, in: 1...1024))
            ?? ProcessInfo.processInfo.activeProcessorCount
    }

    /// What --print-config shows.
    func settings() -> [(name: String, value: String, origin: SettingsInForce.Origin)] {
        let environment = ProcessInfo.processInfo.environment
        let origin: SettingsInForce.Origin =
            threads != nil
            ? .flag("--threads") : environment[Self.variable] != nil ? .environment(Self.variable) : .standard
        let isa = "TOKENSWARM_ISA"
        return [
            ("threads", "\(threadCount)", origin),
            ("cache_type_k", cache.cacheTypeK.rawValue, cache.cacheTypeK == .f32 ? .standard : .flag("--cache-type-k")),
            ("cache_type_v", cache.cacheTypeV.rawValue, cache.cacheTypeV == .f32 ? .standard : .flag("--cache-type-v")),
            ("isa", instructionSet, environment[isa] == instructionSet ? .environment(isa) : .standard),
        ]
    }

    /// How models' weights are checked.
    var tensorCheck: TensorCheck { checkTensors ? .remembered : .never }

    /// How members' sessions store keys and values.
    var cacheTypes: CacheTypes { cache.types }

    func makePool() -> ThreadPool { ThreadPool(threadCount: threadCount) }
}
