import Foundation
import SwarmFormats
import SwarmTemplates
import Testing

/// The templates of a model folder with these files.
private func read(_ files: [String: String]) throws -> ChatTemplates {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("tokenswarm-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    for (name, text) in files {
        let file = url.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }
    return try ChatTemplates(path: url.path)
}

private func render(_ template: ChatTemplate?) throws -> String {
    try #require(template).render(Conversation(user: "hi"))
}

@Suite struct ChatTemplatesTests {
    private static let config = #"{"chat_template": "config {{ messages[0].content }}"}"#

    @Test func filesComeBeforeTheConfiguration() throws {
        #expect(try render(read(["tokenizer_config.json": Self.config]).template()) == "config hi")
        let both = try read(["tokenizer_config.json": Self.config, "chat_template.jinja": "file"])
        #expect(both.sources.map(\.name) == ["default"])
        #expect(try render(both.template()) == "file")
        #expect(try render(read(["chat_template.json": #"{"chat_template": "legacy"}"#]).template()) == "legacy")
        #expect(try read(["config.json": "{}"]).sources.isEmpty)
        #expect(try read([:]).sources.isEmpty)
        #expect(try read(["tokenizer_config.json": #"{"chat_template": null}"#]).sources.isEmpty)
    }

    @Test func namedTemplates() throws {
        let list = #"{"chat_template": [{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]}"#
        let listed = try read(["tokenizer_config.json": list])
        #expect(try render(listed.template()) == "d")
        #expect(try render(listed.template(hasTools: true)) == "t")
        #expect(try render(listed.template(named: "tool_use")) == "t")
        let files = try read([
            "tokenizer_config.json": Self.config, "chat_template.jinja": "file",
            "additional_chat_templates/tool_use.jinja": "tools", "additional_chat_templates/notes.txt": "no",
        ])
        #expect(files.sources.map(\.name) == ["default", "tool_use"])
        #expect(try render(files.template()) == "file")
        #expect(try render(files.template(hasTools: true)) == "tools")
        let other = try read(["additional_chat_templates/rag.jinja": "r"])
        let error = #expect(throws: TemplateError.self) { try other.template() }
        #expect(error?.description.contains("found the templates rag, expected default") == true)
    }

    @Test func specialTokensAreVariables() throws {
        let template = "{{ bos_token }}|{{ eos_token }}|{{ pad_token is defined }}|{{ image_token }}"
        func text(_ files: [String: String]) throws -> String {
            try render(read(files.merging(["chat_template.jinja": template]) { $1 }).template())
        }
        #expect(try text([:]) == "||False|")
        let config = """
            {"bos_token": {"content": "<b>"}, "eos_token": "<e>", "pad_token": null,
             "extra_special_tokens": {"image_token": "<i>"}}
            """
        #expect(try text(["tokenizer_config.json": config]) == "<b>|<e>|False|<i>")
        // Where the configuration does not list the added tokens, the map's come first.
        let map = #"{"eos_token": {"content": "<m>"}, "pad_token": "<p>"}"#
        #expect(try text(["tokenizer_config.json": config, "special_tokens_map.json": map]) == "<b>|<m>|True|<i>")
        let listed = config.dropLast() + #", "added_tokens_decoder": {}}"#
        #expect(
            try text(["tokenizer_config.json": String(listed), "special_tokens_map.json": map]) == "<b>|<e>|False|<i>")
        // What the class of the tokenizer has, unless the file says none.
        #expect(try text(["tokenizer_config.json": #"{"tokenizer_class": "LlamaTokenizerFast"}"#]) == "<s>|</s>|False|")
        #expect(
            try text(["tokenizer_config.json": #"{"tokenizer_class": "LlamaTokenizer", "bos_token": null}"#])
                == "|</s>|False|")
        #expect(try text(["config.json": #"{"model_type": "gemma2"}"#]) == "<bos>|<eos>|True|")
    }

    @Test func errorsNameTheFile() throws {
        let wrong = #expect(throws: JSONError.self) { try read(["tokenizer_config.json": #"{"chat_template": 7}"#]) }
        #expect(wrong?.description.contains("tokenizer_config.json at chat_template: found 7") == true)
        let broken = try read(["chat_template.jinja": "a\n{% if %}"])
        let error = #expect(throws: TemplateError.self) { try broken.template() }
        #expect(error?.description.contains("/chat_template.jinja, line 2: ") == true)
        #expect(throws: TemplateError.self) {
            try read(["chat_template.jinja": String(repeating: "a", count: 2 << 20)])
        }
    }

    @Test func conversationsAreRead() throws {
        let text = #"[{"role": "user", "content": "a"}, {"role": "assistant", "content": null, "x": [1]}]"#
        let conversation = try Conversation(parsing: Array(text.utf8), file: "m.json", system: "s")
        #expect(conversation.messages.count == 3)
        for bad in ["[]", "{}", #"["a"]"#, #"[{"content": "a"}]"#, #"[{"role": 1}]"#, "nonsense"] {
            #expect(throws: JSONError.self, "\(bad)") { try Conversation(parsing: Array(bad.utf8), file: "m.json") }
        }
    }
}
