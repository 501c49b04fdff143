#!/usr/bin/env python3
# Tandem beside llama.cpp, same GGUF, same threads, alternating rounds on one machine.
#
#   mvn -B -q -ntp -DskipTests -pl adapters/cli -am package
#   cat adapters/smollm2/src/main/resources/io/github/tandem4j/smollm2/*.part > SmolLM2-135M-Instruct.Q4_1.gguf
#   python3 -m venv VENV && VENV/bin/pip install llama-cpp-python==0.3.36
#   VENV/bin/python src-test/benchmarks/compare_llama.py SmolLM2-135M-Instruct.Q4_1.gguf [--rounds 5]
#
# Each round starts both as new processes, first one and then the other, and each takes the median of its own runs;
# what is printed is the median over the rounds, with the lowest and the highest.

import argparse
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
JAR = os.path.join(HERE, "..", "..", "adapters", "cli", "target", "tandem.jar")
FIGURES = ["decode_tokens_per_s", "prefill_tokens_per_s", "first_token_ms", "load_ms", "rss_mb"]


def run(command):
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return json.loads(done.stdout.decode().strip().splitlines()[-1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("gguf")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--prompt-tokens", type=int, default=128)
    parser.add_argument("--new-tokens", type=int, default=128)
    arguments = parser.parse_args()
    size = ["--prompt-tokens", str(arguments.prompt_tokens), "--new-tokens", str(arguments.new_tokens)]
    for threads in (1, 2):
        common = size + ["--threads", str(threads), "--runs", str(arguments.runs)]
        commands = {
            "tandem": ["java", "-jar", JAR, "bench", "--model", "smollm2", "--json"] + common,
            "llama.cpp": [sys.executable, os.path.join(HERE, "bench_llama.py"), arguments.gguf] + common,
        }
        rounds = {name: [] for name in commands}
        for _ in range(arguments.rounds):
            for name, command in commands.items():
                rounds[name].append(run(command))
        print(f"{threads} thread(s), {arguments.prompt_tokens} + {arguments.new_tokens} tokens")
        for figure in FIGURES:
            medians = {}
            for name, results in rounds.items():
                values = [result[figure] for result in results]
                medians[name] = statistics.median(values)
                print(f"  {figure:22s} {name:10s} {medians[name]:9.1f}   ({min(values):.1f} to {max(values):.1f})")
            print(f"  {figure:22s} tandem / llama.cpp {medians['tandem'] / medians['llama.cpp']:.2f}")


if __name__ == "__main__":
    main()
