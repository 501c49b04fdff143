package io.github.tandem4j.onnx;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** How a text is cut before byte-pair encoding, by the name that GGUF gives it. */
enum PreTokenizer {
    /** The words of GPT-2. */
    GPT_2("gpt-2") {
        @Override
        void addTo(ArrayNode steps) {
            steps.add(byteLevel(true));
        }
    },
    /** Single digits, then the words of GPT-2. */
    SMOLLM("smollm") {
        @Override
        void addTo(ArrayNode steps) {
            steps.addObject().put("type", "Digits").put("individual_digits", true);
            steps.add(byteLevel(true));
        }
    };

    private final String ggufName;

    PreTokenizer(String ggufName) {
        this.ggufName = ggufName;
    }

    static Optional<PreTokenizer> of(String ggufName) {
        return Arrays.stream(values())
                .filter(each -> each.ggufName.equals(ggufName))
                .findFirst();
    }

    static String supported() {
        return Arrays.stream(values()).map(each -> each.ggufName).collect(Collectors.joining(", "));
    }

    /** Adds the steps in the format of Hugging Face tokenizers. */
    abstract void addTo(ArrayNode steps);

    static ObjectNode byteLevel(boolean words) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", words);
    }
}
