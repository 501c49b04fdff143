package io.github.tandem4j.onnx.gguf;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The tokens of a GGUF file with their types and scores; each text once, each type known, each score a number. */
final class GgufTokens {
    static final int NORMAL = 1;
    static final int UNKNOWN = 2;
    static final int CONTROL = 3;
    static final int USER_DEFINED = 4;
    static final int UNUSED = 5;
    static final int BYTE = 6;

    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String SCORES = "tokenizer.ggml.scores";

    private final GgufFile gguf;
    private final List<String> texts;
    private final List<Long> types;
    private final Map<String, Integer> ids = new HashMap<>();

    GgufTokens(GgufFile gguf) {
        this.gguf = gguf;
        texts = gguf.metadata().list(TOKENS, String.class);
        types = gguf.metadata()
                .optionalList("tokenizer.ggml.token_type", Long.class)
                .orElseGet(() -> texts.stream().map(token -> (long) NORMAL).toList());
        if (texts.isEmpty()) {
            throw GgufFile.refused(gguf.path(), "has an empty " + TOKENS, "at least one token");
        }
        if (types.size() != texts.size()) {
            throw GgufFile.refused(gguf.path(), "has " + types.size() + " token types", texts.size() + ", as tokens");
        }
        for (int id = 0; id < texts.size(); id++) {
            Integer before = ids.put(texts.get(id), id);
            if (before != null) {
                throw GgufFile.refused(
                        gguf.path(), "has the token \"" + texts.get(id) + "\" as " + before + " and " + id, "one id");
            }
            if (types.get(id) < NORMAL || types.get(id) > BYTE) {
                throw GgufFile.refused(
                        gguf.path(),
                        "has the token \"" + texts.get(id) + "\" of type " + types.get(id),
                        "1 (normal), 2 (unknown), 3 (control), 4 (user-defined), 5 (unused), 6 (byte)");
            }
        }
    }

    int size() {
        return texts.size();
    }

    String text(int id) {
        return texts.get(id);
    }

    int type(int id) {
        return types.get(id).intValue();
    }

    Optional<Integer> id(String text) {
        return Optional.ofNullable(ids.get(text));
    }

    /** One score for each token. */
    List<Double> scores() {
        List<Double> scores = gguf.metadata().list(SCORES, Double.class);
        if (scores.size() != size()) {
            throw GgufFile.refused(gguf.path(), "has " + scores.size() + " scores", size() + ", as tokens");
        }
        for (int id = 0; id < size(); id++) {
            if (!Double.isFinite(scores.get(id))) {
                throw GgufFile.refused(
                        gguf.path(),
                        "has the token \"" + text(id) + "\" with the score " + scores.get(id),
                        "a finite number");
            }
        }
        return scores;
    }

    /** Adds every token with its id. */
    void addTo(ObjectNode vocabulary) {
        for (int id = 0; id < size(); id++) {
            vocabulary.put(text(id), id);
        }
    }
}
