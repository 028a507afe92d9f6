internal import SwarmTemplates

/// Any template source, rendered on a conversation under small limits.
enum TemplateFuzz {
    private static let limits = {
        var limits = TemplateLimits()
        limits.steps = 100_000
        limits.outputScalars = 1 << 16
        return limits
    }()

    static func run(_ data: [UInt8]) {
        guard
            let template = try? ChatTemplate(
                String(decoding: data, as: UTF8.self), name: "fuzz",
                specialTokens: [("bos_token", "<s>"), ("eos_token", "</s>")], limits: limits)
        else { return }
        let messages: [ChatTemplate.Message] = [
            .init(role: "system", content: "Be kind."), .init(role: "user", content: "Hi, é 🦙 <s>\n"),
            .init(role: "assistant", content: " Hello. "), .init(role: "user", content: ""),
        ]
        let text = try? template.render(messages)
        precondition((text?.unicodeScalars.count ?? 0) <= limits.outputScalars, "output beyond its limit")
        _ = try? template.render(Array(messages.dropFirst()), addGenerationPrompt: false)
    }
}
