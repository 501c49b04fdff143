package io.github.tandem4j.benchmarks;

import dev.langchain4j.data.message.UserMessage;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.onnx.Decoding;
import io.github.tandem4j.onnx.Generation;
import io.github.tandem4j.onnx.OnnxEndpoint;
import io.github.tandem4j.smollm2.SmolLm2;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What prompt lookup saves SmolLM2, and what it costs where nothing repeats; says too whether the tokens are the same.
 *
 * <pre>{@code
 * java -cp benchmarks.jar:tandem.jar io.github.tandem4j.benchmarks.PromptLookups 2 200 5
 * }</pre>
 *
 * <p>Takes threads, tokens a completion, and rounds; with and without take turns within a round.
 */
public final class PromptLookups {

    private static final String TEXT =
            "The harbour wakes before the town does. Men in yellow coats walk along the quay and count the crates."
                    + " Anna Lindqvist, who runs the ice house, writes each number into a green book. At six the first"
                    + " boat comes in with 240 crates of herring; at seven the Marianne brings 85 crates of cod. The"
                    + " auction begins at eight. By nine the street smells of coffee, and the lorries leave for Malmö and"
                    + " Lund.";

    private PromptLookups() {}

    /** Takes threads, tokens and rounds. */
    public static void main(String[] args) {
        if (args.length != 3) {
            throw new IllegalArgumentException("valid: threads, tokens a completion, rounds");
        }
        int threads = Integer.parseInt(args[0]);
        Decoding plain = Decoding.greedy().maxTokens(Integer.parseInt(args[1]));
        int rounds = Integer.parseInt(args[2]);
        PrintStream out = System.out;
        try (OnnxEndpoint small =
                OnnxEndpoint.builder(SmolLm2.directory()).threads(threads).open()) {
            tasks().forEach((task, prompt) -> {
                int[] ids = small.promptOf(List.of(UserMessage.from(prompt)));
                double[] without = new double[rounds];
                double[] with = new double[rounds];
                int tokens = 0;
                boolean same = true;
                for (int round = -1; round < rounds; round++) { // the first warms up, and opens the second session
                    Generation slow = generate(small, ids, plain);
                    Generation fast = generate(small, ids, plain.lookUpPrompt());
                    tokens = slow.tokenIds().length;
                    same &= Arrays.equals(slow.tokenIds(), fast.tokenIds());
                    if (round >= 0) {
                        without[round] = decodeSeconds(slow);
                        with[round] = decodeSeconds(fast);
                    }
                }
                out.printf(
                        Locale.ROOT,
                        "%-12s %4d + %3d tokens: %6.1f tokens/s without, %6.1f with, %.2f times as fast; %s%n",
                        task,
                        ids.length,
                        tokens,
                        tokens / median(without),
                        tokens / median(with),
                        median(without) / median(with),
                        same ? "the same tokens" : "OTHER TOKENS");
            });
        }
    }

    private static Map<String, String> tasks() {
        Map<String, String> tasks = new LinkedHashMap<>();
        tasks.put("repeat", "Repeat the following text word for word, and nothing else.\n\n" + TEXT);
        tasks.put(
                "correct",
                "Correct the spelling mistakes in the following text, and change nothing else.\n\n"
                        + TEXT.replace("the ", "teh ").replace("crates", "craets"));
        tasks.put("extract", "Quote every sentence of the following text that names a person or a ship.\n\n" + TEXT);
        tasks.put("bullets", "Rewrite the following text as a list, one sentence a line.\n\n" + TEXT);
        tasks.put("summary", "Summarise the following text in three sentences.\n\n" + TEXT);
        tasks.put("story", "Write a story about a lighthouse keeper who finds a letter.");
        tasks.put("question", "Why is the sky blue? Explain it to a child.");
        return tasks;
    }

    private static Generation generate(OnnxEndpoint small, int[] ids, Decoding decoding) {
        return small.model().generate(ids, decoding, CallContext.unlimited(), TokenSink.NONE);
    }

    private static double decodeSeconds(Generation generation) {
        return generation.total().minus(generation.toFirstToken()).toNanos() / 1e9;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
