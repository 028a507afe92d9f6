package import SwarmFormats

/// A model's own way to write down a conversation, ready to render.
package struct ChatTemplate: Sendable {
    /// For messages: the file it came from.
    package let name: String
    /// Special tokens by the names templates use: `bos_token`, `eos_token`, …
    package let specialTokens: [(name: String, value: JSON)]
    private let statements: [Statement]
    private let limits: TemplateLimits

    /// - Throws: `TemplateError` with the line that is wrong.
    package init(
        _ source: String, name: String, specialTokens: [(name: String, value: JSON)] = [],
        limits: TemplateLimits = TemplateLimits()
    ) throws(TemplateError) {
        self.name = name
        self.specialTokens = specialTokens
        self.limits = limits
        statements = try TemplateParser.parse(source, name: name, limits: limits)
    }

    /// The text of a conversation, as transformers' `apply_chat_template` makes it.
    /// - Parameter addGenerationPrompt: whether it ends where the assistant's answer begins.
    /// - Throws: `TemplateError`; also when the template itself refuses the conversation.
    package func render(
        _ conversation: Conversation, addGenerationPrompt: Bool = true, date: TemplateDate = .now
    ) throws(TemplateError) -> String {
        try render(
            variables: [
                ("messages", .list(TemplateList(conversation.messages.map { TemplateValue($0) }))), ("tools", .none),
                ("documents", .none), ("add_generation_prompt", .bool(addGenerationPrompt)),
            ], date: date)
    }

    /// The text for any variables; special tokens are put in where they are not given.
    /// - Throws: `TemplateError`.
    package func render(
        variables: [(String, TemplateValue)], date: TemplateDate = .now
    ) throws(TemplateError) -> String {
        let interpreter = TemplateInterpreter(name: name, limits: limits, date: date)
        return try interpreter.render(statements, specialTokens.map { ($0.name, TemplateValue($0.value)) } + variables)
    }
}
