package io.github.tandem4j.cli;

import io.github.tandem4j.onnx.OnnxEndpoint;
import io.github.tandem4j.onnx.OnnxModel;
import io.github.tandem4j.smollm2.SmolLm2;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which local model runs, and how. */
final class LocalModel {

    private static final String SMOLLM2 = "smollm2";

    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR|smollm2",
            description = "A directory that 'tandem import' wrote, or smollm2, which comes with this jar.")
    private String model = SMOLLM2;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads that compute (default: as many as there are cores).")
    private @Nullable Integer threads;

    Path directory(Progress progress) {
        return model.equals(SMOLLM2) ? SmolLm2.directory(progress::to) : Path.of(model);
    }

    OnnxModel open(Progress progress) {
        Path directory = directory(progress);
        return threads == null ? OnnxModel.open(directory) : OnnxModel.open(directory, threads);
    }

    OnnxEndpoint openEndpoint(Progress progress) {
        OnnxEndpoint.Builder builder = OnnxEndpoint.builder(directory(progress));
        return (threads == null ? builder : builder.threads(threads)).open();
    }

    String name() {
        return model;
    }
}
