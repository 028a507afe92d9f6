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
    static let fixtures: [URL] = {
        let other = ProcessInfo.processInfo.environment["TOKENSWARM_TEMPLATES"].map { URL(fileURLWithPath: $0) }
        return
            ((try? FileManager.default.contentsOfDirectory(at: other ?? folder, includingPropertiesForKeys: nil)) ?? [])
            .filter { $0.pathExtension == "json" }
            .sorted { $0.path < $1.path }
    }()

    @Test func fixturesAreThere() { #expect(Self.fixtures.count >= 8) }

    @Test(arguments: fixtures) func rendersAsTheReference(_ file: URL) throws {
        let json = try JSON(parsing: [UInt8](Data(contentsOf: file)), file: file.path)
        let template = try ChatTemplate(#require(json["template"]?.string), name: file.lastPathComponent)
        let cases = try #require(json["cases"]?.array)
        #expect(!cases.isEmpty)
        for (number, test) in cases.enumerated() {
            let variables = try #require(test["variables"]?.object).members.map {
                (String(decoding: $0.key, as: UTF8.self), TemplateValue($0.value))
            }
            if let expected = test["text"]?.string {
                let found = try template.render(variables: variables, date: date)
                #expect(
                    Array(found.utf8) == Array(expected.utf8), "case \(number): \(found)\n--- expected\n\(expected)")
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
            name: "test", specialTokens: [("bos_token", "<s>")])
        let messages = [ChatTemplate.Message(role: "user", content: "hi")]
        #expect(try template.render(messages) == "<s>user: hi\n>")
        #expect(try template.render(messages, addGenerationPrompt: false) == "<s>user: hi\n")
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
        limits.steps = 1_000_000
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
