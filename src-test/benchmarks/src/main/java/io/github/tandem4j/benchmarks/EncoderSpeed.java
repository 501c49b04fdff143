package io.github.tandem4j.benchmarks;

import io.github.tandem4j.onnx.encoder.Arithmetic;
import io.github.tandem4j.onnx.encoder.OnnxEmbeddingModel;
import io.github.tandem4j.onnx.encoder.SentenceEncoders;
import io.github.tandem4j.router.CachingEmbeddingModel;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How fast MiniLM is: one text of 22 tokens on one thread, the same from the cache, and many texts in batches. Texts are
 * read from a file, one a line; {@code bench_minilm.py} measures sentence-transformers over the same lines.
 *
 * <pre>{@code
 * java -cp benchmarks.jar:tandem.jar io.github.tandem4j.benchmarks.EncoderSpeed lines.txt 2 8
 * }</pre>
 *
 * <p>The arguments are the file, threads, rows a batch, and {@code AS_IS} for the exact arithmetic, and how
 * often the one text is embedded. Each figure is made after a warm-up of its own.
 */
public final class EncoderSpeed {

    /** 22 tokens of MiniLM's tokenizer, the two that begin and end every text included. */
    private static final String TEXT =
            "How many days does it take to sail from Lisbon to New York on a boat in the summer?";

    private EncoderSpeed() {}

    /** Measures and prints. */
    public static void main(String[] args) throws IOException {
        PrintStream out = System.out;
        List<String> lines = Files.readAllLines(Path.of(args[0]));
        int threads = args.length > 1 ? Integer.parseInt(args[1]) : 2;
        int rows = args.length > 2 ? Integer.parseInt(args[2]) : 8;
        Arithmetic arithmetic = args.length > 3 ? Arithmetic.valueOf(args[3]) : Arithmetic.EIGHT_BIT;
        int runs = args.length > 4 ? Integer.parseInt(args[4]) : 2000;
        long start = System.nanoTime();
        try (OnnxEmbeddingModel model = SentenceEncoders.miniLm()
                .arithmetic(arithmetic)
                .threads(threads)
                .batchSize(rows)
                .open()) {
            out.printf(Locale.ROOT, "load %.0f ms%n", (System.nanoTime() - start) / 1e6);
            if (runs > 0) {
                one(out, model, runs);
            }
            model.embedTexts(lines.subList(0, Math.min(lines.size(), 1000)));
            start = System.nanoTime();
            model.embedTexts(lines);
            double seconds = (System.nanoTime() - start) / 1e9;
            out.printf(
                    Locale.ROOT,
                    "%d texts, %d threads, %d rows a batch: %.2f s, %.0f texts/s%n",
                    lines.size(),
                    threads,
                    rows,
                    seconds,
                    lines.size() / seconds);
        }
    }

    private static void one(PrintStream out, OnnxEmbeddingModel model, int runs) {
        double[] single = micros(Math.min(300, runs), runs, 1, () -> model.embed(TEXT));
        out.printf(
                Locale.ROOT,
                "%d tokens, 1 thread: p50 %.2f ms, p95 %.2f ms, least %.2f ms%n",
                model.countTokens(TEXT),
                single[single.length / 2] / 1e3,
                single[single.length * 95 / 100] / 1e3,
                single[0] / 1e3);
        CachingEmbeddingModel cache = CachingEmbeddingModel.of(model);
        double[] cached = micros(Math.min(300, runs), runs, 100, () -> cache.embed(TEXT));
        out.printf(Locale.ROOT, "cached: p50 %.2f us%n", cached[cached.length / 2]);
    }

    /** Times of one call in microseconds, each the mean of some in a row, sorted. */
    private static double[] micros(int warmUps, int runs, int inARow, Runnable call) {
        for (int i = 0; i < warmUps * inARow; i++) {
            call.run();
        }
        List<Double> times = new ArrayList<>(runs);
        long until = System.nanoTime() + 20_000_000_000L;
        for (int i = 0; i < runs && System.nanoTime() < until; i++) {
            long start = System.nanoTime();
            for (int k = 0; k < inARow; k++) {
                call.run();
            }
            times.add((System.nanoTime() - start) / 1e3 / inARow);
        }
        double[] sorted = times.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return sorted;
    }
}
