"""Makes decoders-*-golden.json, a file a family: logits of tiny seeded decoders, as llama.cpp computes them.

    pip install llama-cpp-python gguf numpy
    python make_decoder_golden.py .

Each model is described in the file that this writes: metadata, tensors, and a seed from which the weights follow by
SplitMix64 (see SeededGguf.java, which makes the same bytes; their SHA-256 is kept). A quantised tensor's blocks are
random bytes, with scales of a fair size written over them. For each model and tensor type there are the logits of
llama.cpp at some positions on a file of the same weights, dequantised to floats ("float"): the float model, which is
the yardstick. "distance" is how far llama.cpp's logits of the file itself are from it, over all positions: the root of
the mean square.

Keys and values are cached as floats, without flash attention, so that all that differs is the weights' arithmetic.
"""

import base64
import ctypes
import hashlib
import json
import os
import struct
import sys
import tempfile

import numpy as np

import gguf
import llama_cpp as L

GAMMA = 0x9E3779B97F4A7C15
TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"] + [chr(c) for c in range(33, 33 + 92)] + ["th"]
HIDDEN = 256
FEED_FORWARD = 256
# id, block length, block bytes, then where a half stands in a block: offset, exponent, sign ("-", "+" or "?").
TYPES = {
    "F32": (0, 1, 4, []),
    "F16": (1, 1, 2, []),
    "BF16": (30, 1, 2, []),
    "Q8_0": (8, 32, 34, [(0, 4, "?")]),
    "Q4_0": (2, 32, 18, [(0, 8, "?")]),
    "Q4_1": (3, 32, 20, [(0, 8, "+"), (2, 11, "-")]),
    "Q5_0": (6, 32, 22, [(0, 7, "?")]),
    "Q5_1": (7, 32, 24, [(0, 7, "+"), (2, 11, "-")]),
    "Q4_K": (12, 256, 144, [(0, 3, "+"), (2, 6, "+")]),
    "Q5_K": (13, 256, 176, [(0, 2, "+"), (2, 6, "+")]),
    "Q6_K": (14, 256, 210, [(208, 1, "?")]),
}


def split_mix(seed, count):
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(GAMMA)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def whole(z, bits):
    """Whole numbers around 0 of so many bits."""
    return (z >> np.uint64(64 - bits)).astype(np.int64) - (1 << (bits - 1))


def tensor_bytes(kind, type_name, seed, columns, rows):
    z = split_mix(seed, columns * rows)
    if kind == "norm":
        return (0.5 + (z >> np.uint64(44)).astype(np.float64) / (1 << 20)).astype("<f4").tobytes()
    if kind == "bias":
        return (whole(z, 20) / float(1 << 22)).astype("<f4").tobytes()
    if kind == "factors":
        return (1 + (z >> np.uint64(44)).astype(np.float64) / (1 << 18)).astype("<f4").tobytes()
    if type_name == "F32":
        return (whole(z, 24) / float(1 << 26)).astype("<f4").tobytes()
    if type_name == "F16":
        return (whole(z, 11) / float(1 << 13)).astype("<f2").tobytes()
    if type_name == "BF16":
        floats = (whole(z, 8) / float(1 << 10)).astype("<f4")
        return (floats.view(np.uint32) >> np.uint32(16)).astype("<u2").tobytes()
    _, length, size, halves = TYPES[type_name]
    blocks = columns * rows // length
    raw = (split_mix(seed, blocks * size) >> np.uint64(56)).astype(np.uint8).reshape(blocks, size)
    for offset, exponent, sign in halves:
        high = raw[:, offset + 1]
        keep = high & 0x83 if sign == "?" else (high & 0x03) | (0x80 if sign == "-" else 0)
        raw[:, offset + 1] = keep | (exponent << 2)
    if type_name == "Q6_K":
        raw[:, 192:208] = (raw[:, 192:208].view(np.int8) >> 1).view(np.uint8)
    return raw.tobytes()


