import Foundation
import SwarmFormats
import SwarmTemplates
import Testing

private let date = TemplateDate(year: 2024, month: 7, day: 6, hour: 9, minute: 5, second: 3)

private func render(_ source: String, limits: TemplateLimits = TemplateLimits()) throws -> String {
    try ChatTemplate(source, name: "test", limits: limits).render(variables: [], date: date)
}

private func problem(_ source: String, limits: TemplateLimits = TemplateLimits()) -> TemplateError? {
    #expect(throws: TemplateError.self) { try render(source, limits: limits) }
}

@Suite struct ChatTemplateTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../Fixtures/templates").standardized

    /// Every fixture of bench/oracles/template_goldens.py, and of a folder that is named for a wider check.
    static let place = ProcessInfo.processInfo.environment["TOKENSWARM_TEMPLATES"].map { URL(fileURLWithPath: $0) }
    static let fixtures: [URL] =
        ((try? FileManager.default.contentsOfDirectory(at: place ?? folder, includingPropertiesForKeys: nil)) ?? [])
        .filter { $0.pathExtension == "json" && $0.lastPathComponent != "conversations.json" }
        .sorted { $0.path < $1.path }
    static let conversations = Result {
        try json((place ?? folder).appendingPathComponent("conversations.json")).array ?? []
    }

    static func json(_ file: URL) throws -> JSON {
        try JSON(parsing: [UInt8](Data(contentsOf: file)), file: file.path)
    }

    @Test func fixturesAreThere() throws {
        #expect(Self.fixtures.count >= 11)
        #expect(try Self.conversations.get().count >= 14)
    }

    @Test(arguments: fixtures) func rendersAsTheReference(_ file: URL) throws {
        let json = try Self.json(file)
        let template = try ChatTemplate(#require(json["template"]?.string), name: file.lastPathComponent)
        let cases = try #require(json["cases"]?.array)
        #expect(try cases.count == 2 * Self.conversations.get().count)
        for (number, test) in cases.enumerated() {
            let conversation = try Self.conversations.get()[#require(test["conversation"]?.int)]
            var variables = try #require(conversation.object).members.map {
                (String(decoding: $0.key, as: UTF8.self), TemplateValue($0.value))
            }
            let isPrompt = test["add_generation_prompt"]?.bool ?? false
            variables.append(("add_generation_prompt", .bool(isPrompt)))
            if let expected = test["text"]?.string {
                let found = Result { try template.render(variables: variables, date: date) }
                let text = (try? found.get()) ?? "\(found)"
                #expect(
                    Array(text.utf8) == Array(expected.utf8), "case \(number): \(text)\n--- expected\n\(expected)")
            } else {
                #expect(throws: TemplateError.self, "case \(number)") {
                    try template.render(variables: variables, date: date)
                }
            }
        }
    }

    @Test func messagesRender() throws {
        let template = try ChatTemplate(
            "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
                + "{% if add_generation_prompt %}>{% endif %}",
            name: "test", specialTokens: [("bos_token", .string(Array("<s>".utf8)))])
        let question = Conversation(system: "be brief", user: "hi")
        #expect(try template.render(question) == "<s>system: be brief\nuser: hi\n>")
        #expect(try template.render(Conversation(user: "hi"), addGenerationPrompt: false) == "<s>user: hi\n")
    }

    @Test func errorsNameTheLine() {
        #expect(problem("a\nb\n{{ raise_exception('no ' ~ 1) }}")?.description == "test, line 3: no 1")
        #expect(problem("a\n{% if x %}\n")?.line == 2 || problem("a\n{% if x %}\n")?.line == 3)
        #expect(problem("{{ a.b }}")?.problem == "found undefined a, expected something with the member b")
        #expect(problem("\n{% include 'x' %}")?.line == 2)
        #expect(problem("{{ 'a' | nothing }}")?.problem == "found the filter nothing, expected a known one")
    }

    @Test(arguments: [
        "{{ '", "{{", "{%", "{#", "{% raw %}", "{{ ) }}", "{{ [1, }}", "{% for %}", "{% endif %}", "{{ 1 / 0 }}",
        "{{ 9223372036854775807 + 1 }}", "{{ 99999999999999999999 }}", "{{ 'a' * 9223372036854775807 }}",
        "{{ -(-9223372036854775807 - 1) }}", "{{ (-9223372036854775807 - 1) // -1 }}", "{{ [].append(1) }}",
        "{{ ''.__class__ }}{{ ''.__class__.__mro__ }}", "{{ range(1000000) }}", "{% break %}", "{{ 'x'[:1:0] }}",
        "{{ namespace() }}", "{{ 'abc'.split('') }}", "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% set ns = namespace(x=[]) %}{% for i in range(99999) %}{% set ns.x = [ns.x] %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}",
    ])
    func hostileTemplatesAreErrors(_ source: String) {
        var limits = TemplateLimits()
        limits.steps = 8_000_000
        #expect(problem(source, limits: limits) != nil)
    }

    @Test func deepSyntaxIsAnError() {
        let many = 100_000
        #expect(
            problem("{{ " + String(repeating: "(", count: many) + "1" + String(repeating: ")", count: many) + " }}")
                != nil)
        #expect(problem("{{ 1" + String(repeating: " + 1", count: many) + " }}") != nil)
        #expect(problem("{{ a" + String(repeating: ".b", count: many) + " }}") != nil)
        #expect(problem("{{ " + String(repeating: "not ", count: many) + "1 }}") != nil)
        #expect(problem(String(repeating: "{% if 1 %}", count: many)) != nil)
    }

    @Test func outputIsCapped() {
        var limits = TemplateLimits()
        limits.outputScalars = 100
        #expect(problem("{% for i in range(60) %}ab{% endfor %}", limits: limits) != nil)
    }
}
