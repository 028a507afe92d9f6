import SwarmComposition
import SwarmKernels
import SwarmModels
import SwarmTestSupport
import SwarmTokenizers

/// N-gram members of one small world, with tokenizers of every kind.
enum SmallMembers {
    static let texts = [
        "the cat sat on the mat.\nthe dog sat on the log.\n",
        "a small café by the sea, naïve and warm — 20 € a night.\n",
        "there was a cat named Tom. Tom liked the sea and the sun.\n", "the sun is warm 🌞 and the sea is blue 🌊.\n",
        "Lily had a dog. the dog liked the mat.\n",
    ].map { Array($0.utf8) }

    static let words = [" the", " sat", " cat", " dog", " on", " and", " there", " sea", " warm", "at", "ing", " was"]
    static let letters = "abcdefghijklmnopqrstuvwxyzTL.,"

    /// One byte a token; starts and ends with `<|endoftext|>`.
    static func bytes(_ name: String = "bytes", order: Int = 4) -> Member {
        member(name, .bytes(endOfText: true), order: order)
    }

    static func byteLevel(_ name: String = "bpe", order: Int = 3) throws -> Member {
        try member(name, SmallTokenizers.byteLevel(words: words), order: order)
    }

    static func sentencePiece(_ name: String = "spm", order: Int = 3) throws -> Member {
        try member(
            name, SmallTokenizers.sentencePiece(words: [" the", " th", " s", "at", " li", "ked"], letters: letters),
            order: order)
    }

    /// Cannot write a line feed, a digit or é.
    static func unigram(_ name: String = "unigram", order: Int = 3) throws -> Member {
        try member(
            name, SmallTokenizers.unigram(words: [" the", " cat", " dog", "sat", " li", "ked"], letters: letters),
            order: order)
    }

    static func all() throws -> [Member] {
        [bytes(), try byteLevel(), try sentencePiece(), try unigram()]
    }

    static func member(
        _ name: String, _ tokenizer: Tokenizer, texts: [[UInt8]] = texts, order: Int, contextLength: Int = 4096
    ) -> Member {
        let texts = texts.map { text in
            (tokenizer.startToken.map { [$0] } ?? [])
                + tokenizer.encode(text, addSpecial: false, parseSpecial: false).ids + tokenizer.endTokens.prefix(1)
        }
        let model = NGramModel(
            texts: texts, vocabularySize: tokenizer.vocabularySize, order: order, contextLength: contextLength,
            addK: 0.01)
        return Member(name: name, model: model, tokenizer: tokenizer)
    }

    static let pool = ThreadPool(threadCount: 1)
}

/// A model whose rows are spoilt.
struct SpoiltModel: LanguageModel {
    let base: NGramModel
    /// What every row becomes from its own.
    let spoil: @Sendable ([Float]) -> [Float]

    var vocabularySize: Int { base.vocabularySize }
    var contextLength: Int { base.contextLength }
    var summary: ModelSummary { base.summary }

    func makeSession(capacity: Int, pool: ThreadPool) -> any ModelSession {
        SpoiltSession(base: base.makeSession(capacity: capacity, pool: pool), model: self)
    }
}

final class SpoiltSession: ModelSession {
    let base: any ModelSession
    let model: SpoiltModel

    init(base: any ModelSession, model: SpoiltModel) {
        self.base = base
        self.model = model
    }

    var root: ContextNode { base.root }

    func evaluate(_ batch: [PendingToken]) throws(ModelError) -> Evaluated {
        var answer = try base.evaluate(batch)
        let size = model.vocabularySize
        let rows = stride(from: 0, to: answer.logits.count, by: size).map { Array(answer.logits[$0..<$0 + size]) }
        answer.logits = rows.flatMap(model.spoil)
        return answer
    }

    func release(_ nodes: some Sequence<ContextNode>) { base.release(nodes) }
}
