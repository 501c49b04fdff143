package io.github.tandem4j.cli;

import io.github.tandem4j.onnx.gguf.GgufImport;
import io.github.tandem4j.onnx.gguf.ImportReport;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
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
            converter = WeightsConverter.class,
            description = "exact: as the file has them; float32: dequantised, the yardstick of exactness; eight-bit,"
                    + " four-bit: matrices of floats quantised, what is quantised already left as it is"
                    + " (default: ${DEFAULT-VALUE}).")
    private GgufImport.Weights weights = GgufImport.Weights.EXACT;

    @Option(
            names = "--window",
            paramLabel = "TOKENS",
            description = "See no more than so many tokens at once (default: as many as the model was trained on).")
    private int window = Integer.MAX_VALUE;

    Import(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** Names with hyphens, as options have them. */
    static final class WeightsConverter implements ITypeConverter<GgufImport.Weights> {
        @Override
        public GgufImport.Weights convert(String value) {
            return Arrays.stream(GgufImport.Weights.values())
                    .filter(each -> name(each).equals(value.toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() -> new CommandLine.TypeConversionException("'" + value + "' is not one of "
                            + Arrays.stream(GgufImport.Weights.values())
                                    .map(WeightsConverter::name)
                                    .collect(Collectors.joining(", "))));
        }

        private static String name(GgufImport.Weights weights) {
            return weights.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    @Override
    public Integer call() {
        ImportReport report;
        try (Progress progress = new Progress("Importing " + file.getFileName(), surroundings)) {
            report = GgufImport.of(file)
                    .weights(weights)
                    .window(window)
                    .onProgress(progress::to)
                    .into(directory);
        }
        surroundings.out().println("Imported " + file + " into " + directory + ".");
        surroundings.out().println(report);
        return ExitCode.OK.number();
    }
}
