internal import Foundation
internal import SwarmFormats
package import SwarmTokenizers

/// Tokenizers of every kind, small enough to make in memory. Their vocabularies come from word lists: each word is
/// merged from left to right.
package enum SmallTokenizers {
    /// GPT-2's kind: any byte can be written; `<|endoftext|>` starts and ends texts.
    /// - Parameter control: more special tokens, such as those of a chat.
    package static func byteLevel(words: [String], control: [String] = []) throws -> Tokenizer {
        var pieces = (0...255).map { byteLetter(UInt8($0)) }
        let merges = merges(of: words.map { word in word.utf8.map { byteLetter($0) } }, into: &pieces)
        let added = specials(["<|endoftext|>"] + control, after: &pieces)
        return try read(
            """
            {"added_tokens": [\(added)], "normalizer": null,
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
             "post_processor": null, "decoder": {"type": "ByteLevel"},
             "model": {"type": "BPE", "dropout": null, "unk_token": null, "fuse_unk": false, "byte_fallback": false,
              "vocab": \(vocabulary(pieces)), "merges": \(list(merges))}}
            """, config: #"{"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"}"#)
    }

    /// SentencePiece's BPE as Llama has it: a space before every text, `▁` for spaces.
    /// - Parameters:
    ///   - letters: single characters of the vocabulary.
    ///   - byteFallback: whether other characters are written as bytes, else as `<unk>`.
    ///   - control: more special tokens, such as those of a chat.
    package static func sentencePiece(
        words: [String], letters: String, byteFallback: Bool = true, control: [String] = []
    ) throws -> Tokenizer {
        var pieces = ["<unk>", "<s>", "</s>"]
        if byteFallback { pieces += (0...255).map { String(format: "<0x%02X>", $0) } }
        pieces += ["▁"] + letters.unicodeScalars.map { String($0) }
        let merges = merges(
            of: words.map { word in
                word.replacingOccurrences(of: " ", with: "▁").unicodeScalars.map { String($0) }
            }, into: &pieces)
        let added = ["<unk>", "<s>", "</s>"].enumerated().map { special($0, $1) }.joined(separator: ", ")
        let more = specials(control, after: &pieces)
        return try read(
            """
            {"added_tokens": [\(added)\(more.isEmpty ? "" : ", " + more)],
             "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
              {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
             "pre_tokenizer": null, "post_processor": null,
             "decoder": {"type": "Sequence", "decoders": [
              {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"},
              {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
             "model": {"type": "BPE", "dropout": null, "unk_token": "<unk>", "fuse_unk": true,
              "byte_fallback": \(byteFallback), "vocab": \(vocabulary(pieces)), "merges": \(list(merges))}}
            """, config: #"{"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}"#)
    }

    /// A Unigram model with Metaspace, as T5 has it, without byte fallback; longer pieces are likelier.
    package static func unigram(words: [String], letters: String) throws -> Tokenizer {
        var pieces = ["<unk>", "<s>", "</s>", "▁"] + letters.unicodeScalars.map { String($0) }
        for word in words {
            let piece = word.replacingOccurrences(of: " ", with: "▁")
            if !pieces.contains(piece) { pieces.append(piece) }
        }
        let scored = pieces.enumerated().map { index, piece in
            "[\(quoted(piece)), \(index < 3 ? 0.0 : piece.count == 1 ? -8.0 : -6.0)]"
        }
        return try read(
            """
            {"added_tokens": [\(special(0, "<unk>")), \(special(1, "<s>")), \(special(2, "</s>"))], "normalizer": null,
             "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
             "post_processor": null,
             "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
             "model": {"type": "Unigram", "unk_id": 0, "vocab": [\(scored.joined(separator: ", "))],
              "byte_fallback": false}}
            """, config: #"{"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}"#)
    }

    static func read(_ text: String, config: String) throws -> Tokenizer {
        try Tokenizer(
            tokenizerJSON: Array(text.utf8), path: "small.json",
            config: JSON(parsing: Array(config.utf8), file: "config.json"))
    }

    /// Adds what each word is merged from, and gives the merges.
    static func merges(of words: [[String]], into pieces: inout [String]) -> [String] {
        var known = Set(pieces)
        var merges: [String] = []
        for word in words {
            for length in stride(from: 2, through: word.count, by: 1) {
                let piece = word.prefix(length).joined()
                guard known.insert(piece).inserted else { continue }
                pieces.append(piece)
                merges.append(word.prefix(length - 1).joined() + " " + word[length - 1])
            }
        }
        return merges
    }

    /// GPT-2's letter for a byte: printable ones are themselves, the others follow from U+0100.
    static func byteLetter(_ byte: UInt8) -> String {
        func isPrintable(_ byte: UInt8) -> Bool {
            (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || byte >= 0xAE
        }
        let scalar = isPrintable(byte) ? UInt32(byte) : 0x100 + UInt32((0..<byte).count { !isPrintable($0) })
        return Unicode.Scalar(scalar).map { String($0) } ?? ""
    }

    /// Appends tokens to the vocabulary and lists them as special ones.
    private static func specials(_ contents: [String], after pieces: inout [String]) -> String {
        contents.map { content in
            pieces.append(content)
            return special(pieces.count - 1, content)
        }.joined(separator: ", ")
    }

    static func special(_ id: Int, _ content: String) -> String {
        """
        {"id": \(id), "content": \(quoted(content)), "single_word": false, "lstrip": false, "rstrip": false,
         "normalized": false, "special": true}
        """
    }

    static func vocabulary(_ pieces: [String]) -> String {
        "{" + pieces.enumerated().map { "\(quoted($1)): \($0)" }.joined(separator: ", ") + "}"
    }

    static func list(_ strings: [String]) -> String {
        "[" + strings.map(quoted).joined(separator: ", ") + "]"
    }

    static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\u{0}"..."\u{1F}": String(format: "\\u%04x", scalar.value)
            default: String(scalar)
            }
        }
        return "\"" + escaped.joined() + "\""
    }
}

/// Where the shared test data lies: beside the package, where it is there at all.
package enum TestData {
    package static let path: String? = {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = package.deletingLastPathComponent().appendingPathComponent("shared/data").path
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    /// The bytes of a file of the shared data.
    package static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: (path ?? "") + "/" + name)))
    }
}
