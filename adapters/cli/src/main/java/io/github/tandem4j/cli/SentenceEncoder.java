package io.github.tandem4j.cli;

import io.github.tandem4j.onnx.encoder.OnnxEmbeddingModel;
import io.github.tandem4j.onnx.encoder.SentenceEncoders;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which sentence encoder runs, and how. */
final class SentenceEncoder {

    /** Far more than any machine gains from. */
    private static final int MOST_THREADS = 1024;

    @Option(
            names = "--model",
            defaultValue = "minilm",
            paramLabel = "DIR|minilm|minilm-8-bit|bge-small",
            description = "A directory with model.onnx and tokenizer.json, or an encoder that comes with this jar;"
                    + " minilm-8-bit is faster and nearly the same (default: ${DEFAULT-VALUE}).")
    private String model = "minilm";

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads that compute (default: as many as there are processors).")
    private @Nullable Integer threads;

    /** {@return the encoder; close it} */
    OnnxEmbeddingModel open() {
        int computing =
                threads == null ? Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors()) : threads;
        if (computing < 1 || computing > MOST_THREADS) {
            throw new IllegalArgumentException("--threads is " + threads + "; valid is 1 to " + MOST_THREADS);
        }
        OnnxEmbeddingModel.Builder builder =
                switch (model) {
                    case "minilm" -> SentenceEncoders.miniLm();
                    case "minilm-8-bit" -> SentenceEncoders.miniLmInEightBits();
                    case "bge-small" -> SentenceEncoders.bgeSmall();
                    default -> OnnxEmbeddingModel.builder(Path.of(model));
                };
        return builder.threads(computing).open();
    }
}
