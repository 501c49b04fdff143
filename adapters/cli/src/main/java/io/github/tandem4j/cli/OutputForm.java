package io.github.tandem4j.cli;

import io.github.tandem4j.onnx.grammar.OutputConstraint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what an answer must look like. */
final class OutputForm {

    @Option(
            names = "--json-schema",
            paramLabel = "FILE",
            description = "Answer with JSON that this JSON schema holds valid.")
    private @Nullable Path jsonSchema;

    @Option(
            names = "--choices",
            split = ",",
            paramLabel = "TEXT",
            description = "Answer with one of these, which are separated by commas.")
    private @Nullable List<String> choices;

    @Option(
            names = "--regex",
            paramLabel = "REGEX",
            description = "Answer with a text that this regular expression matches as a whole.")
    private @Nullable String regex;

    /** {@return what the options ask for; null if nothing} */
    @Nullable
    OutputConstraint constraint() throws IOException {
        if (Stream.of(jsonSchema, choices, regex).filter(Objects::nonNull).count() > 1) {
            throw new IllegalArgumentException("valid is one of --json-schema, --choices and --regex");
        }
        if (jsonSchema != null) {
            String schema = TextFile.read(jsonSchema);
            try {
                return OutputConstraint.jsonSchema(schema);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(jsonSchema + ": " + e.getMessage(), e);
            }
        }
        if (choices != null) {
            return OutputConstraint.choice(choices);
        }
        return regex == null ? null : OutputConstraint.regex(regex);
    }
}
