package io.github.tandem4j.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.onnx.Decoding;
import io.github.tandem4j.onnx.Generation;
import io.github.tandem4j.onnx.OnnxModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures how fast a local model reads and writes. */
@Command(
        name = "bench",
        description =
                "Measures how fast a local model reads a prompt and writes an answer: greedy, medians over the runs"
                        + " after one that warms up.",
        mixinStandardHelpOptions = true)
final class Bench implements Callable<Integer> {

    private static final String PROSE = "The harbour wakes before the town does. Long before the first tram, men in"
            + " yellow coats walk along the quay, count the crates and talk about the weather, which has been wrong all"
            + " week. A boat that came in at four lies low in the water; its lamps are still burning. ";

    /** No model's window is larger yet, and no run so short that more of them are needed. */
    private static final int MOST = 1_000_000;

    private final Surroundings surroundings;

    @Mixin
    private LocalModel model;

    @Option(
            names = "--prompt-tokens",
            defaultValue = "128",
            paramLabel = "N",
            description = "Tokens to read (default: ${DEFAULT-VALUE}).")
    private int promptTokens;

    @Option(
            names = "--new-tokens",
            defaultValue = "128",
            paramLabel = "N",
            description = "Tokens to write, 2 or more (default: ${DEFAULT-VALUE}).")
    private int newTokens;

    @Option(
            names = "--runs",
            defaultValue = "5",
            paramLabel = "R",
            description = "Measured runs (default: ${DEFAULT-VALUE}).")
    private int runs;

    @Option(names = "--json", description = "Print one JSON object and nothing else on standard output.")
    private boolean json;

    Bench(Surroundings surroundings) {
        this.surroundings = surroundings;
        model = new LocalModel(surroundings);
    }

    @Override
    public Integer call() {
        requireWithin("--prompt-tokens", promptTokens, 1, MOST);
        requireWithin("--new-tokens", newTokens, 2, MOST);
        requireWithin("--runs", runs, 1, MOST);
        model.directory(); // so that loading is measured, and not an import
        long start = System.nanoTime();
        try (OnnxModel open = model.open()) {
            double loadMs = (System.nanoTime() - start) / 1e6;
            ObjectNode result = measure(open);
            result.put("load_ms", loadMs);
            residentBytes().ifPresent(bytes -> result.put("rss_mb", bytes / 1e6));
            report(result);
        }
        return ExitCode.OK.number();
    }

    private ObjectNode measure(OnnxModel open) {
        int[] prompt = prompt(open);
        Decoding decoding = Decoding.greedy().maxTokens(newTokens).pastTurnEnds();
        open.generate(prompt, decoding);
        double[] prefill = new double[runs];
        double[] decode = new double[runs];
        double[] firstToken = new double[runs];
        try (Progress progress = new Progress("Measuring", surroundings)) {
            for (int run = 0; run < runs; run++) {
                progress.to(run / (double) runs);
                Generation generation = open.generate(prompt, decoding);
                double first = generation.toFirstToken().toNanos() / 1e9;
                double rest = generation.total().toNanos() / 1e9 - first;
                prefill[run] = promptTokens / first;
                decode[run] = (generation.tokenIds().length - 1) / rest;
                firstToken[run] = first * 1e3;
            }
            progress.to(1);
        }
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        result.put("prefill_tokens_per_s", median(prefill));
        result.put("decode_tokens_per_s", median(decode));
        result.put("first_token_ms", median(firstToken));
        result.put("prompt_tokens", promptTokens);
        result.put("new_tokens", newTokens);
        result.put("runs", runs);
        return result;
    }

    private int[] prompt(OnnxModel open) {
        int[] prose = open.tokenize(PROSE);
        int[] prompt = new int[promptTokens];
        Arrays.setAll(prompt, i -> prose[i % prose.length]);
        return prompt;
    }

    private void report(ObjectNode result) {
        if (json) {
            surroundings.print(result);
            return;
        }
        result.properties()
                .forEach(entry -> surroundings
                        .out()
                        .printf(
                                Locale.ROOT,
                                "%-22s %.1f%n",
                                entry.getKey(),
                                entry.getValue().doubleValue()));
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** This process's resident memory, JVM and all; empty where the system has no /proc. */
    private static OptionalLong residentBytes() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    private static void requireWithin(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(option + " is " + value + "; valid is " + least + " to " + most);
        }
    }
}
