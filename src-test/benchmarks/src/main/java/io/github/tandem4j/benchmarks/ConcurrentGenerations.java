package io.github.tandem4j.benchmarks;

import dev.langchain4j.data.message.UserMessage;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.onnx.Decoding;
import io.github.tandem4j.onnx.OnnxEndpoint;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/**
 * Several generations of a local model: one after the other, at once and each on its own, at once and decoded together.
 * The three take turns in one process; what is printed is the median over the rounds, with the lowest and the highest.
 *
 * <pre>{@code
 * java -cp benchmarks.jar:tandem.jar io.github.tandem4j.benchmarks.ConcurrentGenerations DIRECTORY [threads] [generations]
 *         [prompt tokens] [new tokens] [rounds]
 * }</pre>
 */
public final class ConcurrentGenerations {

    private ConcurrentGenerations() {}

    /**
     * Takes the directory of an imported model, and how much of everything.
     *
     * @param args see above
     */
    public static void main(String[] args) {
        Path directory = Path.of(args[0]);
        int threads = number(args, 1, 2);
        int generations = number(args, 2, 4);
        int promptTokens = number(args, 3, 128);
        int newTokens = number(args, 4, 128);
        int rounds = number(args, 5, 5);
        PrintStream out = System.out;
        OnnxEndpoint.Builder builder =
                OnnxEndpoint.builder(directory).threads(threads).concurrency(generations, 0);
        ExecutorService callers = Executors.newFixedThreadPool(generations);
        try (OnnxEndpoint apart = builder.batching(1, 0).open();
                OnnxEndpoint together =
                        builder.batching(generations, 1_000_000_000).open()) {
            String[] names = {"one after the other", "at once, apart", "at once, together"};
            double[][] perSecond = new double[names.length][rounds];
            for (int round = -1; round < rounds; round++) { // the first is not counted
                for (int way = 0; way < names.length; way++) {
                    OnnxEndpoint endpoint = way == 2 ? together : apart;
                    Decoding decoding = Decoding.greedy().maxTokens(newTokens).pastTurnEnds();
                    long start = System.nanoTime();
                    if (way == 0) {
                        IntStream.range(0, generations)
                                .forEach(i -> generate(endpoint, prompt(endpoint, promptTokens, i), decoding));
                    } else {
                        CompletableFuture<?>[] calls = IntStream.range(0, generations)
                                .mapToObj(i -> CompletableFuture.runAsync(
                                        () -> generate(endpoint, prompt(endpoint, promptTokens, i), decoding), callers))
                                .toArray(CompletableFuture<?>[]::new);
                        CompletableFuture.allOf(calls).join();
                    }
                    if (round >= 0) {
                        perSecond[way][round] = generations * newTokens * 1e9 / (System.nanoTime() - start);
                    }
                }
            }
            out.printf(
                    Locale.ROOT,
                    "%d generations of %d + %d tokens, %d thread(s), tokens a second in total, prompts included:%n",
                    generations,
                    promptTokens,
                    newTokens,
                    threads);
            double before = 0;
            for (int way = 0; way < names.length; way++) {
                double[] sorted = perSecond[way].clone();
                Arrays.sort(sorted);
                double median = sorted[rounds / 2];
                before = way == 0 ? median : before;
                out.printf(
                        Locale.ROOT,
                        "  %-20s %6.1f (%.1f to %.1f), %.2f times%n",
                        names[way],
                        median,
                        sorted[0],
                        sorted[rounds - 1],
                        median / before);
            }
        } finally {
            callers.shutdown();
        }
    }

    private static int number(String[] args, int index, int usual) {
        return index < args.length ? Integer.parseInt(args[index]) : usual;
    }

    private static void generate(OnnxEndpoint endpoint, int[] prompt, Decoding decoding) {
        endpoint.model().generate(prompt, decoding, CallContext.unlimited(), TokenSink.NONE);
    }

    private static int[] prompt(OnnxEndpoint endpoint, int tokens, int which) {
        String text = "Story number " + which + " is about a fox who " + "walked through the wood and ".repeat(tokens);
        int[] ids = endpoint.promptOf(List.of(UserMessage.from(text)));
        return Arrays.copyOf(ids, tokens);
    }
}
