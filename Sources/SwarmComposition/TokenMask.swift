internal import SwarmModels
internal import SwarmTokenizers

/// Which rows of a member's logits count.
///
/// Text and byte tokens and the tokens that end a text do. Other control tokens are masked: what is left is renormalised
/// and the mass they had is reported. Rows past the tokenizer's vocabulary are padding: they count as −∞, not as mass.
struct TokenMask: Sendable {
    /// By row; as many as both model and tokenizer have.
    let allowed: [Bool]
    /// The rows that are not.
    let masked: [Int]
    /// By row: whether it ends a text.
    let isEnd: [Bool]
    /// Rows that stand for bytes.
    let textCount: Int

    init(_ member: Member) {
        let tokenizer = member.tokenizer
        let rows = min(member.model.vocabularySize, tokenizer.vocabularySize)
        var isEnd = tokenizer.roles.prefix(rows).map { $0 == .endOfText }
        for token in tokenizer.endTokens where token.index < rows { isEnd[token.index] = true }
        let isText = (0..<rows).map { row in
            let role = tokenizer.roles[row]
            return (role == .text || role == .byte) && tokenizer.tokenBytes.count(of: row) > 0 && !isEnd[row]
        }
        self.isEnd = isEnd
        let allowed = zip(isText, isEnd).map { $0 || $1 }
        self.allowed = allowed
        masked = allowed.indices.filter { !allowed[$0] }
        textCount = isText.count { $0 }
    }
}
