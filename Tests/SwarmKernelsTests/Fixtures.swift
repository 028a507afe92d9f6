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
