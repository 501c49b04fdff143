#!/usr/bin/env python3
# Measures llama.cpp on a GGUF file; the twin of `tandem bench`. Prints one JSON object (medians).
#
#   VENV/bin/python bench_llama.py MODEL.gguf --threads N --prompt-tokens 128 --new-tokens 128 --runs R
#
# What is timed, each run on a cleared key/value cache, after one untimed warm-up run:
#   first_token_ms        llama_decode of the whole prompt in one batch, with logits for its last token
#                         only, and the greedy choice (numpy argmax over the vocabulary)
#   prefill_tokens_per_s  prompt tokens / the time of that llama_decode with its wait (no argmax)
#   decode_tokens_per_s   (new tokens - 1) / the time from the first new token to the last: for each,
#                         one llama_decode of one token and one argmax. End tokens don't stop it.
#   load_ms               reading the file (memory-mapped, page cache warm or not as the machine is)
#                         and making the context; the backend is started before. One load each run,
#                         all but the first after the timed runs.
#   rss_mb                resident memory after the last run, with one model loaded so far (VmRSS of
#                         /proc/self/status; the mapped pages of the file that were touched count), and
#                         rss_before_mb what Python with numpy and llama.cpp's library took before the load
# Python's own part is one ctypes call each for decode and logits, and the argmax: decode_overhead_us
# is its median for each token (everything but llama_decode). Tokenising and detokenising aren't timed.

import argparse
import json
import os
import statistics
import time

import llama_cpp
import numpy as np


# Kernels with a layout of their own, such as AMX's. LLAMA_EXTRA_BUFFERS=0 turns them off, where a virtual machine
# reports instructions that it does not let a process run.
EXTRA_BUFFERS = os.environ.get("LLAMA_EXTRA_BUFFERS", "1") != "0"


def rss_mb():
    with open("/proc/self/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024.0
    return float("nan")


def load(path, threads, window):
    parameters = llama_cpp.llama_model_default_params()
    parameters.n_gpu_layers = 0
    parameters.use_extra_bufts = EXTRA_BUFFERS
    model = llama_cpp.llama_model_load_from_file(path.encode(), parameters)
    if not model:
        raise SystemExit(f"llama.cpp can't load {path}")
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_ctx = window
    parameters.n_batch = window
    parameters.n_threads = threads
    parameters.n_threads_batch = threads
    return model, llama_cpp.llama_init_from_model(model, parameters)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("gguf")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--prompt-tokens", type=int, default=128)
    parser.add_argument("--new-tokens", type=int, default=128)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    if arguments.new_tokens < 2 or arguments.prompt_tokens < 1 or arguments.runs < 1:
        parser.error("needs at least 1 prompt token, 2 new tokens and 1 run")

    quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(quiet, None)
    llama_cpp.llama_backend_init()
    before = rss_mb()
    window = max(512, arguments.prompt_tokens + arguments.new_tokens)

    begin = time.perf_counter()
    model, context = load(arguments.gguf, arguments.threads, window)
    loads = [(time.perf_counter() - begin) * 1e3]

    vocab = llama_cpp.llama_model_get_vocab(model)
    size = llama_cpp.llama_vocab_n_tokens(vocab)
    text = ("The lock keeper kept two notebooks: one for the rules and one for everything else. "
            * (arguments.prompt_tokens // 8 + 1)).encode()
    prompt = (llama_cpp.llama_token * (len(text) + 8))()
    count = llama_cpp.llama_tokenize(vocab, text, len(text), prompt, len(prompt), False, False)
    assert count >= arguments.prompt_tokens
    single = (llama_cpp.llama_token * 1)()
    clock = time.perf_counter

    def argmax():
        pointer = llama_cpp.llama_get_logits_ith(context, -1)
        return int(np.ctypeslib.as_array(pointer, shape=(size,)).argmax())

    def run():
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
        overhead = []
        batch = llama_cpp.llama_batch_get_one(prompt, arguments.prompt_tokens)
        start = clock()
        failed = llama_cpp.llama_decode(context, batch)
        llama_cpp.llama_synchronize(context)
        prefilled = clock()
        single[0] = argmax()
        first = clock()
        batch = llama_cpp.llama_batch_get_one(single, 1)
        for _ in range(arguments.new_tokens - 1):
            failed |= llama_cpp.llama_decode(context, batch)
            llama_cpp.llama_synchronize(context)
            decoded = clock()
            single[0] = argmax()
            overhead.append(clock() - decoded)
        last = clock()
        if failed:
            raise SystemExit("llama_decode failed")
        return (
            arguments.prompt_tokens / (prefilled - start),
            (arguments.new_tokens - 1) / (last - first),
            (first - start) * 1e3,
            statistics.median(overhead) * 1e6,
        )

    run()
    runs = [run() for _ in range(arguments.runs)]
    after = rss_mb()
    for _ in range(arguments.runs - 1):
        llama_cpp.llama_free(context)
        llama_cpp.llama_model_free(model)
        begin = time.perf_counter()
        model, context = load(arguments.gguf, arguments.threads, window)
        loads.append((time.perf_counter() - begin) * 1e3)
    prefill, decode, ttft, overhead = (statistics.median(column) for column in zip(*runs))
    print(json.dumps({
        "threads": arguments.threads,
        "prompt_tokens": arguments.prompt_tokens,
        "new_tokens": arguments.new_tokens,
        "runs": arguments.runs,
        "prefill_tokens_per_s": round(prefill, 1),
        "decode_tokens_per_s": round(decode, 1),
        "first_token_ms": round(ttft, 1),
        "load_ms": round(statistics.median(loads), 1),
        "rss_mb": round(after, 1),
        "rss_before_mb": round(before, 1),
        "decode_overhead_us": round(overhead, 1),
        "decode_tokens_per_s_each": [round(r[1], 1) for r in runs],
        "first_token_ms_each": [round(r[2], 1) for r in runs],
        "llama_cpp_python": llama_cpp.__version__,
        "system_info": llama_cpp.llama_print_system_info().decode().strip(),
    }))


if __name__ == "__main__":
    main()
