package io.github.tandem4j.onnx.gguf;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.tandem4j.onnx.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** All that an import reads of a file, but for its tensors, for tests outside this package. */
public final class GgufReading {
    private static final ObjectMapper JSON = new ObjectMapper();

    private GgufReading() {}

    /**
     * Reads a file's header, its vocabulary as a tokenizer, and its configuration.
     *
     * @param file the file
     * @param json where to write the tokenizer
     * @param use what to do with the tokenizer
     * @throws IOException if a file can't be read or written
     */
    public static void of(Path file, Path json, Consumer<Tokenizer> use) throws IOException {
        try (GgufFile gguf = GgufFile.open(file)) {
            gguf.sha256();
            GgufVocabulary vocabulary = new GgufVocabulary(gguf);
            Files.write(json, JSON.writeValueAsBytes(vocabulary.tokenizer()));
            vocabulary.tokenizerConfig();
            vocabulary.generationConfig();
            int size =
                    gguf.metadata().list("tokenizer.ggml.tokens", String.class).size();
            try (Tokenizer tokenizer = Tokenizer.open(json, size)) {
                use.accept(tokenizer);
            }
            new DecoderTensors(gguf, DecoderConfig.of(gguf, Integer.MAX_VALUE));
        }
    }
}
