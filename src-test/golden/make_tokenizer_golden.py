#!/usr/bin/env python3
# Makes the vocabularies and the reference ids that TokenizerGoldenTest compares with. Run by hand in this folder,
# never by the build:
#   python3 -m venv VENV && VENV/bin/pip install tokenizers==0.23.3 sentencepiece==0.2.3 protobuf gguf==0.19.0 \
#       llama-cpp-python==0.3.36 && VENV/bin/python make_tokenizer_golden.py
#
# One file for each family of tokenizers, tokenizer-NAME.json: the metadata of a GGUF file with a small vocabulary,
# trained here on passage.txt and the texts below, and the ids of 200 hard strings. The reference is what such a model
# is published with: Hugging Face's tokenizers for byte-level BPE, SentencePiece for its own two kinds. llama.cpp reads
# the same vocabulary from a GGUF file; where it gives other ids, "llama_cpp" has them, by the string's number:
#   - it does not normalise to NFC (qwen2);
#   - it splits a text at user-defined tokens from the longest to the shortest, not from left to right (nothing here
#     shows it);
#   - its SentencePiece may merge a user's text into a control token if a piece lies on the way, which is the one thing
#     that must not happen (nor this).
# Half a surrogate pair is U+FFFD for all of them, since none of them takes anything but Unicode.

import ctypes
import io
import json
import os
import random
import tempfile
import zlib

import gguf
import llama_cpp
import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

HERE = os.path.dirname(os.path.abspath(__file__))

SAMPLES = """
The quick brown fox jumps over the lazy dog, doesn't it? It'll rain; we've seen THEY'RE late, I'M sure he'd go.
Ünïcödé naïve façade Übermaß Straße œuvre garçon señor mañana
Съешь же ещё этих мягких французских булок да выпей чаю
Η γρήγορη καφέ αλεπού πηδάει πάνω από το τεμπέλικο σκυλί
مرحبا بالعالم كيف حالك اليوم
שלום עולם מה שלומך היום
नमस्ते दुनिया आप कैसे हैं
สวัสดีชาวโลก
안녕하세요 세계 반갑습니다
你好，世界。今天天气很好。
こんにちは世界。今日はいい天気ですね。
1234567890 3.14159 1,000,000 2024-02-29 50% €99.95
😀 😂 👍 👍🏽 👨‍👩‍👧‍👦 🇭🇺 ❤️
    def f(x: int) -> int:
        return x**2 + 1  # squared
{"name": "add", "arguments": {"a": 2, "b": [1, 2, 3]}}
https://example.org/path?query=1&other=2#fragment
"""

