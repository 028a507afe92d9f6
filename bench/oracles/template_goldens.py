"""Writes the chat template fixtures of Tests/Fixtures/templates: templates that this script writes, with the constructs
that published ones use, and what Jinja, set up as transformers 4.57.6 sets it up, makes of several conversations.

    pip install jinja2==3.1.6
    python bench/oracles/template_goldens.py

With `--check FOLDER` it instead writes FOLDER/cases.json of every *.jinja in FOLDER, for templates not committed here.
"""

import argparse
import datetime
import json
import pathlib

import jinja2
import jinja2.ext
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "templates"
NOW = datetime.datetime(2024, 7, 6, 9, 5, 3)


class Generation(jinja2.ext.Extension):
    """`{% generation %}` as transformers has it: the body is written as it is."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def environment():
    env = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = NOW.strftime
    return env


TEMPLATES = {
    # Plain turns, ChatML.
    "chatml": """{% for message in messages %}
{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}
{% endfor %}
{% if add_generation_prompt %}
{{ '<|im_start|>assistant\\n' }}
{% endif %}
""",
    # Headers, a date, tools as JSON with an indent, trimmed contents.
    "headers": """{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|head|>system<|/head|>\\n\\nToday: " + date_string + "\\n\\n" }}
{%- if tools is not none %}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\\n\\n" }}
    {%- endfor %}
{%- endif %}
{{- system_message }}{{ "<|eot|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|head|>' + message['role'] + '<|/head|>\\n\\n'+ message['content'] | trim + '<|eot|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("One call at a time.") }}
        {%- endif %}
        {%- set call = message.tool_calls[0].function %}
        {{- '{"name": "' + call.name + '", "parameters": ' }}{{ call.arguments | tojson }}{{ "}<|eot|>" }}
    {%- else %}
        {{- "<|head|>tool<|/head|>\\n\\n" }}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|head|>assistant<|/head|>\\n\\n' }}
{%- endif %}
""",
    # Alternating roles, errors, a system text before the last user's.
    "instruct": """{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
{%- set ns = namespace() %}
{%- set ns.index = 0 %}
{%- for message in loop_messages %}
    {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
        {{- raise_exception("Roles must alternate user/assistant/user/assistant/...") }}
    {%- endif %}
    {%- set ns.index = ns.index + 1 %}
{%- endfor %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- endif %}
{%- endfor %}
{{ user_messages | length }}
""",
    # Roles renamed, a macro, a system text put before the first user's.
    "turns": """{{ bos_token }}
{%- macro turn(role, text, end='<end>') -%}
<start>{{ role }}
{{ text | trim }}{{ end }}
{% endmacro -%}
{%- if messages[0]['role'] == 'system' -%}
    {%- if messages[0]['content'] is string -%}
        {%- set first_user_prefix = messages[0]['content'] + '\\n\\n' -%}
    {%- else -%}
        {%- set first_user_prefix = messages[0]['content'][0]['text'] + '\\n\\n' -%}
    {%- endif -%}
    {%- set loop_messages = messages[1:] -%}
{%- else -%}
    {%- set first_user_prefix = "" -%}
    {%- set loop_messages = messages -%}
{%- endif -%}
{%- for message in loop_messages -%}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception("Conversation roles must alternate") }}
    {%- endif -%}
    {%- set role = "model" if message['role'] == 'assistant' else message['role'] -%}
    {{ turn(role, (first_user_prefix if loop.first else "") + message.content, end='<end' ~ loop.index ~ '>') }}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{'<start>model\\n'}}
{%- endif -%}
""",
    # Thoughts split off, messages walked backwards, string methods.
    "thinking": """{%- set ns = namespace(multi_step=true, last=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step and message.role == "user" and not (message.content.startswith('<tool>') and message.content.endswith('</tool>')) %}
        {%- set ns.multi_step = false %}
        {%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.content is string %}{% set content = message.content %}{% else %}{% set content = '' %}{% endif %}
    {%- if message.role == "assistant" %}
        {%- set thoughts = '' %}
        {%- if '</think>' in content %}
            {%- set thoughts = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last and (loop.last or thoughts) %}
            {{- '<|' + message.role + '|>\\n<think>\\n' + thoughts.strip('\\n') + '\\n</think>\\n\\n' + content }}
        {%- else %}
            {{- '<|' + message.role + '|>\\n' + content }}
        {%- endif %}
        {%- if loop.previtem and loop.previtem.role == 'user' %}{{ '<!after user>' }}{% endif %}
    {%- else %}
        {{- '<|' ~ message.role ~ '|>' ~ '\\n' ~ content }}
    {%- endif %}
    {{- '<|end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|assistant|>\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}
""",
    # generation blocks, break and continue, end of text after the last turn, both else forms.
    "marked": """{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|system|>\\nBe brief.<|end|>\\n' }}{% endif %}
  {%- if message['role'] == 'assistant' %}
{% generation %}{{ '<|assistant|>\\n' + message['content'] }}{% if not loop.last %}{{ eos_token + '\\n' }}{% else %}{{ eos_token }}{% endif %}{% endgeneration %}
  {%- elif message['role'] == 'tool' %}{% continue %}
  {% else %}
{{ '<|' + message['role'] + '|>\\n' + message['content'] + '\\n' }}
  {% endif %}
  {% if loop.index > 20 %}{% break %}{% endif %}
{% else %}nothing said
{% endfor %}
{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}
""",
    # Whitespace: signs, indents, comments, raw.
    "blanks": """  {# a comment #}
start
    {% if true %}
  kept {{ 'a' }}  
    {%+ if true %} b {% endif +%}
    {% endif %}
{{- ' c ' -}}
   {#- gone -#}
 d
\t{% set x %}
 [{{ messages | length }}]
{% endset %}
{{ x | trim }}
{% raw %}
 {{ raw }} {% endraw %}
end {{ "}}" }} {{ {'a': {'b': 1}}['a'] }}


""",
    # Values written out, filters, tests, operators.
    "values": """{{ [1, 2.0, 'it\\'s', "q\\"", none, true, (1,), {'k': [1e20, 0.1]}] }}
{{ messages | map(attribute='role') | join(', ') }} {{ messages | map(attribute='content') | map('upper') | list | length }}
{{ messages | rejectattr('role', 'in', ['user', 'tool']) | map(attribute='role') | list }}
{{ 'hello wORLD-of things' | title }} {{ 'hELLO there' | capitalize }} {{ 'straße' | upper }} {{ 'ΣΑΣ' | lower }}
{{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 2 ** 10 }} {{ 7 / 2 }} {{ 2 * 3 ~ '!' }} {{ 'ab' * 3 }}
{{ 'abcdef'[1:4] }} {{ 'abcdef'[::-1] }} {{ 'abcdef'[-2:] }} {{ [1, 2, 3][:-1] }} {{ 'naïve 🦙'[-1] }} {{ 'naïve 🦙' | length }}
{{ missing | default('fallback') }} {{ '' | default('empty', true) }} [{{ missing }}] {{ missing is defined }} {{ 'x' in missing }}
{{ 1 < 2 <= 2 }} {{ 'a' in 'cat' }} {{ 3 not in [1, 2] }} {{ 'b' if false }} {{ not true or 1 and 'yes' }}
{{ 1 is number }} {{ true is number }} {{ true is integer }} {{ {} is mapping }} {{ 'a' is iterable }} {{ 4 is even }} {{ 9 is divisibleby 3 }}
{% for k, v in {'b': 1, 'a': {'z': '<é&>'}}.items() %}{{ k }}={{ v | tojson }};{% endfor %}
{{ {'b': 'tab\\t"q" \\\\ é <b> \\u2028', 'a': [1, 2.5, null_thing is defined, none]} | tojson }} {{ [] | tojson(indent=2) }}
{{ {'b': [1, {}], 'a': {'c': 'd'}} | tojson(indent=2, sort_keys=true) }} {{ 'é🦙' | tojson(ensure_ascii=true) }} {{ [1, 2] | tojson(separators=(',', ':')) }}
{{ ' a  b c '.split() }} {{ 'a,b,c'.split(',', 1) }} {{ 'a,b,c'.rsplit(',', 1) }} {{ 'xxaxx'.strip('x') }} {{ 'a.b'.replace('.', '->') }}
{{ range(3) | list }} {{ range(5, 0, -2) | list }} {{ [3, 1, 2] | sort }} {{ ['b', 'A', 'c'] | sort(reverse=true) }} {{ [1, 1, 2] | unique | list }}
{{ {'x': 1}.get('y', 'none') }} {{ {'x': 1}.keys() | list }} {{ 'one\\ntwo\\n\\nthree' | indent(2) }} {{ ' x '.strip() ~ 'y' }}
{% set ns = namespace(n=0) %}{% for i in range(4) if i is odd %}{% set ns.n = ns.n + i %}{{ loop.cycle('a', 'b') }}{{ loop.revindex }}{% endfor %}{{ ns.n }}
{% macro twice(x, y='-') %}{{ x }}{{ y }}{{ x }}{% endmacro %}{{ twice('m') }} {{ twice('m', y=1) }} {{ twice(3) | length }}
{% macro wrap() %}<{{ caller() }}>{% endmacro %}{% call wrap() %}inside{% endcall %} {% filter upper %}loud {{ 'er' }}{% endfilter %}
{% set a, b = 1, 'two' %}{{ a }}{{ b }} {% with c = 3 %}{{ c }}{% endwith %}{{ c is defined }} {{ '%' }} {{ 5 | string + '5' }} {{ '42' | int + 1 }}
{% set outer = 1 %}{% for i in [1, 2] %}{{ outer }}{% set outer = i + 5 %}{{ outer }} {% endfor %}{{ outer }} {{ messages[0].role.upper() }}
{{ messages[-1]['content'] | trim | replace('<', '&lt;') | first }} {{ strftime_now('%Y-%m-%d %H:%M:%S %A %B %p') }} {{ -3 | abs }} {{ 'A' 'b' }}
""",
}

TOOL = {"type": "function", "function": {"name": "weather", "description": "The weather <now> & \"then\"", "parameters": {
    "type": "object", "properties": {"place": {"type": "string"}, "days": {"type": "integer"}}, "required": ["place"]}}}


def turn(role, content, **more):
    return {"role": role, "content": content, **more}


CONVERSATIONS = [
    {"messages": [turn("user", "Hello there.")]},
    {"messages": [turn("system", " You are terse. \n"), turn("user", "Why is the sky blue?")]},
    {"messages": [turn("user", "a"), turn("assistant", "  b \n"), turn("user", "c\n\nd"), turn("assistant", "e")]},
    {"messages": [turn("system", "Sys"), turn("user", "Grüße, 世界 🦙 e\u0301"), turn("assistant", "<think>\nhm\n</think>\n\nא 👍🏽"),
                  turn("user", "<b>x & y</b> \"q\" 'r' {{ no }} {% no %}")]},
    {"messages": [turn("user", "one"), turn("user", "two")]},
    {"messages": [turn("user", "Weather?"), turn("assistant", "", tool_calls=[{"type": "function", "function": {
        "name": "weather", "arguments": {"place": "Zürich", "days": 2}}}]), turn("tool", "sunny"), turn("assistant", "Sunny.")],
     "tools": [TOOL]},
    {"messages": [turn("user", "ok"), turn("assistant", "<think>t</think>fine")], "enable_thinking": False},
]


def cases(name, source):
    template = environment().from_string(source)
    for conversation in CONVERSATIONS:
        for prompt in [False, True]:
            variables = {"tools": None, "documents": None, "bos_token": "<s>", "eos_token": "</s>", **conversation,
                         "add_generation_prompt": prompt}
            case = {"variables": variables}
            try:
                case["text"] = template.render(**variables)
            except Exception as error:
                case["error"] = str(error)
            yield case


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", type=pathlib.Path)
    folder = parser.parse_args().check
    if folder:
        for path in sorted(folder.glob("*.jinja")):
            write(folder / (path.stem + ".json"), path.read_text())
        return
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for name, source in TEMPLATES.items():
        write(FIXTURES / (name + ".json"), source)


def write(path, source):
    fixture = {"template": source, "cases": list(cases(path.stem, source))}
    path.write_text(json.dumps(fixture, ensure_ascii=False, indent=1) + "\n")


main()
