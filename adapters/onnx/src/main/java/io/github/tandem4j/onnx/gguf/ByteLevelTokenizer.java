package io.github.tandem4j.onnx.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Byte-level BPE: pairs of tokens are merged in the order that the file lists. */
final class ByteLevelTokenizer implements GgufTokenizer {
    private final GgufTokens tokens;
    private final List<String> merges;
    private final PreTokenizer preTokenizer;

    ByteLevelTokenizer(GgufFile gguf, GgufTokens tokens) {
        this.tokens = tokens;
        String pre = gguf.metadata().optionalString("tokenizer.ggml.pre").orElse("(none named)");
        preTokenizer = PreTokenizer.of(pre)
                .orElseThrow(
                        () -> GgufFile.refused(gguf.path(), "has the pre-tokenizer " + pre, PreTokenizer.supported()));
        merges = gguf.metadata().list("tokenizer.ggml.merges", String.class);
        for (String merge : merges) {
            int space = merge.indexOf(' ', 1);
            if (space < 0
                    || tokens.id(merge.substring(0, space)).isEmpty()
                    || tokens.id(merge.substring(space + 1)).isEmpty()
                    || tokens.id(merge.substring(0, space) + merge.substring(space + 1))
                            .isEmpty()) {
                throw GgufFile.refused(
                        gguf.path(), "has the merge \"" + merge + "\"", "two tokens that make a third, all known");
            }
        }
    }

    @Override
    public void addTo(ObjectNode root) {
        preTokenizer.addNormalizer(root);
        preTokenizer.addTo(
                root.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers"));
        root.putNull("post_processor");
        root.set("decoder", PreTokenizer.byteLevel(true));
        ObjectNode model = root.putObject("model");
        model.put("type", "BPE").putNull("dropout").putNull("unk_token");
        model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
        model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", preTokenizer.ignoresMerges());
        tokens.addTo(model.putObject("vocab"));
        ArrayNode pairs = model.putArray("merges");
        merges.forEach(pairs::add);
    }

    @Override
    public boolean beginsTexts() {
        return preTokenizer.beginsTexts();
    }
}
