import Foundation
import SwarmFormats
import SwarmTokenizers

/// Where the committed fixtures and the shared data lie, found from this file.
enum Files {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let fixtures = root.appendingPathComponent("Tests/Fixtures/tokenizers").path
    static let shared = root.deletingLastPathComponent().appendingPathComponent("shared/data").path

    static func has(_ path: String) -> Bool { FileManager.default.fileExists(atPath: "\(shared)/\(path)") }

    static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    static func json(_ path: String) throws -> JSON { try JSON(parsing: try bytes(path), file: path) }
}

/// What the reference makes of one text.
struct Case {
    var text: [UInt8]
    var ids: [Int]
    var special: [Int]?
    var offsets: [(start: Int, end: Int)]?
    var decoded: [UInt8]?

    init(_ json: JSONField) throws {
        text = try json["text"].bytes()
        ids = try json["ids"].array().map { try $0.int() }
        special = try json["special"].ifPresent?.array().map { try $0.int() }
        offsets = try json["offsets"].ifPresent?.array().map { (try $0[0].int(), try $0[1].int()) }
        decoded = try json["decoded"].ifPresent?.bytes()
    }

    static func read(_ name: String) throws -> [Case] {
        let path = "\(Files.fixtures)/\(name).cases.json"
        return try JSONField(try Files.json(path), file: path).array().map(Case.init)
    }
}

extension Encoding {
    var numbers: [Int] { ids.map(\.index) }
}

/// A repeatable source of random numbers (SplitMix64).
struct Chance: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// Text of words, spaces, digits, accents, emoji, stray bytes.
    mutating func text(_ parts: Int) -> [UInt8] {
        let words = [
            "Oren", "mends", " the", " lantern", "harbour", " copper", "it's", " isn't", "we'LL", "é", "e\u{301}", "中文",
            "🦙", "👨‍👩‍👧", "ﬁ", "\u{1112}\u{1161}\u{11ab}", "▁", "<|end|>", "<mask>", "owl", "<s>", "한국", "ς", "İ",
        ]
        let gaps = [" ", " ", " ", "  ", "    ", "\n", "\n\n", "\t", ". ", ", ", "-", "12", "1234", ""]
        var text: [UInt8] = []
        for _ in 0..<parts {
            text += Array((words.randomElement(using: &self) ?? "").utf8)
            text += Array((gaps.randomElement(using: &self) ?? "").utf8)
            if Int.random(in: 0..<60, using: &self) == 0 { text.append(UInt8.random(in: 0...255, using: &self)) }
        }
        return text
    }
}
