#!/usr/bin/env python3
# Makes the golden renderings that JinjaTemplateTest compares with. Run by hand in this folder, never by the build:
#   python3 -m venv VENV && VENV/bin/pip install jinja2==3.1.6 && VENV/bin/python make_jinja_golden.py
#
# The environment is that of transformers' apply_chat_template; the templates are those of SmolLM2, Qwen2.5 and (by
# another text) Llama 3.2, of which make_chat_golden.py says more, and the snippets below, one for each thing that
# templates do.
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
qwen=open('templates/qwen2.5.jinja').read()
llama=open('templates/llama-3.2.jinja').read()
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
"{{ 'a' if false }}|","{% if x %}1{% elif y is defined %}2{% else %}3{% endif %}","{{ {'a':1}['a'] }} {{ {'a':1}.get('b','z') }} {{ {'a':1}.get('b') }}","{% for x in 'ab' %}{{ x }}.{% endfor %}{{ x }}", "{{ strftime_now('%Y-%m-%d %H:%M %B %A') }}","{{ 1 == 1.0 }} {{ '1' == 1 }}","{{ 1.0 }}", "{{ messages[0].content.split('x') | length }}",
"{{ 1e3 }} {{ 1.5e-7 }} {{ 2E+2 }} {{ 1_000 }}","{{ [0.1, 1e16, 1e15, 123456789.125, 0.0001, 0.00001, -2.5e-10, 1e22, 5e-324, 2e-3] }}","{{ [0.1 + 0.2, 1 / 3, 1e400] }} {{ {'f': 1e-7, 'g': [2.0, 1e21]} | tojson }}",
"{{ 2 ** 10 }} {{ 2 ** -1 }} {{ -2 ** 2 }}","{{ 'a' * 3 }} {{ 3 * 'ab' }} {{ [1] * 2 }}",
"{{ 1 < 2 < 3 }} {{ 3 > 2 > 2 }} {{ 1 == 1 == 1 }}","{{ {} }} {{ [] }} {{ '' }}|",
"{{ 'aXbX'.split('X', 1) }} {{ 'a b  c'.split() }} {{ 'a,b'.rsplit(',', 1) }} {{ 'l1\nl2'.splitlines() }}","{{ 'abc'.index('b') }} {{ 'abc'.rfind('c') }} {{ 'abab'.count('a') }}","{{ 'abc'.removeprefix('a') }} {{ 'abc'.removesuffix('c') }}","{{ 'x'.isdigit() }} {{ '12'.isdigit() }} {{ 'a'.isalpha() }} {{ ' '.isspace() }} {{ 'A'.isupper() }} {{ 'a'.islower() }} {{ 'a1'.isalnum() }}",
"{{ [3,1,2] | sort }} {{ ['b','A'] | sort }} {{ {'b':1,'a':2} | dictsort | map('first') | list }} {{ [3,1] | sort(reverse=true) }}","{{ [1,2,3] | sum }} {{ [1,5,3] | max }} {{ [4,2] | min }}","{{ 3.7 | round }} {{ 3.14159 | round(2) }} {{ 2.5 | int }}",
"{{ 'a\nb' | indent }}|{{ 'a\nb' | indent(2, true) }}","{{ '<a href=\"x\">' | e }} {{ '<' | escape }}",
"{% set x = namespace(a=1) %}{% set x.b = 2 %}{{ x.a + x.b }}","{% for a, b in [(1, 2), (3, 4)] %}{{ a }}-{{ b }};{% endfor %}","{% for x in [1,2,3] %}{{ loop.cycle('a','b') }}{% endfor %}","{% for x in [1,2,3] %}{% if loop.first %}f{% endif %}{{ loop.length }}{% endfor %}",
"{% for k in {'a':1,'b':2} %}{{ k }}{% endfor %}","{% filter upper %}abc{% endfilter %}","{% set x %}a{% endset %}{{ x }}","{% set x | upper %}a{% endset %}{{ x }}","{% call(x) f() %}{{ x }}{% endcall %}",
"{% raw %}{{ x }}{% endraw %}","{% with a = 1 %}{{ a }}{% endwith %}","{% do 1 %}","{{ loop }}","{{ not none }} {{ none == false }} {{ '' or 'x' }} {{ 0 and 1 }}","{{ 'a' if x else 'b' if y else 'c' }}",
"{{ messages | map(attribute='role') | join(',') }}","{{ messages | selectattr('role', 'equalto', 'user') | list | length }}","{{ messages | rejectattr('role', 'in', ['user']) | list }}","{{ [1,[2,3]] | string | length }}","{{ 'é' | tojson }} {{ '</script>' | tojson }} {{ '\u2028' | tojson }}",
"{{ {'b':1,'a':2} | tojson(sort_keys=true) }} {{ [1,{'a':2}] | tojson(separators=(',',':')) }} {{ [1] | tojson(indent=0) }}","{{ true | tojson }} {{ none | tojson }} {{ 1.0 | tojson }}","{{ x | tojson }}","{{ 'abc'[-1] }} {{ 'abc'[5] is defined }} {{ [1,2][9] is defined }}","{{ 'a' ~ [1] ~ {'k': none} }}",
"{{ 'x' is in ['x'] }} {{ 1 is eq 1 }} {{ 1 is lt 2 }} {{ 2 is gt 1 }} {{ 'a' is sameas 'a' }} {{ 'A' is upper }} {{ 'a' is lower }} {{ 3 is ge 3 }} {{ 3 is le 2 }} {{ 3 is ne 2 }}","{{ messages[0] is mapping }} {{ messages is sequence }} {{ 1.5 is float }} {{ 1 is integer }} {{ true is boolean }} {{ true is integer }}",
"{% if messages is string %}s{% elif messages is iterable and messages is not mapping %}i{% endif %}","{{ dict(a=1)['a'] }} {{ dict(a=1, b=2) | length }}","{{ range(3) | list }} {{ range(1, 7, 2) | list }} {{ range(3, 0, -1) | list }}",
"{%- for m in messages -%}\n  {{ m.role }}\n{%- endfor %}","a\n{% if true -%}\n  b\n{%- endif %}\nc","{{ '\x41' }} {{ '\u00e9' }} {{ '\\n' }}","{{ 'ab'|list }} {{ 'ab'|first }}","{{ messages[0]['content'][:3] ~ '...' }}","{{ [1,2,3][::2] }} {{ 'hello'[-3:-1] }} {{ 'hello'[:-1] }}","{{ ['a'] + ['b'] }}","{{ {'a': {'b': [10, 20]}}.a.b[1] }} {{ {'a-b': 1}['a-b'] }}","{{ 'Straße'|upper }} {{ 'hello wORLD'|title }} {{ \"they're\"|title }}","{{ 7 is divisibleby(7) }} {{ 10 is divisibleby 3 }}","{{ 1 if true }}{{ 2 if false }}","{% set a = b = 1 %}","{{ a.b.c is defined }}","{{ a.b is defined }}","{% for i in 5 %}{% endfor %}","{{ none.x }}|{{ none['x'] }}","{{ 1.x }}","{{ [1] | map('string') | list }} {{ ['a','b'] | map('upper') | join }}","{{ 'a b'|replace(' ', '_', 1) }} {{ 'aaa'.replace('a','b',2) }}","{{ 'x'.join(['a','b']) }}","{{ strftime_now('%d %b %Y %j %-d') }}","{{ 'a' 'b' ~ 'c' }}","{{ 10 // 3 }} {{ -10 // 3 }} {{ 10 % -3 }} {{ 7.5 // 2 }} {{ 7.5 % 2 }}","{{ true + 1 }} {{ true and 5 }} {{ [] or {} }}"]
for i,t in enumerate(snips): case('snip %d %s'%(i,t[:60]),t,dict(messages=[u]))
json.dump(cases, open('jinja-golden.json', 'w'), indent=1, ensure_ascii=False)