def string(text):
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def entry(key, kind, value):
    out = string(key)
    if kind == "u32":
        return out + struct.pack("<II", 4, value)
    if kind == "f32":
        return out + struct.pack("<If", 6, value)
    if kind == "string":
        return out + struct.pack("<I", 8) + string(value)
    if kind == "strings":
        return out + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(string(each) for each in value)
    assert kind == "i32s"
    return out + struct.pack("<IIQ", 9, 5, len(value)) + b"".join(struct.pack("<i", each) for each in value)


def align(raw):
    return raw + b"\0" * (-len(raw) % 32)


def write(metadata, tensors):
    """The bytes of a GGUF file; tensors are (name, type, columns, rows, bytes)."""
    out = struct.pack("<IIQQ", 0x46554747, 3, len(tensors), len(metadata))
    for key, kind, value in metadata:
        out += entry(key, kind, value)
    offset = 0
    for name, type_name, columns, rows, raw in tensors:
        shape = [columns] if rows == 1 else [columns, rows]
        out += string(name) + struct.pack("<I", len(shape)) + b"".join(struct.pack("<Q", d) for d in shape)
        out += struct.pack("<IQ", TYPES[type_name][0], offset)
        offset += len(align(raw))
    return align(out) + b"".join(align(raw) for _, _, _, _, raw in tensors)


def model(family, layers, heads, kv_heads, head, seed, tied=True, biased=False, qk_norm=False, post_norms=False,
          fused=False, all_biased=False, output_biased=False, factors=(), extra=(), context=512):
    a = family + "."
    metadata = [
        ("general.architecture", "string", family),
        (a + "block_count", "u32", layers),
        (a + "context_length", "u32", context),
        (a + "embedding_length", "u32", HIDDEN),
        (a + "feed_forward_length", "u32", FEED_FORWARD),
        (a + "attention.head_count", "u32", heads),
        (a + "attention.head_count_kv", "u32", kv_heads),
        (a + "attention.key_length", "u32", head),
        (a + "attention.value_length", "u32", head),
        (a + "attention.layer_norm_rms_epsilon", "f32", 1e-5),
    ] + [(a + key, kind, value) for key, kind, value in extra]
    tensors = [("token_embd.weight", "matrix", HIDDEN, len(TOKENS))]
    for layer in range(layers):
        p = f"blk.{layer}."

        def linear(name, columns, rows, bias=False):
            tensors.append((p + name + ".weight", "matrix", columns, rows))
            if bias:
                tensors.append((p + name + ".bias", "bias", rows, 1))

        def norm(name, width):
            tensors.append((p + name + ".weight", "norm", width, 1))

        norm("attn_norm", HIDDEN)
        if fused:
            linear("attn_qkv", HIDDEN, (heads + 2 * kv_heads) * head)
        else:
            linear("attn_q", HIDDEN, heads * head, biased)
            linear("attn_k", HIDDEN, kv_heads * head, biased)
            linear("attn_v", HIDDEN, kv_heads * head, biased)
        if qk_norm:
            norm("attn_q_norm", head)
            norm("attn_k_norm", head)
        linear("attn_output", heads * head, HIDDEN, all_biased)
        if post_norms:
            norm("post_attention_norm", HIDDEN)
        norm("ffn_norm", HIDDEN)
        if fused:
            linear("ffn_up", HIDDEN, 2 * FEED_FORWARD)
        else:
            linear("ffn_gate", HIDDEN, FEED_FORWARD, all_biased)
            linear("ffn_up", HIDDEN, FEED_FORWARD, all_biased)
        linear("ffn_down", FEED_FORWARD, HIDDEN, all_biased)
        if post_norms:
            norm("post_ffw_norm", HIDDEN)
    tensors.append(("output_norm.weight", "norm", HIDDEN, 1))
    if not tied:
        tensors.append(("output.weight", "matrix", HIDDEN, len(TOKENS)))
    if output_biased:
        tensors.append(("output.bias", "bias", len(TOKENS), 1))
    tensors += [(name, "factors", size, 1) for name, size in factors]
    return {"family": family, "seed": seed, "context": context, "metadata": metadata, "tensors": tensors}


