internal import SwarmFormats
internal import SwarmTemplates

/// What makes a prompt out of a task line's fields: Jinja as lm-evaluation-harness's `doc_to_text` has it, for example
/// `"Question: {{question}}\nAnswer:"`. A field that a line lacks is an error, never an empty string.
struct PromptTemplate: Sendable {
    private let template: ChatTemplate

    /// - Throws: `TemplateError` with the line that is wrong.
    init(_ source: String, task: String) throws {
        var limits = TemplateLimits()
        limits.undefinedIsEmpty = false
        // Jinja drops one final line break of a template: a prompt keeps its own.
        template = try ChatTemplate(
            source.hasSuffix("\n") ? source + "\n" : source, name: "template of task \(task)", limits: limits)
    }

    /// The prompt for a line, a JSON object.
    /// - Throws: `TemplateError`.
    func prompt(for line: JSON) throws -> [UInt8] {
        let fields = (line.object?.members ?? []).map { member in
            (String(decoding: member.key, as: UTF8.self), TemplateValue(member.value))
        }
        return Array(try template.render(variables: fields).utf8)
    }
}
