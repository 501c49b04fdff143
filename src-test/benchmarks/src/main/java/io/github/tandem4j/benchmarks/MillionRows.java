package io.github.tandem4j.benchmarks;

import io.github.tandem4j.Request;
import io.github.tandem4j.router.features.FeatureRows;
import io.github.tandem4j.router.features.Features;
import io.github.tandem4j.router.features.UserText;
import io.github.tandem4j.router.features.Views;
import io.github.tandem4j.router.learning.Heads;
import io.github.tandem4j.router.learning.LearnedRouter;
import io.github.tandem4j.router.learning.TrainedQuality;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.DoubleConsumer;
import java.util.zip.GZIPOutputStream;

/**
 * Trains a router from a million generated rows in bounded memory: a file of outcomes is written, and read row by row; vectors
 * of 384 numbers are kept on disk.
 *
 * <pre>{@code
 * java -Xmx512m -cp benchmarks.jar:tandem.jar io.github.tandem4j.benchmarks.MillionRows DIRECTORY [ROWS] [SEED]
 * }</pre>
 *
 * <p>The directory needs 1.7 GB; what is there already is used, so that a second run has its vectors on disk. Generated prompts are hard or easy by what they are about, their vectors say so with noise,
 * and the weak model fails at most hard ones. The heads are ridge over the vectors, trees over signs of the text, ridge over
 * words, and the nearest neighbours. The router is then tried on 2,000 rows of another seed.
 */
public final class MillionRows {

    private static final int DIMENSION = 384;
    private static final String[] NOUNS = {
        "river", "apple", "planet", "engine", "poem", "market", "garden", "violin", "harbour", "letter", "crystal",
        "forest"
    };

    private MillionRows() {}

    /** Generates, trains, and prints what it took. */
    public static void main(String[] args) throws IOException {
        Path directory = Files.createDirectories(Path.of(args[0]));
        int rows = args.length > 1 ? Integer.parseInt(args[1]) : 1_000_000;
        long seed = args.length > 2 ? Long.parseLong(args[2]) : 7;
        Path outcomes = directory.resolve("outcomes.jsonl.gz");
        long start = System.nanoTime();
        if (!Files.exists(outcomes)) {
            write(outcomes, rows, seed);
            print("seed %d: wrote %d rows, %d MB, in %.0f s", seed, rows, Files.size(outcomes) >> 20, seconds(start));
        }
        Path vectors = directory.resolve("generated.features");
        boolean known = Files.exists(vectors);
        Features embedding = Views.cached(new Generated(), vectors);
        start = System.nanoTime();
        TrainedQuality quality = LearnedRouter.trainingFrom(outcomes)
                .between("weak", "strong")
                .scoring(
                        Heads.ridge().over(embedding),
                        Heads.trees().over(Views.text()),
                        Heads.sparseRidge().over(Views.words()),
                        Heads.nearest().over(embedding))
                .seed(seed)
                .progress(read -> {
                    if (read % 102_400 == 0) {
                        print("  %d rows read", read);
                    }
                })
                .fit();
        print(
                "vectors %s: trained in %.0f s, heap %d MB of %d at most, vectors on disk %d MB",
                known ? "on disk" : "made",
                seconds(start),
                mostUsed(),
                Runtime.getRuntime().maxMemory() >> 20,
                Files.size(vectors) >> 20);
        print("  %s", quality.provenance());
        print("  correlation of estimated and real gain on 2,000 other rows: %.3f", correlation(quality, seed + 1));
    }

    private static void write(Path file, int rows, long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        try (BufferedWriter out = new BufferedWriter(new OutputStreamWriter(
                new GZIPOutputStream(Files.newOutputStream(file), 1 << 16), StandardCharsets.UTF_8))) {
            for (int i = 0; i < rows; i++) {
                boolean hard = random.nextBoolean();
                out.write("{\"id\":\"r" + i + "\",\"benchmark\":\"generated\",\"prompt\":\"" + prompt(hard, random)
                        + "\",\"outcomes\":{\"weak\":{\"score\":" + score(hard, random)
                        + ",\"response\":\"An answer of some length, which nobody reads here.\"},\"strong\":{\"score\":"
                        + (random.nextDouble() < 0.9 ? 1 : 0) + "}}}\n");
            }
        }
    }

    private static int score(boolean hard, SplittableRandom random) {
        return random.nextDouble() < (hard ? 0.2 : 0.85) ? 1 : 0;
    }

    private static String prompt(boolean hard, SplittableRandom random) {
        String noun = NOUNS[random.nextInt(NOUNS.length)];
        String other = NOUNS[random.nextInt(NOUNS.length)];
        return hard
                ? "Compute the integral of " + random.nextInt(100_000_000) + " x over the " + noun + " and the " + other
                : "What is a " + noun + ", and who likes the " + other + " number " + random.nextInt(100_000_000) + "?";
    }

    private static double correlation(TrainedQuality quality, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Request> requests = new ArrayList<>();
        double[] real = new double[2000];
        for (int i = 0; i < real.length; i++) {
            boolean hard = random.nextBoolean();
            requests.add(Request.of(prompt(hard, random)));
            real[i] = (random.nextDouble() < 0.9 ? 1 : 0) - score(hard, random);
        }
        double[] gains = quality.gains(requests, done -> {});
        double x = 0;
        double y = 0;
        double xx = 0;
        double yy = 0;
        double xy = 0;
        for (int i = 0; i < real.length; i++) {
            x += gains[i] / real.length;
            y += real[i] / real.length;
        }
        for (int i = 0; i < real.length; i++) {
            xx += (gains[i] - x) * (gains[i] - x);
            yy += (real[i] - y) * (real[i] - y);
            xy += (gains[i] - x) * (real[i] - y);
        }
        return xy / Math.sqrt(xx * yy);
    }

    /** The sum of the most that each pool of the heap ever held, garbage included, in MB. */
    private static long mostUsed() {
        long bytes = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            bytes += pool.getType() == MemoryType.HEAP ? pool.getPeakUsage().getUsed() : 0;
        }
        return bytes >> 20;
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    /** Noise with one direction that knows hard from easy; the same for the same text. */
    private static final class Generated implements Features {

        @Override
        public String id() {
            return "generated.1";
        }

        @Override
        public int dimension() {
            return DIMENSION;
        }

        @Override
        public FeatureRows read(List<Request> requests, DoubleConsumer progress) {
            float[][] rows = new float[requests.size()][DIMENSION];
            for (int i = 0; i < rows.length; i++) {
                String text = UserText.of(requests.get(i));
                SplittableRandom random = new SplittableRandom(text.hashCode());
                for (int d = 0; d < DIMENSION; d++) {
                    rows[i][d] = (float) (random.nextDouble() - 0.5);
                }
                rows[i][0] += text.startsWith("Compute") ? 0.3f : -0.3f;
            }
            progress.accept(1);
            return FeatureRows.dense(DIMENSION, rows);
        }
    }
}