TOKENIZER = [
    ("tokenizer.ggml.model", "string", "gpt2"),
    ("tokenizer.ggml.pre", "string", "gpt-2"),
    ("tokenizer.ggml.tokens", "strings", TOKENS),
    ("tokenizer.ggml.token_type", "i32s", [3, 3, 3] + [1] * (len(TOKENS) - 3)),
    ("tokenizer.ggml.merges", "strings", ["t h"]),
    ("tokenizer.ggml.bos_token_id", "u32", 1),
    ("tokenizer.ggml.eos_token_id", "u32", 2),
]

ROPE = [("rope.freq_base", "f32", 10000.0)]
GEMMA = [("rope.freq_base", "f32", 100000.0), ("rope.freq_base_swa", "f32", 10000.0),
         ("attention.sliding_window", "u32", 8)]
LONG_SHORT = (("rope_factors_long.weight", 8), ("rope_factors_short.weight", 8))
PHI = [("rope.freq_base", "f32", 10000.0), ("rope.dimension_count", "u32", 16),
       ("rope.scaling.attn_factor", "f32", 1.19), ("rope.scaling.original_context_length", "u32", 256)]

FAMILIES = {
    "llama": model("llama", 2, 8, 2, 32, 1, extra=ROPE),
    "qwen2": model("qwen2", 2, 8, 2, 32, 2, tied=False, biased=True, extra=ROPE),
    "qwen3": model("qwen3", 2, 8, 4, 64, 3, qk_norm=True, extra=ROPE),
    "phi3": model("phi3", 2, 8, 4, 32, 4, tied=False, fused=True, extra=ROPE),
    "gemma3": model("gemma3", 6, 4, 1, 64, 5, qk_norm=True, post_norms=True, extra=GEMMA),
}


def scaling(kind, factor, original):
    return ROPE + [("rope.scaling.type", "string", kind), ("rope.scaling.factor", "f32", factor),
                   ("rope.scaling.original_context_length", "u32", original)]


# Positions beyond the original window, as floats.
STRETCHED = {
    "llama, linear": model("llama", 2, 8, 2, 32, 11, extra=scaling("linear", 4.0, 32)),
    "llama, factors": model("llama", 2, 8, 2, 32, 12, factors=(("rope_freqs.weight", 16),), extra=ROPE),
    "llama, biased": model("llama", 2, 8, 8, 32, 18, tied=False, biased=True, all_biased=True, extra=ROPE),
    "qwen2, biased output": model("qwen2", 2, 8, 2, 32, 19, tied=False, biased=True, output_biased=True, extra=ROPE),
    "qwen2, yarn": model("qwen2", 2, 8, 2, 32, 13, tied=False, biased=True, extra=scaling("yarn", 4.0, 32)),
    "phi3, short": model("phi3", 2, 8, 4, 32, 14, tied=False, fused=True, factors=LONG_SHORT, extra=PHI, context=256),
    "phi3, long": model("phi3", 2, 8, 4, 32, 14, tied=False, fused=True, factors=LONG_SHORT, extra=PHI),
    "gemma3, linear": model("gemma3", 6, 4, 2, 64, 16, tied=False, qk_norm=True, post_norms=True,
                            extra=GEMMA + [("rope.scaling.type", "string", "linear"),
                                           ("rope.scaling.factor", "f32", 8.0)]),
}


def build(spec, type_name):
    tensors = []
    for index, (name, kind, columns, rows) in enumerate(spec["tensors"]):
        used = type_name if kind == "matrix" else "F32"
        raw = tensor_bytes(kind, used, spec["seed"] * 1000003 + index, columns, rows)
        tensors.append((name, used, columns, rows, raw))
    return tensors


