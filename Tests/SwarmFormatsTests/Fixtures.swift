// Shared helpers of this target's tests: fixtures and paths.
import Foundation

/// Writes `bytes` to a new file and gives its path.
func temporaryFile(_ bytes: [UInt8]) -> String {
    let url = FileManager.default.temporaryDirectory.appending(path: "tokenswarm-" + UUID().uuidString)
    _ = FileManager.default.createFile(atPath: url.path, contents: Data(bytes))
    return url.path
}

func removeFile(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
}

/// Little-endian bytes of `value`.
func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}

/// The folder of real data beside the package, which a checkout may lack.
let dataFolder = URL(filePath: #filePath).appending(path: "../../../../shared/data").standardizedFileURL.path

func hasData(_ path: String) -> Bool { FileManager.default.fileExists(atPath: dataFolder + "/" + path) }
