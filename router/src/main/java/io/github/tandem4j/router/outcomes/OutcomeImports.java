package io.github.tandem4j.router.outcomes;

import io.github.tandem4j.ConfigurationException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads recorded outcomes from files that others write. Files may be gzipped, and are as little trusted as one's own: a
 * field has 16 MiB at most, a file 30,000 columns and what {@link OutcomeLimits} say, and complaints name file and line.
 *
 * <p>CSV needs {@code org.apache.commons:commons-csv} on the class path.
 */
public final class OutcomeImports {

    private OutcomeImports() {}

    /**
     * RouteLLM's responses: a column {@code prompt}, and one for each model that holds {@code True}, {@code False} or a
     * score. The benchmark is the part of the file's name before its first {@code _}, the subject the rest. A column is a
     * model if all of its fields are scores or blank, and left out if any is not; one without a name, as pandas writes of
     * its row numbers, is left out too.
     *
     * @throws ConfigurationException if the file cannot be read or is no such file
     */
    public static RecordedOutcomes routeLlmCsv(Path file) {
        return CsvOutcomes.routeLlm(file, OutcomeLimits.ofDefaults());
    }

    /**
     * RouterBench: columns {@code sample_id}, {@code prompt}, {@code eval_name}, and for each model one of its score with
     * {@code MODEL|model_response} and {@code MODEL|total_cost} beside it. Columns of the oracle are left out.
     *
     * @throws ConfigurationException if the file cannot be read or is no such file
     */
    public static RecordedOutcomes routerBenchCsv(Path file) {
        return CsvOutcomes.routerBench(file, OutcomeLimits.ofDefaults());
    }

    /**
     * LLMRouter's routing data: JSON Lines or one JSON list, with a row for each query and model: {@code query},
     * {@code task_name}, {@code model_name}, {@code performance}, and, if known, {@code ground_truth}, {@code response},
     * {@code input_tokens}, {@code output_tokens} and {@code response_time} in seconds.
     *
     * @throws ConfigurationException if the file cannot be read or is no such file
     */
    public static RecordedOutcomes llmRouterJson(Path file) {
        return LlmRouterJson.read(file, OutcomeLimits.ofDefaults());
    }

    /**
     * {@return the outcomes in this file, whichever of these formats or one's own it has: told by its first characters}
     *
     * @throws ConfigurationException if it cannot be read or is none of them
     */
    public static RecordedOutcomes read(Path file) {
        return read(file, OutcomeLimits.ofDefaults());
    }

    /** Reads a file within these limits; see {@link #read(Path)}. */
    public static RecordedOutcomes read(Path file, OutcomeLimits limits) {
        String start = start(file);
        String first = start.stripLeading();
        if (first.startsWith("[") || (first.startsWith("{") && isLlmRouter(first))) {
            return LlmRouterJson.read(file, limits);
        }
        if (first.isEmpty() || first.startsWith("{")) {
            return RecordedOutcomes.read(List.of(file), limits);
        }
        String header = first.lines().findFirst().orElse("");
        return header.contains("|model_response") || header.contains("|total_cost")
                ? CsvOutcomes.routerBench(file, limits)
                : CsvOutcomes.routeLlm(file, limits);
    }

    private static boolean isLlmRouter(String first) {
        String line = first.lines().findFirst().orElse("");
        return line.contains("\"model_name\"") && line.contains("\"query\"") && !line.contains("\"outcomes\"");
    }

    private static String start(Path file) {
        if (Files.isDirectory(file)) {
            throw new ConfigurationException(file + " is a directory; valid is a file of recorded outcomes");
        }
        try (BufferedReader reader = OutcomesReader.reader(file, OutcomeLimits.ofDefaults())) {
            char[] start = new char[1 << 16];
            int read = 0;
            int more = reader.read(start);
            while (more > 0 && read + more < start.length) {
                read += more;
                more = reader.read(start, read, start.length - read);
            }
            String text = new String(start, 0, Math.max(0, more > 0 ? read + more : read));
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (IOException e) {
            throw OutcomesReader.unreadable(file, e);
        }
    }
}
