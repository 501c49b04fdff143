package io.github.tandem4j.onnx;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** The tokenizer of a GGUF file: a byte-level BPE, written in the formats of Hugging Face. */
final class GgufVocabulary {
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;

    /** Tokens that end a turn whether or not the file's metadata says so, as in llama.cpp. */
    private static final Set<String> TURN_ENDS = Set.of(
            "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end|>", "<end_of_turn>", "<|end_of_text|>");

    private final GgufFile gguf;
    private final GgufMetadata metadata;
    private final List<String> tokens;
    private final List<Long> types;
    private final List<String> merges;
    private final Map<String, Integer> ids = new HashMap<>();
    private final PreTokenizer preTokenizer;

    GgufVocabulary(GgufFile gguf) {
        this.gguf = gguf;
        this.metadata = gguf.metadata();
        String model = metadata.string("tokenizer.ggml.model");
        if (!model.equals("gpt2")) {
            throw GgufFile.refused(gguf.path(), "has the tokenizer " + model, "gpt2 (byte-level BPE)");
        }
        String pre = metadata.optionalString("tokenizer.ggml.pre").orElse("(none named)");
        preTokenizer = PreTokenizer.of(pre)
                .orElseThrow(
                        () -> GgufFile.refused(gguf.path(), "has the pre-tokenizer " + pre, PreTokenizer.supported()));
        tokens = metadata.list("tokenizer.ggml.tokens", String.class);
        types = metadata.optionalList("tokenizer.ggml.token_type", Long.class)
                .orElseGet(() -> tokens.stream().map(token -> 1L).toList());
        merges = metadata.list("tokenizer.ggml.merges", String.class);
        check();
    }

    private void check() {
        if (types.size() != tokens.size()) {
            throw GgufFile.refused(gguf.path(), "has " + types.size() + " token types", tokens.size() + ", as tokens");
        }
        for (int id = 0; id < tokens.size(); id++) {
            Integer before = ids.put(tokens.get(id), id);
            if (before != null) {
                throw GgufFile.refused(
                        gguf.path(), "has the token \"" + tokens.get(id) + "\" as " + before + " and " + id, "one id");
            }
        }
        for (String key : new String[] {"bos", "eos", "eot", "eom", "unknown", "padding"}) {
            tokenId("tokenizer.ggml." + key + "_token_id");
        }
        for (String merge : merges) {
            int space = merge.indexOf(' ', 1);
            if (space < 0
                    || !ids.containsKey(merge.substring(0, space))
                    || !ids.containsKey(merge.substring(space + 1))
                    || !ids.containsKey(merge.substring(0, space) + merge.substring(space + 1))) {
                throw GgufFile.refused(
                        gguf.path(), "has the merge \"" + merge + "\"", "two tokens that make a third, all known");
            }
        }
    }

    ObjectNode tokenizer() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("version", "1.0").putNull("truncation").putNull("padding");
        ArrayNode added = root.putArray("added_tokens");
        for (int id = 0; id < tokens.size(); id++) {
            if (types.get(id) == CONTROL || types.get(id) == USER_DEFINED) {
                added.addObject()
                        .put("id", id)
                        .put("content", tokens.get(id))
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", types.get(id) == CONTROL);
            }
        }
        root.putNull("normalizer");
        preTokenizer.addTo(
                root.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers"));
        root.putNull("post_processor");
        root.set("decoder", PreTokenizer.byteLevel(true));
        ObjectNode model = root.putObject("model");
        model.put("type", "BPE").putNull("dropout").putNull("unk_token");
        model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
        model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
        ObjectNode vocabulary = model.putObject("vocab");
        for (int id = 0; id < tokens.size(); id++) {
            vocabulary.put(tokens.get(id), id);
        }
        ArrayNode pairs = model.putArray("merges");
        merges.forEach(pairs::add);
        return root;
    }

    ObjectNode tokenizerConfig() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        metadata.optionalFlag("tokenizer.ggml.add_bos_token").ifPresent(flag -> root.put("add_bos_token", flag));
        putToken(root, "bos_token", "tokenizer.ggml.bos_token_id");
        putToken(root, "eos_token", "tokenizer.ggml.eos_token_id");
        putToken(root, "unk_token", "tokenizer.ggml.unknown_token_id");
        putToken(root, "pad_token", "tokenizer.ggml.padding_token_id");
        metadata.optionalString("tokenizer.chat_template").ifPresent(template -> root.put("chat_template", template));
        return root;
    }

    ObjectNode generationConfig() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        tokenId("tokenizer.ggml.bos_token_id").ifPresent(id -> root.put("bos_token_id", id));
        tokenId("tokenizer.ggml.padding_token_id").ifPresent(id -> root.put("pad_token_id", id));
        Set<Integer> ends = new TreeSet<>();
        for (String key : new String[] {"eos", "eot", "eom"}) {
            tokenId("tokenizer.ggml." + key + "_token_id").ifPresent(ends::add);
        }
        for (String end : TURN_ENDS) {
            Optional.ofNullable(ids.get(end))
                    .filter(id -> types.get(id) == CONTROL)
                    .ifPresent(ends::add);
        }
        ArrayNode list = root.putArray("eos_token_id");
        ends.forEach(list::add);
        return root;
    }

    private void putToken(ObjectNode root, String name, String key) {
        tokenId(key).ifPresent(id -> root.put(name, tokens.get(id)));
    }

    private OptionalInt tokenId(String key) {
        OptionalInt id = metadata.optionalInt(key);
        if (id.isPresent() && id.getAsInt() >= tokens.size()) {
            throw GgufFile.refused(gguf.path(), "has " + key + " " + id.getAsInt(), "an id below " + tokens.size());
        }
        return id;
    }
}
