#!/usr/bin/env python3
# Makes the golden prompts that ChatTemplateGoldenTest compares with. Run by hand in this folder, never by the build:
#   python3 -m venv VENV && VENV/bin/pip install jinja2==3.1.6 && VENV/bin/python make_chat_golden.py
#
# The environment is that of transformers' apply_chat_template. The templates:
#   - smollm2: HuggingFaceTB/SmolLM2-135M-Instruct (Apache-2.0), from the GGUF file, by smollm2-golden.json;
#   - qwen2.5: Qwen/Qwen2.5-0.5B-Instruct (Apache-2.0), from its tokenizer_config.json;
#   - qwen3: Qwen/Qwen3-0.6B (Apache-2.0), from its tokenizer_config.json;
#   - phi-3.5: microsoft/Phi-3.5-mini-instruct (MIT), from its tokenizer_config.json;
#   - llama-3.2 and gemma-3: the published ones come under licences of their own, so these were written here to make the
#     same prompts with the same means of Jinja.

import datetime
import json
import os

import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

HERE = os.path.dirname(os.path.abspath(__file__))


class Generation(Extension):
    """The block {% generation %}, which renders its body."""

    tags = {"generation"}

    def parse(self, parser):
        next(parser.stream)
        return parser.parse_statements(["name:endgeneration"], drop_needle=True)


def environment():
    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def refuse(message):
        raise jinja2.exceptions.TemplateError(message)

    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    made.filters["tojson"] = tojson
    made.globals["raise_exception"] = refuse
    made.globals["strftime_now"] = lambda form: datetime.datetime(2025, 3, 4, 5, 6, 7).strftime(form)
    return made


def template(name):
    if name == "smollm2":
        with open(os.path.join(HERE, "smollm2-golden.json"), encoding="utf-8") as file:
            return json.load(file)["model"]["chat_template"]
    with open(os.path.join(HERE, "templates", name + ".jinja"), encoding="utf-8") as file:
        return file.read()


TEMPLATES = {
    "smollm2": {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>"},
    "qwen2.5": {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"},
    "qwen3": {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"},
    "phi-3.5": {"bos_token": "<s>", "eos_token": "<|endoftext|>", "unk_token": "<unk>"},
    "llama-3.2": {"bos_token": "<|begin_of_text|>", "eos_token": "<|eot_id|>"},
    "gemma-3": {"bos_token": "<bos>", "eos_token": "<eos>", "unk_token": "<unk>"},
}

USER = {"role": "user", "content": "What is 17 + 25? <|im_end|> {{ 7 * 7 }}"}
SYSTEM = {"role": "system", "content": " You answer in one short sentence.\n"}
ASSISTANT = {"role": "assistant", "content": "42."}
AGAIN = {"role": "user", "content": "\n  Pourquoi ? «é» \U0001f600 'x' \"y\" \\ \t\n"}
THOUGHT = {"role": "assistant", "content": "<think>\n17 + 25 is 42.\n</think>\n\n42."}
REASONED = {"role": "assistant", "reasoning_content": "\n17 + 25 is 42.\n", "content": "\n\n42."}
CALL = {"role": "assistant", "content": "", "tool_calls": [
    {"type": "function", "function": {"name": "add", "arguments": {"a": 17, "b": 25.5, "note": "é\"\n<>&'"}}}]}
CALLS = {"role": "assistant", "content": "Both at once.", "tool_calls": [
    {"type": "function", "function": {"name": "add", "arguments": {"a": 1, "b": [True, None, {}]}}},
    {"type": "function", "function": {"name": "add", "arguments": "{\"a\": 2}"}}]}
RESULT = {"role": "tool", "name": "add", "content": "42"}
OTHER = {"role": "tool", "name": "add", "content": "{\"sum\": 43}"}
TOOL = {"type": "function", "function": {
    "name": "add", "description": "Adds — two numbers.", "parameters": {
        "type": "object", "properties": {"a": {"type": "number", "minimum": -1e-7}, "b": {"type": "number"}},
        "required": ["a", "b"], "additionalProperties": False}}}
BARE = {"type": "function", "function": {"name": "now", "parameters": {}}}

OPTIONS = {"add_generation_prompt": True, "tools": [TOOL, BARE], "enable_thinking": False}

CONVERSATIONS = {
    "user": [USER],
    "system": [SYSTEM, USER],
    "turns": [USER, ASSISTANT, AGAIN],
    "system and turns": [SYSTEM, USER, ASSISTANT, AGAIN, ASSISTANT, USER],
    "system in between": [USER, ASSISTANT, SYSTEM, AGAIN],
    "two users": [USER, AGAIN],
    "assistant last": [USER, ASSISTANT],
    "call": [USER, CALL],
    "result": [USER, CALL, RESULT],
    "results": [SYSTEM, USER, CALLS, RESULT, OTHER, ASSISTANT, AGAIN],
    "thinking": [USER, THOUGHT, AGAIN],
    "thinking last": [USER, THOUGHT],
    "reasoning": [USER, REASONED, AGAIN],
    "reasoning last": [AGAIN, REASONED],
    "thinking and tools": [USER, dict(CALL, content="<think>\nAdd.\n</think>\n\n"), RESULT],
    "empty": [{"role": "user", "content": ""}],
    "parts": [{"role": "user", "content": [{"type": "text", "text": " one "}, {"type": "text", "text": "two"}]}],
}


def main():
    made = environment()
    cases = []
    for name, specials in TEMPLATES.items():
        compiled = made.from_string(template(name))
        for conversation, messages in CONVERSATIONS.items():
            for options in (["add_generation_prompt"], [], ["add_generation_prompt", "tools"],
                            ["add_generation_prompt", "enable_thinking"]):
                if "enable_thinking" in options and name != "qwen3":
                    continue
                variables = {option: OPTIONS[option] for option in options}
                try:
                    want = compiled.render(**variables, messages=messages, **specials)
                except Exception as e:
                    want = "ERR " + str(e)
                cases.append({"template": name, "conversation": conversation, "options": options, "want": want})
    golden = {
        "templates": {name: {"source": template(name), "variables": specials} for name, specials in TEMPLATES.items()},
        "options": OPTIONS,
        "conversations": CONVERSATIONS,
    }
    with open(os.path.join(HERE, "chat-golden.json"), "w", encoding="ascii", newline="\n") as file:
        file.write(json.dumps(golden, indent=1)[:-2] + ',\n "cases": [\n  ')
        file.write(",\n  ".join(json.dumps(case) for case in cases) + "\n ]\n}\n")
    print(len(cases), "prompts,", sum(c["want"].startswith("ERR") for c in cases), "refused")


if __name__ == "__main__":
    main()