HARD = [
    "", " ", "  ", "   ", "\t", "\n", "\r\n", "\n\n\n", " \n", "\n ", " \n \n ", "\t\t\t", "a\tb", "a\n\nb", "a \n b",
    "\r", "a\rb", "\r\r\n\n", "\u00a0", "a\u00a0b", "\u3000", "a\u3000b", "\u2003wide", "\u200b", "a\u200bb",
    "\u2028", "\u2029x", "\u0085", "a\u0085b", "\ufeff", "\ufeffbom", "\x0b\x0c", "\x1c\x1d", "\u180e", "\u2060",
    "Hello", " Hello", "  Hello", "Hello ", "Hello  ", "Hello World", "Hello  World", "Hello   World", "hello\u00adworld",
    "doesn't", "DOESN'T", "I'LL'VE'RE'd's'm", "'s", " 's", "'S", "don\u2019t", "'\u017f", "'sx", "x'",
    "0", "1", "12", "123", "1234", "12345", "1234567890", "1 2 3", " 12", "3.14159", "1,000,000", "0x7F", "1e-9",
    "\u0664\u0662", "\u00bd\u00b2", "\u2167", "\u0967\u0968\u0969\u096a", "\uff11\uff12\uff13\uff14", "a1b22c333d4444",
    "na\u00efve", "nai\u0308ve", "e\u0301", "\u00e9", "e\u0301\u0301\u0301", "\u0301", " \u0301", "a\u0323\u0307",
    "\u1e69", "s\u0323\u0307", "\u212b", "\u00c5", "A\u030a", "\ufb01", "\u0130", "\u1e9e", "\u00df", "\u01c5",
    "\u1100\u1161\u11a8", "\uac01", "\ud55c\uad6d\uc5b4", "\u0958", "\u0915\u093c", "\u2126", "\u03a9",
    "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35", "\u0628\u0650\u0633\u0652\u0645\u0650", "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd",
    "\u0928\u092e\u0938\u094d\u0924\u0947", "\u4f60\u597d\uff0c\u4e16\u754c\u3002", "\u3053\u3093\u306b\u3061\u306f",
    "\u304b\u3099", "\u304c", "\uff76\uff9e", "\U00020000\U0002a6d6", "\u9f98\u9f98", "mix\u6df7\u3058\u308b123",
    "\U0001f600", "\U0001f44d\U0001f3fd", "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466", "\u2764\ufe0f",
    "\U0001f1ed\U0001f1fa\U0001f1e9", "1\ufe0f\u20e3", "\U0001f3f4\U000e0067\U000e0062\U000e007f", "a\U0001f600b",
    "\U0001f600 \U0001f600", "\U0001d54f\U0001d7d8", "\U0010ffff", "\ue000\uf8ff", "\ufffe", "\ufffd", "\x00", "a\x00b",
    "\x07\x1b[0m", "\x7f\x80\x9f", "\ud83d", "a\udc4db", "\udc4d\ud83d", "\ud83dx", "\ud83d\ud83d\ude00",
    "<|im_start|>", "<|im_end|>", "<|im_start|>user\nhi<|im_end|>\n", "<|endoftext|>", "<s>", "</s>", "<unk>", "<pad>",
    "<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>\n", "<|user|>\nhi<|end|>", "<|begin_of_text|>", "<|eot_id|>",
    "x<s>y</s>z", "<s><s>", "<|im_end", "<|im_end|>|>", "<0x0A>", "<0xE4><0xBD>", "\u2581", "\u2581Hello", "a\u2581b",
    "\u0120hello", "\u010a", "<tool_call>", "</tool_call>x", " <tool_call> ", "<table>", "    <table>",
    "wait... what?!?!", "(a[b]{c})", "<=> !== <- ->", "\"quoted\" 'single' `code`", "~/path/to_file.txt", "$x^2$",
    "\u2014\u201ccurly\u201d\u2026", "a,b;c:d", "####", "=" * 40, "-" * 17, "a" * 70, " " * 40, "\n" * 9, "ha" * 20,
    "def f(x):\n    return x\n\n\nif True:\n\tpass\n", "for (int i = 0; i < 10; i++) {\r\n\tx[i] += 1;\r\n}\r\n",
    "{\"a\": [1, 2.5, null], \"b\": \"\\u00e9\\n\"}", "https://example.org/a?b=c&d=%20#e", "SELECT * FROM t WHERE x='y';",
    "camelCaseWord snake_case_word SCREAMING_CASE", "iPhone15ProMax", "C++/C#", "e.g., i.e.", "U.S.A.",
    "Stra\u00dfe, \u0421\u043b\u0430\u0432\u0430, \u03ba\u03b1\u03bb\u03b7\u03bc\u03ad\u03c1\u03b1",
    "\u202eabc\u202c", "\u2066x\u2069", "\u061c", "z\u0351\u036b\u0343a\u035c\u0321l\u0348\u0333g\u0321o\u0354\u0353",
]

ALPHABETS = [
    "abcdefghij", "THE the ing ", " \n\t\r", "0123456789", "\u00e9e\u0301\u00fc\u00df", "\u4e16\u754c\u4f60\u597d", "'\u2019\"!?.,",
    "\U0001f600\U0001f44d\U0001f3fd\u200d\ufe0f", "\u0628\u0650\u05e9\u05c1", "\u0915\u094d\u0937", "\u00a0\u3000\u2009 ", "<|>_s/",
]


def hard_strings():
    rng = random.Random(6)
    texts = list(dict.fromkeys(HARD))
    while len(texts) < 220:
        some = rng.sample(ALPHABETS, rng.randint(1, 4))
        texts.append("".join(rng.choice(rng.choice(some)) for _ in range(rng.randint(3, 24))))
    return texts


def clean(text):
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


GPT4 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*"
        r"|\s*[\r\n]+|\s+(?!\S)|\s+")

