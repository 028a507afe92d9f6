import Foundation

/// Damaged copies of a file, for tests that nothing crashes.
enum MutatedFile {
    static func withEach(
        of bytes: [UInt8], count: Int, extension suffix: String, using chance: inout Chance,
        _ body: (String) throws -> Void
    ) throws {
        let path = NSTemporaryDirectory() + "mutated-\(UUID().uuidString).\(suffix)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        for _ in 0..<count {
            var mutated = bytes
            if Int.random(in: 0..<3, using: &chance) == 0 {
                mutated.removeLast(Int.random(in: 1..<bytes.count, using: &chance))
            } else {
                for _ in 0..<4 {
                    mutated[Int.random(in: 0..<bytes.count, using: &chance)] = UInt8.random(in: 0...255, using: &chance)
                }
            }
            try Data(mutated).write(to: URL(fileURLWithPath: path))
            try body(path)
        }
    }
}
