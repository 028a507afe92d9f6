internal import SwarmFormats

/// What the files beside a vocabulary say of its special tokens.
struct TokenSettings: Sendable {
    var bos: [UInt8]?
    var eos: [UInt8]?
    var pad: [UInt8]?
    var unk: [UInt8]?
    var bosIDs: [Int] = []
    var eosIDs: [Int] = []
    var padIDs: [Int] = []
    var unkIDs: [Int] = []
    var addsBOS: Bool?
    var addsEOS: Bool?
    var tokenizerClass: String?

    /// Reads tokenizer_config.json or special_tokens_map.json; what is known already stays.
    mutating func read(tokenizerConfig config: JSON) {
        func content(_ key: String) -> [UInt8]? { config[key]?.bytes ?? config[key]?["content"]?.bytes }
        bos = bos ?? content("bos_token")
        eos = eos ?? content("eos_token")
        pad = pad ?? content("pad_token")
        unk = unk ?? content("unk_token")
        addsBOS = addsBOS ?? config["add_bos_token"]?.bool
        addsEOS = addsEOS ?? config["add_eos_token"]?.bool
        tokenizerClass = tokenizerClass ?? config["tokenizer_class"]?.string
    }

    /// Reads generation_config.json or config.json, which name ids.
    mutating func read(modelConfig config: JSON) {
        func ids(_ key: String) -> [Int] {
            if let id = config[key]?.int { return [id] }
            return config[key]?.array?.compactMap(\.int) ?? []
        }
        if bosIDs.isEmpty { bosIDs = ids("bos_token_id") }
        eosIDs += ids("eos_token_id")
        if padIDs.isEmpty { padIDs = ids("pad_token_id") }
    }

    /// Texts that end a turn in the chat formats of today's models; they count only where the token is special.
    static let turnEnds: Set<[UInt8]> = Set(
        [
            "<|eot_id|>", "<|im_end|>", "<end_of_turn>", "<|end|>", "<|endoftext|>", "<|eom_id|>", "<|end_of_text|>",
            "<EOT>", "<|end_of_turn|>", "<|EOT|>", "<|return|>", "<|call|>", "<｜end▁of▁sentence｜>", "</s>", "<eos>",
            "<|eot|>", "<end_of_utterance>", "<|end_of_sentence|>", "<|user_end|>",
        ].map { Array($0.utf8) })

    /// The roles of all tokens, the token that starts texts, and BOS where there is one.
    /// - Parameters:
    ///   - pieces: by id; empty for holes.
    ///   - special: ids of the special tokens.
    ///   - byteTokens: ids of the byte-fallback tokens.
    ///   - unknown: the model's own unknown token.
    func roles(
        pieces: ByteStrings, special: Set<Int>, byteTokens: Set<Int>, unknown: Int?, id: ([UInt8]) -> Int?
    ) -> (roles: [TokenRole], bos: Int?, eos: Int?) {
        var roles = pieces.map { $0.isEmpty ? TokenRole.unused : .text }
        for index in byteTokens where roles.indices.contains(index) { roles[index] = .byte }
        for index in special where roles.indices.contains(index) {
            roles[index] = Self.turnEnds.contains(pieces[index]) ? .endOfText : .control
        }
        func resolve(_ name: [UInt8]?, _ ids: [Int]) -> [Int] {
            let named = name.flatMap { id($0) }.map { [$0] } ?? []
            return (named + ids).filter { roles.indices.contains($0) && roles[$0] != .unused }
        }
        let begins = resolve(bos, bos == nil ? bosIDs : [])
        let ends = resolve(eos, eosIDs)
        // Later roles win: a token that also ends texts is an end, whatever else it serves for.
        for index in resolve(unk, unkIDs) + [unknown].compactMap({ $0 }) where roles.indices.contains(index) {
            roles[index] = .unknown
        }
        for index in resolve(pad, padIDs) where roles[index] != .unknown { roles[index] = .padding }
        for index in begins { roles[index] = .beginOfText }
        for index in ends { roles[index] = .endOfText }
        return (roles, begins.first, ends.first)
    }
}
