#!/usr/bin/env python3
# Makes the golden renderings that JinjaTemplateTest compares with. Run by hand in this folder, never by the build:
#   python3 -m venv VENV && VENV/bin/pip install jinja2==3.1.6 && VENV/bin/python make_jinja_golden.py
#
# The environment is that of transformers' apply_chat_template; the templates are those of SmolLM2, Qwen2.5 and
# Llama 3.2, and the snippets below, one for each thing that templates do.
import json,datetime,jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.ext import loopcontrols
def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
env=ImmutableSandboxedEnvironment(trim_blocks=True,lstrip_blocks=True,extensions=[loopcontrols])
env.filters['tojson']=tojson
def rx(m): raise jinja2.exceptions.TemplateError(m)
env.globals['raise_exception']=rx
env.globals['strftime_now']=lambda f: datetime.datetime(2025,3,4,5,6,7).strftime(f)
smol=json.load(open('smollm2-golden.json'))['model']['chat_template']
qwen=r"""{%- if tools %}
    {{- '<|im_start|>system\n' }}
    {%- if messages[0]['role'] == 'system' %}
        {{- messages[0]['content'] }}
    {%- else %}
        {{- 'You are Qwen, created by Alibaba Cloud. You are a helpful assistant.' }}
    {%- endif %}
    {{- "\n\n# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n<tools>" }}
    {%- for tool in tools %}
        {{- "\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n</tool_call><|im_end|>\n" }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\n' + messages[0]['content'] + '<|im_end|>\n' }}
    {%- else %}
        {{- '<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>' + '\n' }}
    {%- elif message.role == "assistant" %}
        {{- '<|im_start|>' + message.role }}
        {%- if message.content %}
            {{- '\n' + message.content }}
        {%- endif %}
        {%- for tool_call in message.tool_calls %}
            {%- if tool_call.function is defined %}
                {%- set tool_call = tool_call.function %}
            {%- endif %}
            {{- '\n<tool_call>\n{"name": "' }}
            {{- tool_call.name }}
            {{- '", "arguments": ' }}
            {{- tool_call.arguments | tojson }}
            {{- '}\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\n' }}
    {%- elif message.role == "tool" %}
        {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\n<tool_response>\n' }}
        {{- message.content }}
        {{- '\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}
"""
llama=r"""{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not tools_in_user_message is defined %}
    {%- set tools_in_user_message = true %}
{%- endif %}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}

{#- This block extracts the system message, so we can slot it into the right place. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}

{#- System message #}
{{- "<|start_header_id|>system<|end_header_id|>\n\n" }}
{%- if tools is not none %}
    {{- "Environment: ipython\n" }}
{%- endif %}
{{- "Cutting Knowledge Date: December 2023\n" }}
{{- "Today Date: " + date_string + "\n\n" }}
{%- if tools is not none and not tools_in_user_message %}
    {{- "You have access to the following functions." }}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\n\n" }}
    {%- endfor %}
{%- endif %}
{{- system_message }}
{{- "<|eot_id|>" }}

{#- Custom tools are passed in a user message with some extra guidance #}
{%- if tools_in_user_message and not tools is none %}
    {#- Extract the first user message so we can plug it in here #}
    {%- if messages | length != 0 %}
        {%- set first_user_message = messages[0]['content']|trim %}
        {%- set messages = messages[1:] %}
    {%- else %}
        {{- raise_exception("Cannot put tools in the first user message when there's no first user message!") }}
{%- endif %}
    {{- '<|start_header_id|>user<|end_header_id|>\n\n' -}}
    {{- "Given the following functions, please respond with a JSON for a function call " }}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\n\n" }}
    {%- endfor %}
    {{- first_user_message + "<|eot_id|>"}}
{%- endif %}

{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("This model only supports single tool-calls at once!") }}
        {%- endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' -}}
        {{- '{"name": "' + tool_call.name + '", ' }}
        {{- '"parameters": ' }}
        {{- tool_call.arguments | tojson }}
        {{- "}" }}
        {{- "<|eot_id|>" }}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {{- "<|start_header_id|>ipython<|end_header_id|>\n\n" }}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- "<|eot_id|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}
{%- endif %}
"""
tool={"type":"function","function":{"name":"add","description":"Adds — two","parameters":{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"number"}},"required":["a","b"]}}}
u={"role":"user","content":"  What is 2+2? {{ 7*7 }} <|im_end|>\n"}; s={"role":"system","content":" Be brief. "}; as_={"role":"assistant","content":"4"}
tc={"role":"assistant","content":"","tool_calls":[{"type":"function","function":{"name":"add","arguments":{"a":2,"b":2.5,"s":"é\"\n"}}}]}
tr={"role":"tool","content":"4"}; tr2={"role":"tool","content":"5"}
convs={'u':[u],'su':[s,u],'suau':[s,u,as_,u],'tools':[u,tc,tr,tr2,as_,u]}
cases=[]
def case(name,t,v):
    try: w=env.from_string(t).render(**v)
    except Exception as e: w="ERR "+str(e)
    cases.append(dict(name=name,template=t,vars=v,want=w))