BPE = {
    "gpt-2": (None, [pre_tokenizers.ByteLevel(add_prefix_space=False)], ["<|endoftext|>"], False),
    "smollm": (None, [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)],
               ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], False),
    "llama-bpe": (None, [pre_tokenizers.Split(Regex(GPT4 % "{1,3}"), "isolated"),
                         pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)],
                  ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
                  True),
    "qwen2": (normalizers.NFC(), [pre_tokenizers.Split(Regex(GPT4 % ""), "isolated"),
                                  pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)],
              ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], False),
}


def corpus():
    with open(os.path.join(HERE, "passage.txt"), encoding="utf-8") as file:
        return [file.read()] + 4 * SAMPLES.splitlines(keepends=True)


def byte_level(name):
    normalizer, steps, specials, ignore_merges = BPE[name]
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=760, show_progress=False, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    # Specials come last, as in Llama 3 and Qwen; the one that is no special token is found in any text.
    tokenizer.add_special_tokens([AddedToken(s, special=True, normalized=False) for s in specials])
    tokenizer.add_tokens([AddedToken("<tool_call>", special=False, normalized=False)])
    model = json.loads(tokenizer.to_str())["model"]
    vocabulary = tokenizer.get_vocab()
    tokens = sorted(vocabulary, key=vocabulary.get)
    types = [3 if t in specials else 4 if t == "<tool_call>" else 1 for t in tokens]
    merges = [m if isinstance(m, str) else " ".join(m) for m in model["merges"]]
    metadata = {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": name,
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": types,
        "tokenizer.ggml.merges": merges,
        "tokenizer.ggml.bos_token_id": vocabulary[specials[0]],
        "tokenizer.ggml.eos_token_id": vocabulary[specials[-1]],
    }
    tokenizer.encode_special_tokens = True
    return metadata, lambda text: tokenizer.encode(text, add_special_tokens=False).ids


def sentence_piece(name, **options):
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([line.strip("\n") for text in corpus() for line in text.splitlines() if line.strip()]),
        model_writer=out, hard_vocab_limit=False, num_threads=1, minloglevel=2, **options)
    proto = sentencepiece_model_pb2.ModelProto()
    proto.ParseFromString(out.getvalue())
    processor = sentencepiece.SentencePieceProcessor(model_proto=out.getvalue())
    types = [p.type for p in proto.pieces]
    metadata = {
        "general.name": name,
        "tokenizer.ggml.model": "t5" if proto.trainer_spec.model_type == 1 else "llama",
        "tokenizer.ggml.pre": "default",
        # The converters of GGUF write user-defined tokens as they stand in a text.
        "tokenizer.ggml.tokens": [
            p.piece.replace("\u2581", " ") if p.type == 4 else p.piece for p in proto.pieces],
        "tokenizer.ggml.scores": [p.score for p in proto.pieces],
        "tokenizer.ggml.token_type": types,
        "tokenizer.ggml.unknown_token_id": proto.trainer_spec.unk_id,
        "tokenizer.ggml.eos_token_id": proto.trainer_spec.eos_id,
        "tokenizer.ggml.add_space_prefix": proto.normalizer_spec.add_dummy_prefix,
    }
    if proto.trainer_spec.bos_id >= 0:
        metadata["tokenizer.ggml.bos_token_id"] = proto.trainer_spec.bos_id
    if proto.trainer_spec.model_type == 1:
        metadata["tokenizer.ggml.remove_extra_whitespaces"] = proto.normalizer_spec.remove_extra_whitespaces
        # SentencePiece's table for NFKC, whole: too large to be written as text.
        metadata["tokenizer.ggml.precompiled_charsmap"] = "tokenizer-unigram.characters.zlib"
        with open(os.path.join(HERE, "tokenizer-unigram.characters.zlib"), "wb") as file:
            file.write(zlib.compress(proto.normalizer_spec.precompiled_charsmap, 9))
    return metadata, lambda text: processor.encode(text)


def phi3():
    metadata, encode = sentence_piece(
        "Phi 3.5 Mini", model_type="bpe", vocab_size=1100, byte_fallback=True, character_coverage=0.98,
        normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=True,
        allow_whitespace_only_pieces=True, split_digits=True, max_sentence_length=100000,
        control_symbols=["<|endoftext|>", "<|assistant|>", "<|user|>", "<|end|>"])
    metadata["general.name"] = "phi-3.5-mini"
    return metadata, encode


