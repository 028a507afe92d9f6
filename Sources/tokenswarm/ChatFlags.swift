internal import ArgumentParser
internal import Foundation
internal import SwarmComposition
internal import SwarmEvaluation
internal import SwarmTemplates

/// Flags that make `generate` answer in a conversation.
struct ChatFlags: ParsableArguments {
    @Flag(help: "The prompt is a user's message: every member reads it as its own chat template writes it.")
    var chat = false

    @Option(help: "With --chat: a system message before the user's.")
    var system: String?

    @Option(
        help: "With --chat: the conversation so far, a JSON list of {\"role\", \"content\"}; - is standard input.",
        completion: .file(extensions: ["json"]))
    var messages: String?

    @Option(
        help: ArgumentHelp(
            "With --chat: a template to use in place of the member's own. Repeat for more members.",
            valueName: "[MEMBER=]FILE"))
    var chatTemplate: [String] = []

    func validate() throws {
        guard !chat else { return }
        for (name, isGiven) in [
            ("--system", system != nil), ("--messages", messages != nil), ("--chat-template", !chatTemplate.isEmpty),
        ] where isGiven {
            throw ValidationError("found \(name) without --chat, expected both")
        }
    }

    /// By member: the conversation that ends with `prompt`, or the one of --messages, as it reads it.
    func openings(_ prompt: String, templates: [ChatTemplate], members: [Member]) throws -> [ChatOpening] {
        let conversation = try conversation(prompt: prompt)
        let date = TemplateDate.now
        return try zip(templates, members).map { template, member in
            try ChatOpening(conversation, template: template, tokenizer: member.tokenizer, date: date)
        }
    }

    private func conversation(prompt: String) throws -> Conversation {
        guard let messages else { return Conversation(system: system, user: prompt) }
        return try Conversation(
            parsing: Input.read(messages, as: "messages"), file: messages == "-" ? "standard input" : messages,
            system: system)
    }

    /// By member of the recipe: its template.
    /// - Throws: for a member without one, what to do.
    func templates(for recipe: Recipe) throws -> [ChatTemplate] {
        var own: [String: String] = [:]
        for text in chatTemplate {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            let isNamed = parts.count == 2 && recipe.members.contains { $0.name == parts[0] }
            let file = isNamed ? parts[1] : text
            if !isNamed, parts.count == 2, !FileManager.default.fileExists(atPath: file) {
                throw Failure.usage(
                    "--chat-template: found the member \"\(parts[0])\", expected one of "
                        + recipe.members.map(\.name).joined(separator: ", "))
            }
            try Failure.require(file, as: "chat template")
            for member in recipe.members where !isNamed || member.name == parts[0] { own[member.name] = file }
        }
        return try recipe.members.map { member in
            var templates = try ChatTemplates(path: member.path)
            if let file = own[member.name] { templates = try ChatTemplates(file: file, of: templates) }
            guard let template = try templates.template() else {
                throw Failure.data(
                    "chat template, member \(member.name) (\(member.path)): found none, expected one for --chat: give "
                        + "one with --chat-template \(member.name)=FILE, or generate without --chat")
            }
            return template
        }
    }
}
