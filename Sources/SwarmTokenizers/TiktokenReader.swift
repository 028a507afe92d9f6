internal import SwarmFormats
internal import SwarmKernels

/// Reads a file of tiktoken ranks: lines of a piece in base64 and its rank, which is also its id.
enum TiktokenReader {
    /// The pre-tokenizer and the end-of-text token are not in the file; they follow from the vocabulary's size.
    private static let known: [Int: (name: String, pre: String, endOfText: Int)] = [
        50256: ("r50k", "gpt-2", 50256), 50280: ("p50k", "gpt-2", 50256), 100256: ("cl100k", "dbrx", 100257),
        199998: ("o200k", "gpt-4o", 199999), 128000: ("Llama 3", "llama-bpe", 128001),
        151643: ("Qwen", "qwen2", 151643),
    ]

    static func read(_ bytes: [UInt8], path: String, settings: TokenSettings) throws(TokenizerError) -> TokenizerParts {
        var ranked: [(piece: [UInt8], rank: Int)] = []
        for (number, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            if line.allSatisfy({ $0 == 0x0D || $0 == 0x20 }) { continue }
            let parts = line.split(whereSeparator: { $0 == 0x20 || $0 == 0x0D })
            guard parts.count == 2, let piece = Base64.decode(parts[0]), !piece.isEmpty,
                let rank = Int(String(decoding: parts[1], as: UTF8.self)), (0...Vocabulary.largestID).contains(rank)
            else {
                throw TokenizerError(
                    path: path, field: "line \(number + 1)",
                    problem: "found \(line.count) bytes, expected a piece in base64 and its rank")
            }
            ranked.append((piece, rank))
        }
        guard let format = known[ranked.count], let pre = NamedPreTokenizer.named(format.pre) else {
            throw TokenizerError(
                path: path, field: nil,
                problem: "found \(ranked.count) ranks, expected one of "
                    + known.keys.sorted().map { "\($0) (\(known[$0]?.name ?? ""))" }.joined(separator: ", "))
        }
        var vocabulary = Vocabulary(capacity: ranked.count)
        for (piece, rank) in ranked {
            guard rank >= vocabulary.count || vocabulary.pieces[rank].isEmpty, vocabulary.insert(piece, id: rank) == nil
            else {
                throw TokenizerError(
                    path: path, field: "rank \(rank)", problem: "found a piece or rank twice, expected unique ones")
            }
        }
        // Any two neighbours that join to a piece merge, the lowest rank first.
        var merges = MergeTable(capacity: ranked.count * 2)
        for (piece, rank) in ranked {
            for cut in 1..<max(1, piece.count) {
                guard let left = vocabulary.id(of: piece, 0, cut),
                    let right = vocabulary.id(of: piece, cut, piece.count)
                else { continue }
                merges.insert(left, right, rank: rank, id: Int32(rank))
            }
        }
        var model = BPEModel(vocabulary: vocabulary, merges: merges, worksOnBytes: true)
        model.ignoresMerges = true
        let (steps, problem) = pre.steps()
        guard let steps else { throw TokenizerError(path: path, field: nil, problem: problem) }
        let endOfText = AddedTokens.Token(
            id: Int32(format.endOfText), content: Array("<|endoftext|>".utf8), isSpecial: true)
        var pieces = vocabulary.pieces
        while pieces.count <= format.endOfText { pieces.append([]) }
        pieces[format.endOfText] = endOfText.content
        let (roles, bos, eos) = settings.roles(
            pieces: pieces, special: [format.endOfText], byteTokens: [], unknown: nil, id: { _ in nil })
        let pipeline = TokenPipeline(
            added: AddedTokens([endOfText], normalize: { $0 }), preTokenizer: .sequence(steps), model: model)
        return TokenizerParts(
            kind: "BPE (byte level, \(format.name))", pieces: pieces, tokenBytes: pieces, roles: roles,
            pipeline: pipeline, startToken: Int32(bos ?? eos ?? format.endOfText), addsStartToken: false,
            addsPrefixSpace: false, decodesByJoining: true, restart: RestartRule(),
            digest: SHA256.hex(bytes))
    }
}
