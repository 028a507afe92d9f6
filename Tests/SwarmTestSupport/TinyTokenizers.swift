package import SwarmTokenizers

/// Tokenizers of at most a dozen tokens, one of every kind, for tests that enumerate everything a tokenizer can write.
package enum TinyTokenizers {
    /// How a byte-level tokenizer cuts text into words.
    package enum Words: String, Sendable {
        /// GPT-2's regular expression: white space looks ahead, `'s` is a word.
        case gpt2 = #"{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}"#
        /// Runs of digits are cut in threes from their right end, everything else is left whole.
        case rightAlignedDigits = #"""
            {"type": "Sequence", "pretokenizers": [
             {"type": "Split", "pattern": {"Regex": "\\d(?=(\\d{3})+(?!\\d))"}, "behavior": "MergedWithPrevious",
              "invert": false},
             {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]}
            """#
        /// The text is one word.
        case none = #"{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}"#
    }

    /// BPE over bytes.
    /// - Parameters:
    ///   - text: its bytes are the letters.
    ///   - merges: pairs of strings, the first the strongest.
    package static func byteLevel(
        text: String, merges: [(String, String)], words: Words = .gpt2
    ) throws -> Tokenizer {
        var pieces: [String] = []
        for byte in text.utf8 where !pieces.contains(SmallTokenizers.byteLetter(byte)) {
            pieces.append(SmallTokenizers.byteLetter(byte))
        }
        func spelled(_ text: String) -> String { text.utf8.map { SmallTokenizers.byteLetter($0) }.joined() }
        for (left, right) in merges where !pieces.contains(spelled(left + right)) {
            pieces.append(spelled(left + right))
        }
        pieces.append("<|endoftext|>")
        return try SmallTokenizers.read(
            """
            {"added_tokens": [\(SmallTokenizers.special(pieces.count - 1, "<|endoftext|>"))], "normalizer": null,
             "pre_tokenizer": \(words.rawValue), "post_processor": null, "decoder": {"type": "ByteLevel"},
             "model": {"type": "BPE", "dropout": null, "unk_token": null, "fuse_unk": false, "byte_fallback": false,
              "vocab": \(SmallTokenizers.vocabulary(pieces)),
              "merges": \(SmallTokenizers.list(merges.map { spelled($0.0) + " " + spelled($0.1) }))}}
            """, config: #"{"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"}"#)
    }

    /// Llama's kind: BPE over characters, a space before every text, é and the letter a also as bytes.
    package static func sentencePiece() throws -> Tokenizer {
        let pieces = ["<unk>", "<s>", "</s>", "<0x61>", "<0xA9>", "<0xC3>", "▁", "a", "b", "ab", "▁a", "▁ab"]
        return try SmallTokenizers.read(
            """
            {"added_tokens": [\((0..<3).map { SmallTokenizers.special($0, pieces[$0]) }.joined(separator: ", "))],
             "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
              {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
             "pre_tokenizer": null, "post_processor": null,
             "decoder": {"type": "Sequence", "decoders": [
              {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"},
              {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
             "model": {"type": "BPE", "dropout": null, "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true,
              "vocab": \(SmallTokenizers.vocabulary(pieces)),
              "merges": \(SmallTokenizers.list(["a b", "▁ a", "▁a b", "▁ ab"]))}}
            """, config: #"{"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}"#)
    }

    /// A Unigram model with Metaspace: every way to cut a text into pieces counts.
    package static func unigram() throws -> Tokenizer {
        let pieces: [(String, Double)] = [
            ("<unk>", 0), ("<s>", 0), ("</s>", 0), ("▁", -2), ("a", -2.5), ("b", -3), ("ab", -3.5), ("ba", -4),
            ("▁a", -3), ("▁ab", -3.25), ("aba", -5),
        ]
        let scored = pieces.map { "[\(SmallTokenizers.quoted($0)), \($1)]" }.joined(separator: ", ")
        return try SmallTokenizers.read(
            """
            {"added_tokens": [\((0..<3).map { SmallTokenizers.special($0, pieces[$0].0) }.joined(separator: ", "))],
             "normalizer": null,
             "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
             "post_processor": null,
             "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true},
             "model": {"type": "Unigram", "unk_id": 0, "vocab": [\(scored)], "byte_fallback": false}}
            """, config: #"{"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}"#)
    }

    /// One character a token, by WordLevel over single characters.
    package static func characters() throws -> Tokenizer {
        let pieces = ["<unk>", "<s>", "</s>", "a", "b", "é", " "]
        return try SmallTokenizers.read(
            """
            {"added_tokens": [\((0..<3).map { SmallTokenizers.special($0, pieces[$0]) }.joined(separator: ", "))],
             "normalizer": null,
             "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(?s:.)"}, "behavior": "Isolated",
              "invert": false},
             "post_processor": null, "decoder": {"type": "Fuse"},
             "model": {"type": "WordLevel", "vocab": \(SmallTokenizers.vocabulary(pieces)), "unk_token": "<unk>"}}
            """, config: #"{"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}"#)
    }
}
