internal import Foundation
internal import SwarmTokenizers

/// Any bytes through the fixtures' tokenizers. The input's first byte chooses the tokenizer, the second where the text
/// is cut for the incremental encoding; the rest is text.
enum EncodingFuzz {
    private struct Subject {
        var name: String
        var tokenizer: Tokenizer
        /// Whether decoding gives any text back: nothing normalized away, a byte token for every byte.
        var isLossless: Bool
    }

    private static let subjects: [Subject] = {
        let folder =
            ProcessInfo.processInfo.environment["FUZZ_FIXTURES"]
            ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/tokenizers").path
        let lossless: Set = ["regex-split.json", "unigram-bytes.json", "byte-fallback.json", "sentencepiece-bpe.gguf"]
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
            !$0.hasSuffix(".cases.json")
        }
        var subjects = files.sorted().compactMap { name in
            (try? Tokenizer(path: "\(folder)/\(name)")).map {
                Subject(name: name, tokenizer: $0, isLossless: lossless.contains(name))
            }
        }
        subjects.append(Subject(name: "bytes", tokenizer: .bytes(endOfText: true), isLossless: true))
        precondition(subjects.count > 8, "found \(subjects.count) tokenizers in \(folder)")
        return subjects
    }()

    /// Text of words, long enough that incremental encoding starts inside it.
    private static let filler = Array(String(repeating: "Oren mends the old lantern by the river ", count: 12).utf8)

    static func run(_ data: [UInt8]) {
        guard data.count >= 2 else { return }
        let subject = subjects[Int(data[0] & 0x7F) % subjects.count]
        let tokenizer = subject.tokenizer
        let text = (data[0] & 0x80 != 0 ? filler : []) + data[2...]
        let whole = tokenizer.encode(text, addSpecial: false, parseSpecial: false)
        checkShape(whole, text, tokenizer)
        checkShape(tokenizer.encode(text), text, tokenizer)
        if subject.isLossless {
            let decoded = tokenizer.decode(whole.ids)
            // ▁ is how these vocabularies spell a space.
            precondition(
                decoded == text || decoded == spaced(text), "\(subject.name): decode(encode(x)) is \(decoded)")
        }
        let cut = text.count - min(Int(data[1]), text.count)
        let before = tokenizer.encode(Array(text[..<cut]), addSpecial: false, parseSpecial: false)
        let extended = tokenizer.encode(text, extending: before, of: cut)
        precondition(extended == whole, "\(subject.name): extending gives other tokens from byte \(cut)")
    }

    /// Ids of the vocabulary, ends that never fall and reach the end of the text.
    static func checkShape(_ encoding: Encoding, _ text: [UInt8], _ tokenizer: Tokenizer) {
        precondition(encoding.ids.count == encoding.ends.count, "ids and ends of different counts")
        precondition(
            encoding.ids.allSatisfy { (0..<tokenizer.vocabularySize).contains($0.index) }, "an id outside")
        precondition(zip(encoding.ends, encoding.ends.dropFirst()).allSatisfy { $0 <= $1 }, "ends that fall")
        precondition(encoding.ends.allSatisfy { (0...text.count).contains($0) }, "an end outside the text")
    }

    private static func spaced(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < text.count {
            if text[index...].starts(with: [0xE2, 0x96, 0x81]) {
                result.append(0x20)
                index += 3
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }
}
