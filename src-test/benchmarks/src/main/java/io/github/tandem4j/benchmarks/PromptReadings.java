package io.github.tandem4j.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.OperatingSystemMXBean;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.PromptReader;
import io.github.tandem4j.PromptReading;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.onnx.OnnxEndpoint;
import io.github.tandem4j.onnx.OnnxPromptReader;
import io.github.tandem4j.smollm2.SmolLm2;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;

/**
 * What SmolLM2's reading of a prompt takes: alone, beside the answer's own prefill, and over many prompts.
 *
 * <pre>{@code
 * java -cp benchmarks.jar:tandem.jar io.github.tandem4j.benchmarks.PromptReadings latency 150 2 40
 * java -cp benchmarks.jar:tandem.jar io.github.tandem4j.benchmarks.PromptReadings throughput mmlu.jsonl.gz 200
 * java -cp benchmarks.jar:tandem.jar io.github.tandem4j.benchmarks.PromptReadings cache readings 1 2 mmlu.jsonl.gz
 * }</pre>
 *
 * <p>{@code latency} takes a prompt's tokens, threads and rounds; the three ways take turns within a round, each on a
 * prompt of its own. {@code throughput} compares threads and prompts at a time on the first prompts of a file of recorded
 * outcomes. {@code cache} fills a directory with the readings of such files, by so many threads and prompts at a time.
 */
public final class PromptReadings {

    private static final String WORDS =
            "The harbour wakes before the town does and the men in yellow coats walk along the"
                    + " quay to count the crates and talk about the weather which has been wrong all week ";

    private PromptReadings() {}

    /** Takes what to measure, and its numbers. */
    public static void main(String[] args) throws IOException {
        PrintStream out = System.out;
        switch (args.length == 0 ? "" : args[0]) {
            case "latency" ->
                latency(out, Integer.parseInt(args[1]), Integer.parseInt(args[2]), Integer.parseInt(args[3]));
            case "throughput" -> throughput(out, Path.of(args[1]), Integer.parseInt(args[2]));
            case "cache" ->
                cache(
                        out,
                        Path.of(args[1]),
                        Integer.parseInt(args[2]),
                        Integer.parseInt(args[3]),
                        Arrays.stream(args).skip(4).map(Path::of).toList());
            default -> throw new IllegalArgumentException("valid: latency, throughput or cache");
        }
    }

    private static void latency(PrintStream out, int tokens, int threads, int rounds) {
        int warmUp = 5;
        double[] answer = new double[rounds];
        double[] reading = new double[rounds];
        double[] both = new double[rounds];
        double[] after = new double[rounds];
        try (OnnxEndpoint small = OnnxEndpoint.builder(SmolLm2.directory())
                .id("smollm2")
                .threads(threads)
                .open()) {
            for (int round = -warmUp; round < rounds; round++) {
                int at = Math.max(0, round);
                String alone = prompt(small, tokens);
                answer[at] = millis(() -> answer(small, alone));
                String read = prompt(small, tokens);
                reading[at] = millis(() -> read(small, read));
                after[at] = millis(() -> shared(small, read));
                both[at] = reading[at] + after[at];
            }
        }
        out.printf(
                Locale.ROOT,
                "prompt of %d tokens, %d threads, %d rounds, ms: median (p10 to p90)%n",
                tokens,
                threads,
                rounds);
        print(out, "an answer of one token, which is a prefill", answer);
        print(out, "a reading", reading);
        print(out, "an answer of one token after the reading", after);
        print(out, "both", both);
        double[] above = new double[rounds];
        Arrays.setAll(above, i -> both[i] - answer[i]);
        print(out, "both above the answer alone, in pairs", above);
    }

    private static final AtomicInteger SERIAL = new AtomicInteger();

    /** A new text each time, so that nothing is found that a round before has left. */
    private static String prompt(OnnxEndpoint small, int tokens) {
        int serial = SERIAL.incrementAndGet();
        StringBuilder text = new StringBuilder("Number " + serial + ".");
        String[] words = WORDS.split(" ");
        int at = serial;
        while (small.promptOf(List.of(UserMessage.from(text.toString()))).length < tokens) {
            text.append(' ').append(words[at++ % words.length]);
        }
        return text.toString();
    }

