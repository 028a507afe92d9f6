// Shared helpers of this target's tests: fixtures and paths.
import CEmulatedKernels
import Foundation
import SwarmKernels

/// Writes `bytes` to a new file and gives its path.
func temporaryFile(_ bytes: [UInt8]) -> String {
    let url = FileManager.default.temporaryDirectory.appending(path: "tokenswarm-" + UUID().uuidString)
    _ = FileManager.default.createFile(atPath: url.path, contents: Data(bytes))
    return url.path
}

func removeFile(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
}

let fixturesFolder = URL(filePath: #filePath).appending(path: "../../Fixtures").standardizedFileURL.path

/// Numbers from −1 to 1 that are the same every time.
struct Numbers {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> Float {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max)
    }

    mutating func array(_ count: Int, scale: Float = 1) -> [Float] { (0..<count).map { _ in next() * scale } }
}

/// Every set of kernels that the processor can run, those with emulated instructions among them.
let instructionSets: [String] = {
    ts_add_emulated_sets()
    return ["portable", "avx2", "avx512", "amx", "emulated-avx512", "emulated-amx"].filter {
        withInstructionSet($0) { true } ?? false
    }
}()
