package io.github.tandem4j.onnx.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** The tokenizer of a GGUF file, written in the formats of Hugging Face. */
final class GgufVocabulary {
    private static final List<String> ROLES = List.of("bos", "eos", "eot", "eom", "unknown", "padding");

    /** Tokens that end a turn whether or not the file's metadata says so, as in llama.cpp. */
    private static final Set<String> TURN_ENDS = Set.of(
            "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end|>", "<end_of_turn>", "<|end_of_text|>");

    /** Tokens of Phi-3 behind which white space stays. */
    private static final Set<String> PHI_3_KEEPS_SPACE = Set.of("<unk>", "<s>", "<|endoftext|>");

    private final GgufFile gguf;
    private final GgufMetadata metadata;
    private final GgufTokens tokens;
    private final GgufTokenizer tokenizer;

    GgufVocabulary(GgufFile gguf) {
        this.gguf = gguf;
        this.metadata = gguf.metadata();
        String model = metadata.string("tokenizer.ggml.model");
        if (!List.of("gpt2", "llama", "t5").contains(model)) {
            throw GgufFile.refused(
                    gguf.path(),
                    "has the tokenizer " + model,
                    "gpt2 (byte-level BPE), llama (SentencePiece BPE) or t5 (SentencePiece unigram)");
        }
        this.tokens = new GgufTokens(gguf);
        ROLES.forEach(this::tokenId);
        this.tokenizer = switch (model) {
            case "gpt2" -> new ByteLevelTokenizer(gguf, tokens);
            case "llama" -> new SentencePieceTokenizer(gguf, tokens, tokenId("unknown"), specialIds());
            default -> new UnigramTokenizer(gguf, tokens, tokenId("unknown"));
        };
    }

    ObjectNode tokenizer() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("version", "1.0").putNull("truncation").putNull("padding");
        Set<Integer> special = specialIds();
        boolean phi3 = isPhi3();
        ArrayNode added = root.putArray("added_tokens");
        for (int id = 0; id < tokens.size(); id++) {
            boolean userDefined = tokens.type(id) == GgufTokens.USER_DEFINED;
            if (userDefined || special.contains(id)) {
                boolean takesSpace = phi3 && !PHI_3_KEEPS_SPACE.contains(tokens.text(id));
                added.addObject()
                        .put("id", id)
                        .put("content", tokens.text(id))
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put(
                                "rstrip",
                                takesSpace && (!userDefined || tokens.text(id).equals("</s>")))
                        .put("normalized", false)
                        .put("special", special.contains(id));
            }
        }
        tokenizer.addTo(root);
        return root;
    }

    /** What text never becomes: control tokens, and what the file says has a role, whatever its type. */
    private Set<Integer> specialIds() {
        Set<Integer> special = new TreeSet<>();
        for (int id = 0; id < tokens.size(); id++) {
            if (tokens.type(id) == GgufTokens.CONTROL || tokens.type(id) == GgufTokens.UNKNOWN) {
                special.add(id);
            }
        }
        ROLES.forEach(role -> tokenId(role).ifPresent(special::add));
        return special;
    }

    /** The special tokens of Phi-3 swallow the white space behind them, of which the file itself says nothing. */
    private boolean isPhi3() {
        String name = metadata.optionalString("general.name").orElse("").toLowerCase(Locale.ROOT);
        return name.contains("phi-3") || name.contains("phi3");
    }

    ObjectNode tokenizerConfig() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put(
                "add_bos_token",
                metadata.optionalFlag("tokenizer.ggml.add_bos_token").orElse(tokenizer.beginsTexts()));
        root.put(
                "add_eos_token",
                metadata.optionalFlag("tokenizer.ggml.add_eos_token").orElse(tokenizer.endsTexts()));
        putToken(root, "bos_token", "bos");
        putToken(root, "eos_token", "eos");
        putToken(root, "unk_token", "unknown");
        putToken(root, "pad_token", "padding");
        metadata.optionalString("tokenizer.chat_template").ifPresent(template -> root.put("chat_template", template));
        return root;
    }

    ObjectNode generationConfig() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        tokenId("bos").ifPresent(id -> root.put("bos_token_id", id));
        tokenId("padding").ifPresent(id -> root.put("pad_token_id", id));
        Set<Integer> ends = new TreeSet<>();
        for (String role : new String[] {"eos", "eot", "eom"}) {
            tokenId(role).ifPresent(ends::add);
        }
        for (String end : TURN_ENDS) {
            Optional<Integer> id = tokens.id(end);
            id.filter(each -> tokens.type(each) == GgufTokens.CONTROL).ifPresent(ends::add);
        }
        ArrayNode list = root.putArray("eos_token_id");
        ends.forEach(list::add);
        return root;
    }

    private void putToken(ObjectNode root, String name, String role) {
        tokenId(role).ifPresent(id -> root.put(name, tokens.text(id)));
    }

    private OptionalInt tokenId(String role) {
        String key = "tokenizer.ggml." + role + "_token_id";
        OptionalInt id = metadata.optionalInt(key);
        if (id.isPresent() && id.getAsInt() >= tokens.size()) {
            throw GgufFile.refused(gguf.path(), "has " + key + " " + id.getAsInt(), "an id below " + tokens.size());
        }
        return id.isPresent() ? id : usualId(role);
    }

    /** Where SentencePiece puts its special tokens: older files do not say. */
    private OptionalInt usualId(String role) {
        if (!metadata.string("tokenizer.ggml.model").equals("llama")) {
            return OptionalInt.empty();
        }
        int id = List.of("unknown", "bos", "eos").indexOf(role);
        int type = role.equals("unknown") ? GgufTokens.UNKNOWN : GgufTokens.CONTROL;
        return id >= 0 && id < tokens.size() && tokens.type(id) == type ? OptionalInt.of(id) : OptionalInt.empty();
    }
}
