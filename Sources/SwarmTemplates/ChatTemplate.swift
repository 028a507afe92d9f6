/// A model's own way to write down a conversation, ready to render.
package struct ChatTemplate: Sendable {
    /// One turn of a conversation.
    package struct Message: Sendable, Equatable {
        /// `system`, `user` or `assistant`.
        package var role: String
        package var content: String

        package init(role: String, content: String) {
            self.role = role
            self.content = content
        }
    }

    /// For messages: the file it came from.
    package let name: String
    /// Special tokens by the names templates use: `bos_token`, `eos_token`, …
    package let specialTokens: [(name: String, text: String)]
    private let statements: [Statement]
    private let limits: TemplateLimits

    /// - Throws: `TemplateError` with the line that is wrong.
    package init(
        _ source: String, name: String, specialTokens: [(name: String, text: String)] = [],
        limits: TemplateLimits = TemplateLimits()
    ) throws(TemplateError) {
        self.name = name
        self.specialTokens = specialTokens
        self.limits = limits
        statements = try TemplateParser.parse(source, name: name, limits: limits)
    }

    /// The text of a conversation.
    /// - Throws: `TemplateError`; also when the template itself refuses the conversation.
    package func render(
        _ messages: [Message], addGenerationPrompt: Bool = true, date: TemplateDate = .now
    ) throws(TemplateError) -> String {
        let messages = messages.map { message in
            TemplateValue.mapping(
                TemplateMapping(named: [
                    ("role", TemplateValue(message.role)), ("content", TemplateValue(message.content)),
                ]))
        }
        return try render(
            variables: [
                ("messages", .list(TemplateList(messages))), ("tools", .none), ("documents", .none),
                ("add_generation_prompt", .bool(addGenerationPrompt)),
            ], date: date)
    }

    /// The text for any variables; special tokens are put in where they are not given.
    /// - Throws: `TemplateError`.
    package func render(
        variables: [(String, TemplateValue)], date: TemplateDate = .now
    ) throws(TemplateError) -> String {
        let interpreter = TemplateInterpreter(name: name, limits: limits, date: date)
        return try interpreter.render(statements, specialTokens.map { ($0.name, TemplateValue($0.text)) } + variables)
    }
}