def dequantised(tensors):
    floats = []
    for name, type_name, columns, rows, raw in tensors:
        kind = gguf.GGMLQuantizationType(TYPES[type_name][0])
        values = gguf.quants.dequantize(np.frombuffer(raw, dtype=np.uint8).reshape(rows, -1), kind) \
            if type_name not in ("F32", "F16") else np.frombuffer(raw, "<f4" if type_name == "F32" else "<f2")
        floats.append((name, "F32", columns, rows, values.astype("<f4").tobytes()))
    return floats


def logits(raw, ids, positions, context):
    with tempfile.NamedTemporaryFile(suffix=".gguf", delete=False) as file:
        file.write(raw)
    try:
        params = L.llama_model_default_params()
        params.n_gpu_layers = 0
        params.use_extra_bufts = False  # AMX, which some virtual machines report and do not have
        loaded = L.llama_model_load_from_file(file.name.encode(), params)
        assert loaded, "llama.cpp refuses the file"
        settings = L.llama_context_default_params()
        settings.n_ctx = context
        settings.n_batch = settings.n_ubatch = 512
        settings.n_threads = settings.n_threads_batch = 2
        settings.type_k = settings.type_v = 0
        settings.flash_attn_type = 0
        context_ = L.llama_init_from_model(loaded, settings)
        batch = L.llama_batch_init(len(ids), 0, 1)
        batch.n_tokens = len(ids)
        for i, token in enumerate(ids):
            batch.token[i] = token
            batch.pos[i] = i
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = 0
            batch.logits[i] = i in positions
        assert L.llama_decode(context_, batch) == 0
        rows = [np.ctypeslib.as_array(L.llama_get_logits_ith(context_, i), (len(TOKENS),)).copy() for i in positions]
        L.llama_batch_free(batch)
        L.llama_free(context_)
        L.llama_model_free(loaded)
        return np.array(rows, dtype="<f4")
    finally:
        os.unlink(file.name)


def text(values):
    return base64.b64encode(values.tobytes()).decode()


def case(spec, type_name, ids, positions):
    metadata = spec["metadata"] + TOKENIZER
    tensors = build(spec, type_name)
    raw = write(metadata, tensors)
    found = logits(raw, ids, range(len(ids)), spec["context"])
    floats = found if type_name == "F32" else logits(write(metadata, dequantised(tensors)), ids, range(len(ids)),
                                                     spec["context"])
    off = float(np.sqrt(np.mean((found - floats) ** 2)))
    print(f"  {type_name:5} logits of {floats.std():.2f}, off by {off:.2g}, at most {np.abs(found - floats).max():.2g}")
    return {"sha256": hashlib.sha256(raw).hexdigest(), "float": text(floats[positions]), "distance": off}


def main(target):
    silent = L.llama_log_callback(lambda *_: None)
    L.llama_log_set(silent, ctypes.c_void_p(0))
    models = {}
    for name, spec in {**FAMILIES, **STRETCHED}.items():
        print(name)
        stretched = name in STRETCHED
        length = (280 if spec["context"] > 256 else 200) if stretched else 48
        ids = [3 + int(n) for n in split_mix(99 + spec["seed"], length) % np.uint64(len(TOKENS) - 3)]
        positions = [3, length // 2, length - 2, length - 1] if stretched else [5, 17, 35, 47]
        types = (["F32", "Q4_1"] if "biased" in name else ["F32"]) if stretched else list(TYPES)
        models[name] = dict(
            spec,
            ids=ids,
            positions=positions,
            types={each: case(spec, each, ids, positions) for each in types},
        )
    for family in FAMILIES:
        some = {name: each for name, each in models.items() if each["family"] == family}
        content = {"made_by": "llama-cpp-python " + L.__version__, "tokenizer": TOKENIZER, "models": some}
        with open(os.path.join(target, f"decoders-{family}-golden.json"), "w") as file:
            json.dump(content, file, separators=(",", ":"))
            file.write("\n")


main(sys.argv[1])
