package io.github.tandem4j.cli;

import io.github.tandem4j.onnx.OnnxEndpoint;
import io.github.tandem4j.onnx.OnnxModel;
import io.github.tandem4j.smollm2.SmolLm2;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which local model runs, and how. */
final class LocalModel {

    /** The name of the model in this jar, and its endpoint's id. */
    static final String SMOLLM2 = "smollm2";

    /** Far more than any machine gains from; what the system cannot give would end the process. */
    private static final int MOST_THREADS = 1024;

    private final Surroundings surroundings;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR|smollm2",
            description =
                    "A directory that 'tandem import' wrote, one of Hugging Face with onnx/model.onnx, or smollm2,"
                            + " which comes with this jar.")
    private String model = SMOLLM2;

    @Option(
            names = "--variant",
            paramLabel = "NAME",
            description =
                    "Of several graphs in a directory of Hugging Face: fp32, fp16, q8, int8, uint8, q4, q4f16 or bnb4"
                            + " (default: the first of them that is there).")
    private @Nullable String variant;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads that compute (default: as many as there are cores).")
    private @Nullable Integer threads;

    LocalModel(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** Opens the model in this jar as an endpoint, and shows how far its import is. */
    static OnnxEndpoint openSmolLm2(Surroundings surroundings) {
        return OnnxEndpoint.builder(imported(surroundings)).id(SMOLLM2).open();
    }

    /** {@return the model's directory, imported if need be} */
    Path directory() {
        requireThreads();
        return model.equals(SMOLLM2) ? imported(surroundings) : Path.of(model);
    }

    OnnxModel open() {
        Path directory = directory();
        if (variant == null) {
            return threads == null ? OnnxModel.open(directory) : OnnxModel.open(directory, threads);
        }
        return threads == null ? OnnxModel.open(directory, variant) : OnnxModel.open(directory, variant, threads);
    }

    OnnxEndpoint openEndpoint() {
        OnnxEndpoint.Builder builder = OnnxEndpoint.builder(directory());
        if (model.equals(SMOLLM2)) {
            builder.id(SMOLLM2);
        }
        if (variant != null) {
            builder.variant(variant);
        }
        return (threads == null ? builder : builder.threads(threads)).open();
    }

    private void requireThreads() {
        if (threads != null && (threads < 1 || threads > MOST_THREADS)) {
            throw new IllegalArgumentException("--threads is " + threads + "; valid is 1 to " + MOST_THREADS);
        }
    }

    private static Path imported(Surroundings surroundings) {
        try (Progress progress = new Progress("Importing SmolLM2", surroundings)) {
            return SmolLm2.directory(progress::to);
        }
    }
}
