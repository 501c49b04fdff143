package io.github.tandem4j.onnx.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.onnx.tokenizer.CharacterMap;
import java.util.Base64;
import java.util.List;
import java.util.OptionalInt;

/** SentencePiece's unigram model: of all ways to cut a text into pieces, the one whose scores have the highest sum. */
final class UnigramTokenizer implements GgufTokenizer {
    private static final String CHARACTERS = "tokenizer.ggml.precompiled_charsmap";

    private final GgufTokens tokens;
    private final List<Double> scores;
    private final int unknown;
    private final boolean spacePrefix;
    private final boolean singleSpaces;
    private final byte[] characters;

    UnigramTokenizer(GgufFile gguf, GgufTokens tokens, OptionalInt unknownId) {
        this.tokens = tokens;
        this.scores = tokens.scores();
        this.unknown = unknownId.orElseThrow(() -> GgufFile.refused(
                gguf.path(), "has no tokenizer.ggml.unknown_token_id", "a token for what no other token covers"));
        this.spacePrefix =
                gguf.metadata().optionalFlag("tokenizer.ggml.add_space_prefix").orElse(true);
        this.singleSpaces = gguf.metadata()
                .optionalFlag("tokenizer.ggml.remove_extra_whitespaces")
                .orElse(false);
        for (int id = 0; id < tokens.size(); id++) {
            // Hugging Face's library would find such a token where somebody writes its name.
            if (tokens.type(id) == GgufTokens.BYTE) {
                throw GgufFile.refused(
                        gguf.path(), "has the byte token " + tokens.text(id), "a unigram vocabulary without bytes");
            }
        }
        this.characters = characters(gguf);
    }

    private static byte[] characters(GgufFile gguf) {
        List<Long> values = gguf.metadata().optionalList(CHARACTERS, Long.class).orElse(List.of());
        byte[] bytes = new byte[values.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = values.get(i).byteValue();
        }
        if (bytes.length > 0) {
            CharacterMap.check(bytes).ifPresent(fault -> {
                throw GgufFile.refused(
                        gguf.path(), "has " + CHARACTERS + " that " + fault, "one that SentencePiece wrote");
            });
        }
        return bytes;
    }

    @Override
    public void addTo(ObjectNode root) {
        ArrayNode normalizers =
                root.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
        if (characters.length > 0) {
            normalizers
                    .addObject()
                    .put("type", "Precompiled")
                    .put("precompiled_charsmap", Base64.getEncoder().encodeToString(characters));
        }
        if (singleSpaces) {
            replace(normalizers.addObject(), " +\\z", "");
            replace(normalizers.addObject(), " {2,}", "\u2581");
        }
        root.set("pre_tokenizer", metaspace(root.objectNode()));
        root.putNull("post_processor");
        root.set("decoder", metaspace(root.objectNode()));
        ObjectNode model = root.putObject("model");
        model.put("type", "Unigram").put("unk_id", unknown).put("byte_fallback", false);
        ArrayNode pieces = model.putArray("vocab");
        for (int id = 0; id < tokens.size(); id++) {
            pieces.addArray().add(tokens.text(id)).add(scores.get(id));
        }
    }

    private static void replace(ObjectNode step, String pattern, String by) {
        step.put("type", "Replace").putObject("pattern").put("Regex", pattern);
        step.put("content", by);
    }

    private ObjectNode metaspace(ObjectNode step) {
        return step.put("type", "Metaspace")
                .put("replacement", "\u2581")
                .put("prepend_scheme", spacePrefix ? "always" : "never")
                .put("split", true);
    }

    @Override
    public boolean beginsTexts() {
        return false;
    }

    @Override
    public boolean endsTexts() {
        return true;
    }
}
