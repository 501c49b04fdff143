package io.github.tandem4j.onnx.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.tandem4j.ModelFileException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** Hugging Face's tokenizers, made in one way: nothing is cut, nothing padded, and nobody told. */
public final class TokenizerLibrary {
    private TokenizerLibrary() {}

    /**
     * Makes a tokenizer. The native library is loaded, and its cache directory written, here and nowhere sooner.
     *
     * @param name of the file, in errors
     * @param json a {@code tokenizer.json}
     * @return the tokenizer, which adds special tokens only when asked; close it
     * @throws ModelFileException if the library cannot read it
     */
    public static HuggingFaceTokenizer open(String name, byte[] json) {
        quieten("OPT_OUT_TRACKING", "true");
        quieten("RUST_FLAVOR", "cpu");
        try (ByteArrayInputStream in = new ByteArrayInputStream(json)) {
            return HuggingFaceTokenizer.newInstance(
                    in, Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false"));
        } catch (IOException | RuntimeException e) {
            throw new ModelFileException(name + " is no tokenizer that can be read: " + e.getMessage(), e);
        }
    }

    /**
     * Makes a tokenizer that gives ids alone.
     *
     * @param name of the file, in errors
     * @param json a {@code tokenizer.json} that neither cuts nor pads
     * @return the tokenizer; close it
     * @throws ModelFileException if the library cannot read it
     */
    static TextTokenizer openForText(String name, byte[] json) {
        quieten("OPT_OUT_TRACKING", "true");
        quieten("RUST_FLAVOR", "cpu");
        try {
            return new TextTokenizer(new String(json, StandardCharsets.UTF_8));
        } catch (RuntimeException e) {
            throw new ModelFileException(name + " is no tokenizer that can be read: " + e.getMessage(), e);
        }
    }

    /**
     * Refuses a file with which the native library is known to end the process.
     *
     * @param file where it lies
     * @param json what it holds
     * @throws ModelFileException if it has steps that are not known to be harmless, naming them
     */
    public static void check(Path file, JsonNode json) {
        TokenizerSteps.check(file, json);
    }

    /** DJL asks EC2's metadata service who is calling, and looks for CUDA builds on the network, unless told not to. */
    private static void quieten(String property, String value) {
        if (System.getProperty(property) == null && System.getenv(property) == null) {
            System.setProperty(property, value);
        }
    }
}
