internal import SwarmFormats

extension RestartRule {
    /// Patterns that always cut between a letter and a space that a letter follows, and look no further than the end
    /// of a run for it.
    private static let cuttingPatterns: Set<String> = [
        TokenizerJSONParts.gpt2Pattern,
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
        #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
        #"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"#,
        #"\n"#, #"\w+|[^\w\s]+"#,
    ]

    /// The rule for a tokenizer.json; nil where it is not known to cut at such places.
    init?(_ root: JSONField, kind: String, added: [AddedTokens.Token], tokenBytes: ByteStrings) {
        guard Self.isSafeNormalizer(root["normalizer"]), let cuts = Self.cuts(root["pre_tokenizer"]) else { return nil }
        // Only merging is local; a Viterbi sum depends on all that came before.
        guard cuts || (kind.hasPrefix("BPE") && !tokenBytes.contains(where: Self.spans)) else { return nil }
        if added.contains(where: { Self.spans($0.content) }) { return nil }
        self.init()
    }

    /// Whether text on either side of a letter and a space is normalized the same without the other side.
    private static func isSafeNormalizer(_ field: JSONField) -> Bool {
        guard let type = field["type"].value?.string else { return field.ifPresent == nil }
        switch type {
        case "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Prepend", "StripAccents", "BertNormalizer", "Nmt",
            "Precompiled":
            return true
        case "Replace":
            if field["pattern"]["Regex"].value?.string == " {2,}" { return true }
            return field["pattern"]["String"].value?.string == " " && field["content"].value?.string == "▁"
        case "Sequence":
            return (field["normalizers"].value?.array ?? []).allSatisfy {
                isSafeNormalizer(JSONField($0, file: field.file))
            }
        default: return false
        }
    }

    /// Whether text is always cut before a space between letters; nil where that is not known.
    private static func cuts(_ field: JSONField) -> Bool? {
        guard let type = field["type"].value?.string else { return field.ifPresent == nil ? false : nil }
        switch type {
        case "ByteLevel":
            // A prefix space joins the text to what is not there.
            return field["use_regex"].value?.bool ?? true
        case "Whitespace", "WhitespaceSplit", "BertPreTokenizer": return true
        case "Digits", "Punctuation": return false
        case "Metaspace": return field["split"].value?.bool ?? true
        case "Split":
            guard let pattern = field["pattern"]["Regex"].value?.string else { return nil }
            if pattern == #"\n"# { return false }
            let behavior = field["behavior"].value?.string
            return Self.cuttingPatterns.contains(pattern) && (behavior == "Isolated" || behavior == "Removed")
                ? true : nil
        case "Sequence":
            var cut = false
            for step in field["pretokenizers"].value?.array ?? [] {
                guard let step = cuts(JSONField(step, file: field.file)) else { return nil }
                cut = cut || step
            }
            return cut
        default: return nil
        }
    }
}