    private static double millis(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e6;
    }

    private static Reply answer(OnnxEndpoint small, String prompt) {
        return small.answer(Request.of(ChatRequest.builder()
                .messages(UserMessage.from(prompt))
                .maxOutputTokens(1)
                .build()));
    }

    private static void shared(OnnxEndpoint small, String prompt) {
        if (answer(small, prompt)
                .evidence()
                .get(EvidenceKey.CACHED_INPUT_TOKENS)
                .isEmpty()) {
            throw new IllegalStateException("the answer did not take over the reading's prefill");
        }
    }

    private static void read(OnnxEndpoint small, String prompt) {
        if (small.evidence(EvidenceKey.PROMPT_READING, Request.of(prompt)).isEmpty()) {
            throw new IllegalStateException("the prompt was not read");
        }
    }

    private static void print(PrintStream out, String what, double[] millis) {
        double[] sorted = millis.clone();
        Arrays.sort(sorted);
        out.printf(
                Locale.ROOT,
                "%-44s %8.2f (%.2f to %.2f)%n",
                what,
                sorted[sorted.length / 2],
                sorted[sorted.length / 10],
                sorted[sorted.length * 9 / 10]);
    }

    private static void throughput(PrintStream out, Path file, int count) throws IOException {
        List<String> prompts = prompts(file).stream().limit(count).toList();
        for (int round = 0; round < 2; round++) {
            for (int[] way : new int[][] {{2, 1}, {1, 1}, {1, 2}, {2, 2}, {1, 4}}) {
                try (OnnxEndpoint small = OnnxEndpoint.builder(SmolLm2.directory())
                        .threads(way[0])
                        .open()) {
                    OnnxPromptReader reader = OnnxPromptReader.over(small).inParallel(way[1]);
                    reader.read(prompts.subList(0, Math.min(10, count)));
                    long cpu = cpuNanos();
                    long start = System.nanoTime();
                    long tokens = reader.read(prompts).stream()
                            .mapToLong(PromptReading::promptTokens)
                            .sum();
                    double seconds = (System.nanoTime() - start) / 1e9;
                    out.printf(
                            Locale.ROOT,
                            "%d threads, %d prompts at a time: %d prompts of %d tokens in %.1f s, %.0f tokens/s, %.0f for a second of"
                                    + " processor time%n",
                            way[0],
                            way[1],
                            prompts.size(),
                            tokens,
                            seconds,
                            tokens / seconds,
                            tokens / ((cpuNanos() - cpu) / 1e9));
                }
            }
        }
    }

    /** Of all threads; on a busy machine it says more than the clock. */
    private static long cpuNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }

    private static void cache(PrintStream out, Path directory, int threads, int parallel, List<Path> files)
            throws IOException {
        try (OnnxEndpoint small = OnnxEndpoint.builder(SmolLm2.directory())
                .id("smollm2")
                .threads(threads)
                .open()) {
            for (Path file : files) {
                List<String> prompts = prompts(file);
                long start = System.nanoTime();
                Told told = new Told();
                OnnxPromptReader.over(small)
                        .inParallel(parallel)
                        .cachedIn(directory)
                        .read(prompts, told);
                out.printf(
                        Locale.ROOT,
                        "%s: %d read, %d truncated, %d refused, %d tokens, in %s%n",
                        file.getFileName(),
                        told.read,
                        told.truncated,
                        told.refused,
                        told.tokens,
                        Duration.ofNanos(System.nanoTime() - start));
            }
        }
    }

    private static final class Told implements PromptReader.Sink {
        private int read;
        private int truncated;
        private int refused;
        private long tokens;

        @Override
        public void accept(int index, PromptReading reading) {
            read++;
            truncated += reading.isTruncated() ? 1 : 0;
            tokens += reading.promptTokens();
        }

        @Override
        public void refused(int index, TandemException reason) {
            refused++;
        }
    }

    private static List<String> prompts(Path file) throws IOException {
        ObjectMapper json = new ObjectMapper();
        List<String> prompts = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                JsonNode row = json.readTree(line);
                prompts.add(row.path("prompt").asText(row.path("turns").path(0).asText()));
            }
        }
        return prompts;
    }
}