def gemma3():
    return sentence_piece(
        "Gemma 3", model_type="bpe", vocab_size=1100, byte_fallback=True, character_coverage=0.98,
        normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=False,
        allow_whitespace_only_pieces=True, split_digits=True, max_sentence_length=100000,
        pad_id=0, eos_id=1, bos_id=2, unk_id=3, pad_piece="<pad>", eos_piece="<eos>", bos_piece="<bos>",
        control_symbols=["<start_of_turn>", "<end_of_turn>"],
        user_defined_symbols=["\n", "\n\n", "\n\n\n", "\u2581\u2581", "\u2581\u2581\u2581", "\u2581\u2581\u2581\u2581",
                              "<table>", "<tool_call>"])


def unigram(**options):
    return sentence_piece(
        "T5", model_type="unigram", vocab_size=900, character_coverage=0.98, normalization_rule_name="nmt_nfkc",
        max_sentence_length=100000, pad_id=0, eos_id=1, unk_id=2, bos_id=-1, **options)


def unigram_bytes():
    # llama.cpp has no bytes for what a unigram vocabulary does not cover, but its unknown token.
    return unigram(byte_fallback=True)


def write_gguf(path, metadata):
    writer = gguf.GGUFWriter(path, "llama")
    for key, value in metadata.items():
        if key.endswith("precompiled_charsmap"):
            with open(os.path.join(HERE, value), "rb") as file:
                writer.add_precompiled_charsmap(zlib.decompress(file.read()))
        elif isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, int):
            writer.add_uint32(key, value)
        elif isinstance(value, str):
            writer.add_string(key, value)
        else:
            writer.add_array(key, value)
    for key, value in {"context_length": 64, "embedding_length": 32, "block_count": 1, "feed_forward_length": 32,
                       "attention.head_count": 1}.items():
        writer.add_uint32("llama." + key, value)
    writer.add_float32("llama.attention.layer_norm_rms_epsilon", 1e-5)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def llama_cpp_ids(metadata, texts):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "vocabulary.gguf")
        write_gguf(path, metadata)
        parameters = llama_cpp.llama_model_default_params()
        parameters.vocab_only = True
        model = llama_cpp.llama_model_load_from_file(path.encode(), parameters)
        vocab = llama_cpp.llama_model_get_vocab(model)
        all_ids = []
        for text in texts:
            data = text.encode("utf-8")
            buffer = (llama_cpp.llama_token * (len(data) + 64))()
            count = llama_cpp.llama_tokenize(vocab, data, len(data), buffer, len(buffer), False, False)
            all_ids.append(list(buffer[:max(count, 0)]))
        llama_cpp.llama_model_free(model)
        return all_ids


def main():
    texts = hard_strings()
    families = {name: (lambda name=name: byte_level(name)) for name in BPE}
    families |= {"phi3": phi3, "gemma3": gemma3, "unigram": unigram, "unigram-bytes": unigram_bytes}
    for name, make in families.items():
        metadata, encode = make()
        ids = [encode(clean(text)) for text in texts]
        others = llama_cpp_ids(metadata, [clean(text) for text in texts])
        different = {i: other for i, (one, other) in enumerate(zip(ids, others)) if one != other}
        with open(os.path.join(HERE, f"tokenizer-{name}.json"), "w", encoding="ascii", newline="\n") as file:
            file.write('{"metadata":{\n')
            file.write(",\n".join(json.dumps(k) + ":" + json.dumps(v, separators=(",", ":")) for k, v in metadata.items()))
            file.write('},\n"cases":[\n')
            file.write(",\n".join(json.dumps({"text": t, "ids": i}, separators=(",", ":")) for t, i in zip(texts, ids)))
            file.write('],\n"llama_cpp":' + json.dumps(different, separators=(",", ":")) + "}\n")
        print(name, len(metadata["tokenizer.ggml.tokens"]), "tokens;", len(different), "of", len(texts), "differ:",
              [texts[i] for i in different][:60])


if __name__ == "__main__":
    main()
