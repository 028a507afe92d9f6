import SwarmTemplates
import Testing

/// Templates that a naive interpreter would take hours or all memory for.
@Suite struct HostileTemplateTests {
    private static let doubled =
        "{% set ns = namespace(x=[1]) %}{% for i in range(90) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}"
    private static let long = "{% set s = 'a' * 400000 %}"
    private static let numbers = "{% set r = range(99999) %}"

    static let sources = [
        doubled + "{{ ns.x }}", doubled + "{{ ns.x | tojson }}", doubled + "{{ ns.x == [ns.x[0], ns.x[1]] }}",
        doubled + "{{ ns.x ~ 'a' }}", doubled + "{{ ns.x | string | length }}", doubled + "{{ [ns.x, ns.x] | sort }}",
        doubled + "{{ [ns.x, ns.x] | unique | list }}", doubled + "{{ ns.x is eq ns.x }}",
        doubled + "{{ ns.x | join(',') }}",
        doubled + "{% macro f(x) %}{{ x }}{% endmacro %}{{ f(ns.x) }}",
        long + numbers + "{% for i in r %}{% if s == 'a' ~ s %}{% endif %}{% endfor %}",
        long + numbers + "{% for i in r %}{% if s + 'b' in s %}{% endif %}{% endfor %}",
        long + "{{ s.count('a' * 200000 + 'b') }}",
        long + numbers + "{% for i in r %}{% set t = s | list %}{% endfor %}",
        long + numbers + "{% for i in r %}{% set t = s[1:] %}{% endfor %}",
        long + numbers + "{% for i in r %}{% set t = s | trim | length %}{% endfor %}",
        long + "{{ s | replace('a', s) }}", long + "{{ s | replace('', s) }}",
        numbers + "{% for i in r %}{% for j in r %}{% endfor %}{% endfor %}",
        numbers + "{% for i in r %}{% for j in r %}{{ loop.index }}{% endfor %}{% endfor %}",
        numbers + "{% for i in r %}{% set x = r | list | length %}{% set y = r[1:] %}{% endfor %}",
        numbers + "{% set ns = namespace(x=[]) %}{% for i in r %}{% set ns.x = ns.x + [r] %}{% endfor %}{{ ns.x }}",
        "{{ (" + "[" * 60 + "range(99999) | list" + "]" * 60 + ") | tojson(indent=100) }}",
        "{{ {" + (0..<30_000).map { "\($0): 1" }.joined(separator: ",") + "} }}",
        "{% macro f(n) %}{% for i in range(20) %}{{ f(n) }}{% endfor %}{% endmacro %}{{ f(1) }}",
        "{% macro f(n) %}{{ f(n - 1) if n else '' }}{{ f(n - 1) if n else '' }}{% endmacro %}{{ f(60) }}",
        "{{ range(-9223372036854775807 - 1, 9223372036854775807, 9223372036854775807) | list }}{{ range(9223372036854775807) }}",
        "{{ 'x' * 100000000 }}", "{{ [1] * 100000000 }}", "{{ 'a' | indent(1001) }}", "{{ 2 ** 100000 }}",
        "{{ 'abc' | center(9) }}",
    ]

    /// At a tenth of the default steps; what counts is that there is an end.
    @Test(.timeLimit(.minutes(1)), arguments: sources) func endsInAnError(_ source: String) throws {
        var limits = TemplateLimits()
        limits.steps = 2_000_000
        #expect(throws: TemplateError.self) {
            try ChatTemplate(source, name: "hostile", limits: limits).render(variables: [])
        }
    }
}

private func * (text: String, count: Int) -> String { String(repeating: text, count: count) }
