internal import SwarmFormats
package import SwarmTokenizers

extension SharedVocabulary {
    /// The most tokens and key bytes a map holds: what its file's 32-bit numbers can carry with room to spare.
    static let limit = 1 << 30

    /// Makes the map of `members`. Takes a second or two for two vocabularies of 150,000 tokens.
    /// - Throws: `VocabularyError` when two members have one name or there are too many tokens.
    package init(
        members: [(name: String, tokenizer: Tokenizer)], normalization: KeyNormalization = .nfc
    ) throws(VocabularyError) {
        var names: Set<String> = []
        for (name, _) in members where !names.insert(name).inserted { throw .duplicateMember(name) }

        // Every string a token can stand for, in running text and at the start of a text.
        var strings = ByteStrings()
        var sources: [MemberStrings] = []
        for (_, tokenizer) in members { sources.append(MemberStrings(of: tokenizer, into: &strings)) }
        let byteCount = strings.size
        guard strings.count < Self.limit, byteCount < Self.limit else {
            throw .tooLarge(
                what: "vocabulary map", found: max(strings.count, byteCount), limit: Self.limit)
        }
        let (keys, indices) = ByteKeys.sorting(strings)
        let symbolOfKey = Self.classes(of: keys, under: normalization)
        let end = (symbolOfKey.max() ?? -1) + 1

        var tables: [MemberTables] = []
        for ((name, tokenizer), source) in zip(members, sources) {
            let memberKeys = source.running.map { $0 < 0 ? $0 : indices[Int($0)] }
            let symbols = Self.symbols(of: memberKeys, symbolOfKey: symbolOfKey, end: end)
            let pieces = FirstPieces(
                tokenizer: tokenizer, keys: keys, symbolOfKey: symbolOfKey, symbols: symbols, end: end)
            tables.append(
                MemberTables(
                    name: name, digest: tokenizer.digest, roles: tokenizer.roles, keys: memberKeys,
                    initialKeys: source.initial.map { $0 < 0 ? $0 : indices[Int($0)] },
                    firstPieces: pieces.table()))
        }
        self.init(normalization: normalization, keys: keys, symbolOfKey: symbolOfKey, members: tables)
    }

    /// By token: where its bytes lie in the list of all strings, `masked` or `endKey`.
    private struct MemberStrings {
        var running: [Int32] = []
        var initial: [Int32] = []

        init(of tokenizer: Tokenizer, into strings: inout ByteStrings) {
            for (bytes, role) in zip(tokenizer.tokenBytes, tokenizer.roles) {
                switch role {
                case .text, .byte:
                    // A token of no bytes would never move the text on.
                    running.append(bytes.isEmpty ? SharedVocabulary.masked : Int32(strings.count))
                    if !bytes.isEmpty { strings.append(bytes) }
                case .endOfText: running.append(SharedVocabulary.endKey)
                case .beginOfText, .padding, .unknown, .control, .unused: running.append(SharedVocabulary.masked)
                }
            }
            for token in tokenizer.endTokens { running[token.index] = SharedVocabulary.endKey }
            guard tokenizer.addsPrefixSpace else { return }
            for (token, bytes) in tokenizer.tokenBytes.enumerated() {
                guard running[token] >= 0, tokenizer.roles[token] == .text, bytes.first == 0x20 else {
                    initial.append(running[token])
                    continue
                }
                // The lone space is the empty text there.
                initial.append(bytes.count == 1 ? SharedVocabulary.masked : Int32(strings.count))
                if bytes.count > 1 { strings.append(Array(bytes.dropFirst())) }
            }
        }
    }

    /// By key: the number of its class under `normalization`, numbered in the order of the classes' first keys.
    private static func classes(of keys: ByteKeys, under normalization: KeyNormalization) -> [Int32] {
        // Keys that change under normalisation, in the order of their normal forms.
        var changed: [(key: Int, form: [UInt8])] = []
        if normalization != .none {
            for key in 0..<keys.count where UTF8State.isValid(keys[key]) {
                if let form = normalization.changedForm(of: Array(keys[key])) { changed.append((key, form)) }
            }
        }
        let isChanged = changed.reduce(into: [Bool](repeating: false, count: keys.count)) { $0[$1.key] = true }
        let (forms, formOfChanged) = ByteKeys.sorting(ByteStrings(changed.lazy.map(\.form)))

        // The representative of a form: the key that is the form itself, else the first that becomes it.
        var representative = [Int](repeating: -1, count: forms.count)
        for form in 0..<forms.count {
            if let key = keys.index(of: forms[form]), !isChanged[key] { representative[form] = key }
        }
        var parent = Array(0..<keys.count)
        for (position, form) in formOfChanged.enumerated() {
            let key = changed[position].key
            if representative[Int(form)] < 0 { representative[Int(form)] = key }
            parent[key] = representative[Int(form)]
        }

        var symbolOfParent = [Int32](repeating: -1, count: keys.count)
        var count: Int32 = 0
        return parent.map { parent in
            if symbolOfParent[parent] < 0 {
                symbolOfParent[parent] = count
                count += 1
            }
            return symbolOfParent[parent]
        }
    }
}
