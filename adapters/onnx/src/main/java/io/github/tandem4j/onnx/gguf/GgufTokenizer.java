package io.github.tandem4j.onnx.gguf;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** One of the kinds of tokenizers that a GGUF file can have. */
interface GgufTokenizer {
    /** Adds the parts of a {@code tokenizer.json} that say how text becomes tokens. */
    void addTo(ObjectNode root);

    /** Whether a text begins with the token that begins texts, unless the file says otherwise. */
    boolean beginsTexts();

    /** Whether a text ends with the token that ends texts, unless the file says otherwise. */
    default boolean endsTexts() {
        return false;
    }
}
