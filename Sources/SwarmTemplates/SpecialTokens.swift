internal import SwarmFormats

/// The special tokens that templates are given as variables, as transformers collects them.
enum SpecialTokens {
    private static let names = [
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
    ]

    /// - Parameters:
    ///   - config: tokenizer_config.json.
    ///   - map: special_tokens_map.json; counts only where `config` does not list the added tokens itself.
    ///   - model: config.json; its `model_type` names the tokenizer class where `config` does not.
    static func variables(config: JSON?, map: JSON?, model: JSON?) -> [(name: String, value: JSON)] {
        let isLegacy = config?["added_tokens_decoder"] == nil
        let defaults = defaults(
            tokenizerClass: config?["tokenizer_class"]?.string,
            modelType: config?["tokenizer_class"] == nil ? model?["model_type"]?.string : nil)
        var result: [(name: String, value: JSON)] = []
        for name in names {
            // A null is a token that the model does not have, whatever its class says.
            let found = (isLegacy ? map?[name] : nil) ?? config?[name]
            let text = found.map(content) ?? defaults[name].map { Array($0.utf8) }
            if let text, !text.isEmpty { result.append((name, .string(text))) }
        }
        let listed = ((isLegacy ? map : nil)?["additional_special_tokens"] ?? config?["additional_special_tokens"])?
            .array
        if let texts = listed?.compactMap(content), !texts.isEmpty {
            result.append(("additional_special_tokens", .array(texts.map { .string($0) })))
        }
        for (key, value) in config?["extra_special_tokens"]?.object?.members ?? [] {
            if let text = content(value) { result.append((String(decoding: key, as: UTF8.self), .string(text))) }
        }
        return result
    }

    /// By metadata key: the token's id.
    static func variables(_ file: GGUFFile) throws(FormatError) -> [(name: String, value: JSON)] {
        let keys = [
            ("bos_token", "bos"), ("eos_token", "eos"), ("unk_token", "unknown"), ("sep_token", "seperator"),
            ("pad_token", "padding"), ("cls_token", "cls"), ("mask_token", "mask"),
        ]
        let tokens = try file.strings("tokenizer.ggml.tokens") ?? ByteStrings()
        var result: [(name: String, value: JSON)] = []
        for (name, key) in keys {
            guard let id = try file.integer("tokenizer.ggml.\(key)_token_id"), tokens.indices.contains(id) else {
                continue
            }
            result.append((name, .string(tokens[id])))
        }
        return result
    }

    /// A token written as text or as an object with its `content`.
    private static func content(_ token: JSON) -> [UInt8]? { token.bytes ?? token["content"]?.bytes }

    /// What the tokenizer classes of transformers have where the files say nothing.
    private static func defaults(tokenizerClass: String?, modelType: String?) -> [String: String] {
        let name: String
        if let tokenizerClass {
            name = tokenizerClass.hasSuffix("Fast") ? String(tokenizerClass.dropLast(4)) : tokenizerClass
        } else {
            name = classes[modelType ?? ""] ?? ""
        }
        let end = "<|endoftext|>"
        switch name {
        case "LlamaTokenizer", "CodeLlamaTokenizer":
            return ["bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"]
        case "GPT2Tokenizer", "GPTNeoXTokenizer", "CodeGenTokenizer":
            return ["bos_token": end, "eos_token": end, "unk_token": end]
        case "Qwen2Tokenizer": return ["eos_token": end, "unk_token": end, "pad_token": end]
        case "GemmaTokenizer":
            return ["bos_token": "<bos>", "eos_token": "<eos>", "unk_token": "<unk>", "pad_token": "<pad>"]
        case "CohereTokenizer":
            return ["bos_token": "<BOS_TOKEN>", "eos_token": "<|END_OF_TURN_TOKEN|>", "unk_token": "<UNK>"]
        default: return [:]
        }
    }

    private static let classes = [
        "llama": "LlamaTokenizer", "mistral": "LlamaTokenizer", "mixtral": "LlamaTokenizer", "phi3": "LlamaTokenizer",
        "gpt2": "GPT2Tokenizer", "olmo2": "GPT2Tokenizer", "gpt_neox": "GPTNeoXTokenizer",
        "olmoe": "GPTNeoXTokenizer", "stablelm": "GPTNeoXTokenizer", "mamba": "GPTNeoXTokenizer",
        "rwkv": "GPTNeoXTokenizer", "qwen2": "Qwen2Tokenizer", "qwen3": "Qwen2Tokenizer", "qwen3_moe": "Qwen2Tokenizer",
        "gemma2": "GemmaTokenizer", "gemma3": "GemmaTokenizer", "gemma3_text": "GemmaTokenizer",
        "cohere": "CohereTokenizer",
    ]
}
