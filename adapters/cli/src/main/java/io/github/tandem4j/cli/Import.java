package io.github.tandem4j.cli;

import io.github.tandem4j.onnx.GgufImport;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Imports a GGUF file. */
@Command(
        name = "import",
        description = "Turns a GGUF file into a directory that the other commands and OnnxEndpoint open.",
        mixinStandardHelpOptions = true)
final class Import implements Callable<Integer> {

    private final Surroundings surroundings;

    @Parameters(index = "0", paramLabel = "FILE.gguf", description = "What to import.")
    private Path file = Path.of("");

    @Parameters(index = "1", paramLabel = "DIRECTORY", description = "Where to; must not exist, or be empty.")
    private Path directory = Path.of("");

    @Option(
            names = "--weights",
            defaultValue = "exact",
            description = "exact: as the file has them; float32: dequantised, the yardstick of exactness"
                    + " (default: ${DEFAULT-VALUE}).")
    private GgufImport.Weights weights = GgufImport.Weights.EXACT;

    Import(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() {
        try (Progress progress = new Progress("Importing " + file.getFileName(), surroundings)) {
            GgufImport.of(file).weights(weights).onProgress(progress::to).into(directory);
        }
        surroundings.out().println("Imported " + file + " into " + directory + ".");
        return ExitCode.OK.number();
    }
}