for n,t in (('smol',smol),('qwen',qwen),('llama',llama)):
    for c,m in convs.items():
        for tl in (None,[tool]):
            v=dict(messages=m,add_generation_prompt=True,bos_token='<|begin_of_text|>',eos_token='<|eot_id|>')
            if tl: v['tools']=tl
            case(f'{n} {c} {bool(tl)}',t,v)
            v2=dict(v); v2['add_generation_prompt']=False; case(f'{n} {c} nogen',t,v2)
snips=["{{ 1 + 2 * 3 - 4 // 3 % 2 }}","{{ 'a' ~ 1 ~ true ~ none }}","{{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }}","{{ x.y.z }}","{{ x }}|{{ x is defined }}|{{ x is not defined }}","{{ [1,'a',none,true,1.5,{'k':'v'}] }}",
"{% set ns = namespace(n=0, found=false) %}{% for i in range(5) %}{% if i == 3 %}{% set ns.found = true %}{% endif %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }} {{ ns.found }}",
"{% for i in [1,2,3] if i != 2 %}{{ loop.index }}:{{ i }}{{ ',' if not loop.last }}{% else %}none{% endfor %}","{% for i in [] %}x{% else %}empty{% endfor %}",
"{% for k, v in {'a':1,'b':2}.items() %}{{k}}={{v}};{% endfor %}","{% for i in range(10) %}{% if i == 2 %}{% continue %}{% endif %}{% if i > 4 %}{% break %}{% endif %}{{ i }}{% endfor %}",
"{% macro f(a, b='x') %}[{{ a }}{{ b }}]{% endmacro %}{{ f(1) }}{{ f(1, b=2) }}","{{ 'a,b,c'.split(',')[-1] }} {{ ' x '.strip() }}| {{ 'xxabxx'.strip('x') }} {{ 'hello'[1:3] }} {{ 'hello'[::-1] }} {{ [1,2,3][-2:] }}",
"{{ 'Hello World' | upper | lower | title | capitalize }}","{{ ['b','a'] | join('-') }} {{ 'abc' | length }} {{ [1,2]|first }} {{ [1,2]|last }}","{{ none | default('d') }} {{ x | default('d') }} {{ '' | default('d', true) }}",
"{{ 'a' in 'abc' }} {{ 1 in [1,2] }} {{ 'z' not in 'abc' }} {{ not true or false and true }}","{{ 'yes' if 1 < 2 <= 2 else 'no' }}","{{ {'a': [1,2,{'b': none}], 'c': 'é'} | tojson }}","{{ {'a': [1,2,{'b': none}], 'e': [], 'm': {}} | tojson(indent=2) }}",
"  {% if true %}\n  a\n  {% endif %}\n b {# c #}\n  {# d #}\nend\n\n","{%- if true -%}  a  {%- endif -%}  b","x  {%+ if true %}y{% endif %}","a {{- ' b ' -}} c","{% set a, b = 1, 2 %}{{ a }}{{ b }}","{% set x %}block {{ 1 }}{% endset %}{{ x|trim }}",
"{{ 3 is odd }} {{ 4 is divisibleby 2 }} {{ 'a' is string }} {{ 1 is number }} {{ {} is mapping }} {{ none is none }} {{ [] is iterable }}","{{ [{'n':1,'k':'a'},{'n':2}] | selectattr('k','defined') | map(attribute='n') | list }}","{{ [1,2,3,4] | select('odd') | list }} {{ [1,2,3]|reject('equalto',2)|list }}",
"{{ raise_exception('no') }}","{{ foo() }}","{{ x.y }}","{% include 'a' %}","{{ ''.__class__ }}","{{ messages.append(1) }}","{{ 'a' + 1 }}","{% if %}","{{ 1 ","{{ 1 / 0 }}","{{ 'abc' | replace('b','x') }} {{ 'a.b'.replace('.','') }} {{ 'ab'.startswith('a') }} {{ 'ab'.endswith(('x','b')) }}",
"{{ 'tab\\tq\\'s' }} {{ \"d\\\"q\" }} {{ 'a' 'b' }}","{{ [1,2,3] | reverse | list }} {{ 'abc'|reverse }}","{{ 5 | string + 'x' }} {{ '12' | int + 1 }}","{% for m in [1,2,3] %}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.revindex0 }} {% endfor %}","{% for a in [[1,2],[3,4]] %}{% for b in a %}{{ b }}{{ loop.index0 }}{% endfor %}{% endfor %}",
"{{ 'a' if false }}|","{% if x %}1{% elif y is defined %}2{% else %}3{% endif %}","{{ {'a':1}['a'] }} {{ {'a':1}.get('b','z') }} {{ {'a':1}.get('b') }}","{% for x in 'ab' %}{{ x }}.{% endfor %}{{ x }}", "{{ strftime_now('%Y-%m-%d %H:%M %B %A') }}","{{ 1 == 1.0 }} {{ '1' == 1 }}","{{ 1.0 }}", "{{ messages[0].content.split('x') | length }}"]
for i,t in enumerate(snips): case('snip %d %s'%(i,t[:60]),t,dict(messages=[u]))
json.dump(cases, open('jinja-golden.json', 'w'), indent=1, ensure_ascii=False)

