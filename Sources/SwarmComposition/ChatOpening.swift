package import SwarmTemplates
package import SwarmTokenizers

/// What a member has read when its answer begins: a conversation as its own template writes it.
package struct ChatOpening: Sendable, Equatable {
    /// The conversation as the member reads it, up to where the answer begins.
    package let text: String
    /// The tokens of `text`; the start token is among them where the template writes it.
    package let tokens: [TokenID]
    /// Whether the answer's first token stands for a space that is none of the answer's: SentencePiece's dummy space
    /// after a control token, or the space that the template puts between question and answer.
    package let opensWithSpace: Bool
    /// What ends the answer where no token does: text that the template puts after an answer. Empty for none.
    package let stop: [UInt8]

    package init(text: String, tokens: [TokenID], opensWithSpace: Bool = false, stop: [UInt8] = []) {
        self.text = text
        self.tokens = tokens
        self.opensWithSpace = opensWithSpace
        self.stop = stop
    }

    /// Writes `conversation` with `template` and reads it with `tokenizer`, which adds nothing of its own.
    /// - Parameter date: what `strftime_now` tells.
    /// - Throws: `TemplateError`; also when the template refuses the conversation or writes nothing.
    package init(
        _ conversation: Conversation, template: ChatTemplate, tokenizer: Tokenizer, date: TemplateDate = .now
    ) throws(TemplateError) {
        let text = try template.render(conversation, date: date)
        let tokens = tokenizer.encode(Array(text.utf8), addSpecial: false, parseSpecial: true).ids
        guard !tokens.isEmpty else {
            throw TemplateError(template: template.name, line: nil, problem: "found no text, expected a conversation")
        }
        let turn = Self.turn(of: conversation, after: Array(text.utf8), template: template, date: date)
        self.init(
            text: text, tokens: tokens,
            opensWithSpace: Self.opensWithSpace(
                Array(text.utf8) + (turn?.before ?? []), tokens: tokens, tokenizer: tokenizer),
            stop: Self.stop(turn?.after ?? [], tokenizer: tokenizer))
    }

    /// What the template puts before and after an answer.
    /// - Returns: nil where it does not write answers as they are, or refuses them.
    private static func turn(
        of conversation: Conversation, after text: [UInt8], template: ChatTemplate, date: TemplateDate
    ) -> (before: [UInt8], after: [UInt8])? {
        let answer = "An answer."
        let answered = conversation.answered(answer)
        guard let rendered = try? template.render(answered, addGenerationPrompt: false, date: date),
            rendered.utf8.starts(with: text)
        else { return nil }
        let rest = Array(rendered.utf8.dropFirst(text.count))
        let space = rest.first == 0x20 ? 1 : 0
        // Where more than a space comes before an answer, it is something to say, such as empty thoughts.
        guard rest[space...].starts(with: answer.utf8) else { return nil }
        return (Array(rest[..<space]), Array(rest[(space + answer.utf8.count)...]))
    }

    private static func opensWithSpace(_ text: [UInt8], tokens: [TokenID], tokenizer: Tokenizer) -> Bool {
        // Without tokens that stand for a space and a word at the start, an answer has its space itself.
        guard tokenizer.addsPrefixSpace else { return false }
        let probe = tokenizer.encode(text + [UInt8(ascii: "A")], addSpecial: false, parseSpecial: true).ids
        guard probe.count > tokens.count, probe.starts(with: tokens) else { return false }
        return tokenizer.tokenBytes[probe[tokens.count].index].first == 0x20
    }

    /// The first line of `after` where it is plain text.
    private static func stop(_ after: [UInt8], tokenizer: Tokenizer) -> [UInt8] {
        let line = after.drop { [0x09, 0x0A, 0x0D, 0x20].contains($0) }.prefix { $0 != 0x0A && $0 != 0x0D }
        guard let first = tokenizer.encode(Array(line), addSpecial: false, parseSpecial: true).ids.first,
            [.text, .byte].contains(tokenizer.roles[first.index])
        else { return [] }
        return Array(line)
    }
}
