package io.github.tandem4j.onnx.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.onnx.tokenizer.CharacterMap;
import java.util.Base64;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * SentencePiece's unigram model: of all ways to cut a text into pieces, the one whose scores have the highest sum. What no
 * piece covers becomes bytes, if the vocabulary has all of them, and the unknown token otherwise.
 *
 * <p>Hugging Face's library takes the token of a byte for a piece like any other, so that it would find it where somebody
 * writes its name, which in SentencePiece is text. So a text is cut behind the bracket of such a name: then it is no piece.
 */
final class UnigramTokenizer implements GgufTokenizer {
    private static final String CHARACTERS = "tokenizer.ggml.precompiled_charsmap";

    private final GgufTokens tokens;
    private final List<Double> scores;
    private final int unknown;
    private final boolean spacePrefix;
    private final boolean singleSpaces;
    private final boolean hasBytes;
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
        this.hasBytes = hasBytes(gguf, tokens);
        this.characters = characters(gguf);
    }

    /** All of them or none, by the names that the library looks for. */
    private static boolean hasBytes(GgufFile gguf, GgufTokens tokens) {
        int found = 0;
        for (int value = 0; value < 256; value++) {
            String name = "<0x%02X>".formatted(value);
            boolean isByte = tokens.id(name)
                    .filter(id -> tokens.type(id) == GgufTokens.BYTE)
                    .isPresent();
            found += isByte ? 1 : 0;
        }
        long claimed = IntStream.range(0, tokens.size())
                .filter(id -> tokens.type(id) == GgufTokens.BYTE)
                .count();
        if (claimed != found || (found != 0 && found != 256)) {
            throw GgufFile.refused(
                    gguf.path(),
                    "has " + claimed + " byte tokens, of which " + found + " are named as bytes",
                    "none, or all from <0x00> to <0xFF>");
        }
        return found > 0;
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
        if (hasBytes) {
            ArrayNode steps =
                    root.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
            steps.add(metaspace(root.objectNode()));
            ObjectNode cut = steps.addObject().put("type", "Split");
            cut.putObject("pattern").put("Regex", "<(?=0x[0-9A-F][0-9A-F]>)");
            cut.put("behavior", "MergedWithPrevious").put("invert", false);
        } else {
            root.set("pre_tokenizer", metaspace(root.objectNode()));
        }
        root.putNull("post_processor");
        root.set("decoder", metaspace(root.objectNode()));
        ObjectNode model = root.putObject("model");
        model.put("type", "Unigram").put("unk_id", unknown).put("byte_fallback", hasBytes);
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
