"""Writes the chat template fixtures of Tests/Fixtures/templates: templates that this script writes, in the manner of the
families that are published, and what transformers makes of several conversations with them.

    pip install transformers==4.57.6 jinja2==3.1.6
    python bench/oracles/template_goldens.py

With `--check FOLDER` it does the same for every *.jinja in FOLDER, for templates not committed here, and the tests read
that folder in place of their own:

    python bench/oracles/template_goldens.py --check FOLDER
    TOKENSWARM_TEMPLATES=FOLDER swift test --filter ChatTemplateTests
"""

import argparse
import datetime
import json
import pathlib

from transformers.utils import chat_template_utils

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "Tests" / "Fixtures" / "templates"


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2024, 7, 6, 9, 5, 3)


# What `strftime_now` asks.
chat_template_utils.datetime = Clock


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
    # Markers without headers, roles by table, the end of the text after the last turn.
    "markers": """{% set names = {'system': '<|system|>', 'user': '<|user|>', 'assistant': '<|assistant|>'} %}
{% for message in messages %}{% if message['role'] in names and message['content'] %}{{ names[message['role']] + '\\n' + message['content'] + '<|end|>\\n' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% else %}{{ eos_token }}{% endif %}""",
    # Tools as Python signatures: macros that call themselves and each other, keyword arguments, caller blocks.
    "signatures": """{%- macro kind(spec) -%}
    {%- set basic = {"string": "str", "number": "float", "integer": "int", "boolean": "bool"} -%}
    {%- if spec.type is defined and spec.type in basic -%}
        {{- basic[spec.type] -}}
    {%- elif spec.type == "array" -%}
        {{- "list[" + kind(spec['items']) + "]" -}}
    {%- elif spec.type == "object" -%}
        {%- if spec.properties is defined -%}
            {{- "{" -}}
            {%- for name, inner in spec.properties|dictsort -%}
                {{- name + ": " + kind(inner) }}{{ ", " if not loop.last -}}
            {%- endfor -%}
            {{- "}" -}}
        {%- else -%}dict{%- endif -%}
    {%- elif spec.type is iterable and spec.type is not string -%}
        {%- for one in spec.type -%}{{- kind({"type": one}) }}{{ "|" if not loop.last -}}{%- endfor -%}
    {%- else -%}Any{%- endif -%}
{%- endmacro -%}
{%- macro block(name, mark='#') -%}
{{ mark * 3 }} {{ name|title }}
{{ caller(name|length) }}
{{- mark * 3 }}
{% endmacro -%}
{{- bos_token }}
{%- if tools %}
    {%- call(size) block('tools', mark='=') %}{{ size }}
        {%- for tool in tools | map(attribute='function') %}
def {{ tool.name }}({% for name, spec in tool.parameters.properties.items() %}{{ name }}: {{ kind(spec) }}{% if name not in tool.parameters.required|default([]) %} = None{% endif %}{{ ', ' if not loop.last }}{% endfor %}):
    {{ tool.description|default('', true)|trim|indent(4) }}
        {%- endfor %}
    {%- endcall %}
{%- endif %}
{%- for message in messages %}
    {%- if message.tool_calls is defined and message.tool_calls %}
        {%- for call in message.tool_calls %}
            {%- set call = call.function if call.function is defined else call %}
            {{- '\\n' if not loop.first }}{{ call.name }}({% for k, v in (call.arguments|items if call.arguments is mapping else []) %}{{ k }}={{ v|tojson }}{{ ', ' if not loop.last }}{% endfor %})
        {%- endfor %}
    {%- else %}
        {{- '<' ~ message.role ~ '>' ~ (message.content or '') ~ '</' ~ message.role ~ '>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<assistant>' }}{% endif %}
""",
    # Contents in parts, reasoning beside them, namespaces handed around, documents.
    "parts": """{%- set ns = namespace(images=0, thinks=false, system='', tools=tools or []) -%}
{%- macro visible(content) -%}
    {%- if content is string -%}{{ content }}
    {%- elif content is iterable and content is not mapping -%}
        {%- for part in content -%}
            {%- if part is string -%}{{ part }}
            {%- elif part.type == 'text' -%}{{ part.text }}
            {%- elif part.type in ['image', 'image_url'] or 'image' in part -%}
                {%- set ns.images = ns.images + 1 -%}
                {{- '<image ' ~ ns.images ~ '>' -}}
            {%- else -%}{{ raise_exception('Unknown part: ' ~ part.type) }}{%- endif -%}
        {%- endfor -%}
    {%- elif content is none or content is undefined -%}
    {%- else -%}{{ content|string }}{%- endif -%}
{%- endmacro -%}
[gMASK]{% for m in messages if m.role in ('system', 'developer') %}{% set ns.system = ns.system + visible(m.content) + '\\n' %}{% endfor -%}
{%- if ns.system %}<|system|>{{ ns.system.rstrip() }}{% endif -%}
{%- if documents %}{% for d in documents %}<doc id={{ loop.index0 }}>{{ d.title | default('untitled') }}: {{ d['text'] }}</doc>{% endfor %}{% endif -%}
{%- for m in messages if m.role not in ('system', 'developer') -%}
    {%- if m.role == 'user' -%}<|user|>{{ visible(m.content) }}
    {%- elif m.role == 'assistant' -%}<|assistant|>
        {%- set reasoning = '' -%}
        {%- if m.reasoning_content is string -%}{%- set reasoning = m.reasoning_content -%}
        {%- elif m.content is string and '</think>' in m.content -%}
            {%- set reasoning = ((m.content.split('</think>')|first).split('<think>')|last).strip('\\n') -%}
        {%- endif -%}
        {%- if reasoning -%}{%- set ns.thinks = true -%}<think>{{ reasoning.strip() }}</think>{%- endif -%}
        {{- visible(m.content).split('</think>')[-1].strip() -}}
        {%- for call in m.tool_calls or [] -%}
            {%- set f = call.function or call -%}
            <tool_call>{{ f.name }}
            {%- if f.arguments is string -%}{{ f.arguments }}{%- else -%}
            {%- for k, v in f.arguments.items() -%}<arg>{{ k }}</arg>{{ v if v is string else v|tojson(ensure_ascii=False) }}{%- endfor -%}{%- endif -%}
            </tool_call>
        {%- endfor -%}
    {%- elif m.role == 'tool' -%}
        {%- if loop.first or loop.previtem.role != 'tool' -%}<|observation|>{%- endif -%}<result>{{ visible(m.content) }}</result>
    {%- endif -%}
{%- endfor -%}
{{ '' if ns.thinks else '<no thoughts>' }}{{ ns.images }}{{ ns.tools|length }}
{%- if add_generation_prompt -%}<|assistant|>{{ '<think></think>' if (enable_thinking is defined and not enable_thinking) else '' }}{%- endif -%}
""",
    # What only the first message of some conversations makes an error.
    "refused": """{{ messages[0].role }}
{%- if messages|length == 1 %}{{ messages | map(attribute='role') | length }}
{%- elif messages|length == 2 %}{{ messages | map(attribute='role') | tojson }}
{%- elif messages|length == 3 %}{{ messages[0].content | no_such_filter }}
{%- elif messages|length == 4 %}{{ messages | map(attribute='role') | last }}
{%- elif tools %}{{ {} in {} }}
{%- endif %}""",
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
{% set roles = messages | map(attribute='role') %}{{ roles is iterable }} {{ roles is sequence }} {{ 'yes' if messages | selectattr('role', 'equalto', 'nobody') else 'no' }} {{ roles | first }} {{ roles | list }} {{ roles | list }}
{{ none | selectattr('x') | list }} {{ missing | map('upper') | list }} {{ [3, 1] | reverse | list }} {{ {'a': 1} | items | list }} {{ 'user' in (messages | map(attribute='role')) }} {{ ['a', 'a'] | unique | join }}
{% macro pair(a, b='c') %}{{ a }}/{{ b }}{% endmacro %}{{ pair(*['x', 'y']) }} {{ pair('x', **{'b': 'z'}) }} {{ pair(*['q']) }} {{ 'x' if true else ('y' | no_such_filter) }}
{{ ('<b>' | safe) + '<i>' + 'q"' }} {{ '<' + ('&' | e) }} {{ ['<', '<' | safe] | join('&') }} {{ ('<' | escape) ~ '>' }} {{ ('<' | safe) * 2 + '<' }} {{ ('a' | safe) == 'a' }}
{% for i in 'abc' %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.cycle('x', 'y') }}{{ loop['index'] }} {% endfor %}
{{ {'a': 1, 'b': 2, 'a': 3} }} {{ dict({'a': 1}, a=2, c=3) }} {{ [3, 1, 2, 1] | sort(reverse=true) }} {{ [{'k': 2, 'n': 'x'}, {'k': 2, 'n': 'y'}, {'k': 3, 'n': 'z'}] | sort(attribute='k', reverse=true) | map(attribute='n') | join }} {{ 'abc' | first }}{{ 'abc' | last }}
{{ messages[-1]['content'] | trim | replace('<', '&lt;') | first }} {{ strftime_now('%Y-%m-%d %H:%M:%S %A %B %p') }} {{ -3 | abs }} {{ 'A' 'b' }}
""",
}

TOOL = {"type": "function", "function": {"name": "weather", "description": "The weather <now> & \"then\"", "parameters": {
    "type": "object", "properties": {"place": {"type": "string"}, "days": {"type": "integer"}}, "required": ["place"]}}}
NESTED = {"type": "function", "function": {"name": "plan_route", "description": "Plans.\nTakes its time.", "parameters": {
    "type": "object", "properties": {
        "stops": {"type": "array", "items": {"type": "string"}, "description": "Where to stop"},
        "mode": {"type": "string", "enum": ["walk", "ride"], "default": "walk", "description": "How"},
        "limits": {"type": "object", "properties": {"hours": {"type": ["number", "null"]}, "exact": {"type": "boolean"}},
                   "required": ["hours"]}}, "required": ["stops", "limits"]}}}


def turn(role, content, **more):
    return {"role": role, "content": content, **more}


def call(name, arguments, **more):
    return {"type": "function", "function": {"name": name, "arguments": arguments}, **more}


CONVERSATIONS = [
    {"messages": [turn("user", "Hello there.")]},
    {"messages": [turn("system", " You are terse. \n"), turn("user", "Why is the sky blue?")]},
    {"messages": [turn("user", "a"), turn("assistant", "  b \n"), turn("user", "c\n\nd"), turn("assistant", "e")]},
    {"messages": [turn("system", "Sys"), turn("user", "Grüße, 世界 🦙 e\u0301"), turn("assistant", "<think>\nhm\n</think>\n\nא 👍🏽"),
                  turn("user", "<b>x & y</b> \"q\" 'r' {{ no }} {% no %}")]},
    {"messages": [turn("user", "one"), turn("user", "two")]},
    {"messages": [turn("user", "Weather?"), turn("assistant", "", tool_calls=[
        call("weather", {"place": "Zürich", "days": 2})]), turn("tool", "sunny"), turn("assistant", "Sunny.")],
     "tools": [TOOL]},
    {"messages": [turn("user", "ok"), turn("assistant", "<think>t</think>fine")], "enable_thinking": False},
    # Calls with ids, two at once, arguments as text; several tools.
    {"messages": [turn("system", "Use tools."), turn("user", "Plan it."), turn("assistant", None, tool_calls=[
        call("plan_route", {"stops": ["Bern", "Chur"], "limits": {"hours": None, "exact": True}}, id="abc123def"),
        call("weather", {"place": "Chur"}, id="def456abc")]),
        turn("tool", "{\"km\": 240}", tool_call_id="abc123def", name="plan_route"),
        turn("tool", "rain", tool_call_id="def456abc", name="weather"), turn("assistant", "240 km in the rain."),
        turn("user", "Thanks.")], "tools": [NESTED, TOOL]},
    {"messages": [turn("user", "Go."), turn("assistant", "Well.", tool_calls=[
        call("weather", "{\"place\": \"Genève\", \"days\": 1.5}", id="123456789")]),
        turn("tool", [{"type": "text", "text": "fog"}], tool_call_id="123456789", name="weather")], "tools": [TOOL]},
    # Contents in parts, thoughts beside them.
    {"messages": [turn("system", [{"type": "text", "text": "Look."}]), turn("user", [
        {"type": "text", "text": "What is "}, {"type": "image"}, {"type": "text", "text": " here?"}]),
        turn("assistant", [{"type": "text", "text": "A map."}]), turn("user", [{"type": "text", "text": "Of?"}])]},
    {"messages": [turn("user", "1+1?"), turn("assistant", "2", reasoning_content="One and one.\n"), turn("user", "2+2?"),
                  turn("assistant", "4", reasoning_content="Twice that.", thinking="Twice that.")], "enable_thinking": True},
    {"messages": [turn("developer", "Be kind."), turn("user", "Hm?")], "reasoning_effort": "high", "thinking": True},
    {"messages": [turn("user", "Who wrote it?")], "documents": [
        {"title": "A book", "text": "By <nobody>."}, {"title": "Another", "text": "Par personne."}]},
    {"messages": [turn("system", "s"), turn("user", "q"), turn("assistant", "a"), turn("system", "more"), turn("user", "r")]},
]


def render(source, variables):
    """What `apply_chat_template` renders when these are its arguments."""
    variables = {"bos_token": "<s>", "eos_token": "</s>", **variables}
    return chat_template_utils.render_jinja_template([variables.pop("messages")], chat_template=source, **variables)[0][0]


def cases(source):
    for index, conversation in enumerate(CONVERSATIONS):
        for prompt in [False, True]:
            case = {"conversation": index, "add_generation_prompt": prompt}
            try:
                case["text"] = render(source, {**conversation, "add_generation_prompt": prompt})
            except Exception as error:
                case["error"] = str(error)
            yield case


def write(folder, sources):
    folder.mkdir(parents=True, exist_ok=True)
    variables = [{"tools": None, "documents": None, "bos_token": "<s>", "eos_token": "</s>", **c} for c in CONVERSATIONS]
    (folder / "conversations.json").write_text(json.dumps(variables, ensure_ascii=False, indent=1) + "\n")
    for name, source in sources.items():
        fixture = {"template": source, "cases": list(cases(source))}
        (folder / (name + ".json")).write_text(json.dumps(fixture, ensure_ascii=False, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", type=pathlib.Path)
    folder = parser.parse_args().check
    if folder:
        write(folder, {path.stem: path.read_text() for path in sorted(folder.glob("*.jinja"))})
    else:
        write(FIXTURES, TEMPLATES)


main()
