package io.github.tandem4j.cli;

import io.github.tandem4j.router.outcomes.OutcomeImports;
import io.github.tandem4j.router.outcomes.OutcomeLimits;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine.Option;

/** The options of a command that reads recorded outcomes: which files, and how large they may be. */
final class OutcomeFiles {

    @Option(
            names = "--outcomes",
            required = true,
            arity = "1..*",
            paramLabel = "FILE",
            description = "Recorded outcomes, gzipped or not: JSON Lines, or CSV of RouteLLM or RouterBench, or JSON of"
                    + " LLMRouter, told by content.")
    private List<Path> outcomes = List.of();

    @Option(
            names = "--max-rows",
            paramLabel = "N",
            defaultValue = "5000000",
            description = "The most rows that a file may have (default: ${DEFAULT-VALUE}).")
    private long rows;

    @Option(
            names = "--max-bytes",
            paramLabel = "N",
            defaultValue = "4294967296",
            description = "The most bytes that a file may have, unpacked (default: ${DEFAULT-VALUE}).")
    private long bytes;

    /** {@return the files of {@code --outcomes}} */
    List<Path> paths() {
        return outcomes;
    }

    /** {@return what stands in {@code --outcomes}} */
    RecordedOutcomes read() {
        return read(outcomes);
    }

    /** {@return what stands in these files, which may be of different formats} */
    RecordedOutcomes read(List<Path> files) {
        OutcomeLimits limits = new OutcomeLimits(rows, bytes);
        RecordedOutcomes all = null;
        for (Path file : files) {
            RecordedOutcomes more = OutcomeImports.read(file, limits);
            all = all == null ? more : all.and(more);
        }
        return Objects.requireNonNull(all, "files");
    }
}
