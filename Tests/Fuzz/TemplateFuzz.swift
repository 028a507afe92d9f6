internal import SwarmFormats
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
                specialTokens: [("bos_token", .string(Array("<s>".utf8))), ("eos_token", .string(Array("</s>".utf8)))],
                limits: limits)
        else { return }
        let question = Conversation(system: "Be kind.", user: "Hi, é 🦙 <s>\n")
        let text = try? template.render(question.answered(" Hello. "))
        precondition((text?.unicodeScalars.count ?? 0) <= limits.outputScalars, "output beyond its limit")
        _ = try? template.render(Conversation(user: ""), addGenerationPrompt: false)
    }
}
