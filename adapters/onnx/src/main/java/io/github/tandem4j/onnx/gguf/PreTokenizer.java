package io.github.tandem4j.onnx.gguf;

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
    },
    /** The words of GPT-4, up to three digits together; a word that is a token needs no merges. */
    LLAMA_3("llama-bpe") {
        @Override
        void addTo(ArrayNode steps) {
            addWords(steps, "\\p{N}{1,3}");
        }

        @Override
        boolean ignoresMerges() {
            return true;
        }

        @Override
        boolean beginsTexts() {
            return true;
        }
    },
    /** Composed characters, the words of GPT-4, single digits. */
    QWEN_2("qwen2") {
        @Override
        void addNormalizer(ObjectNode root) {
            root.putObject("normalizer").put("type", "NFC");
        }

        @Override
        void addTo(ArrayNode steps) {
            addWords(steps, "\\p{N}");
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

    /** Adds what is done to a text before it is cut. */
    void addNormalizer(ObjectNode root) {
        root.putNull("normalizer");
    }

    /** Whether a word that is a token stays whole even if no merges lead to it. */
    boolean ignoresMerges() {
        return false;
    }

    /** Whether models with these words expect a text to begin with a token of its own. */
    boolean beginsTexts() {
        return false;
    }

    static ObjectNode byteLevel(boolean words) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", words);
    }

    private static void addWords(ArrayNode steps, String digits) {
        ObjectNode split = steps.addObject().put("type", "Split");
        split.putObject("pattern")
                .put(
                        "Regex",
                        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" + digits
                                + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+");
        split.put("behavior", "Isolated").put("invert", false);
        steps.add(byteLevel(false));
    }
}
