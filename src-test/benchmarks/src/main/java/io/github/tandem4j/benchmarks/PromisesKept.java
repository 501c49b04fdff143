package io.github.tandem4j.benchmarks;

import io.github.tandem4j.router.certificates.CalibrationRows;
import io.github.tandem4j.router.certificates.Certifier;
import io.github.tandem4j.router.certificates.PromiseTrial;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * How often certificates are broken, over recorded outcomes of many models and tasks where the truth is known: for each
 * file of a folder whose name begins with {@code cascade-}, each model in it, and several α and δ, 1,000 calibration sets of
 * half as many rows. Arguments: the folder; optionally the number of sets and the seed.
 */
public final class PromisesKept {

    private static final double[] ALPHAS = {0.05, 0.1, 0.2};
    private static final double[] DELTAS = {0.05, 0.1};

    private PromisesKept() {}

    /** Prints a table in Markdown: one line for each α and δ, and one for the worst population of each. */
    public static void main(String[] args) throws IOException {
        int splits = args.length > 1 ? Integer.parseInt(args[1]) : 1000;
        long seed = args.length > 2 ? Long.parseLong(args[2]) : 42;
        List<Path> files;
        try (Stream<Path> all = Files.list(Path.of(args[0]))) {
            files = all.filter(file -> file.getFileName().toString().startsWith("cascade-"))
                    .sorted()
                    .toList();
        }
        System.out.println(
                "| α | δ | populations | broken, mean | broken, worst | allowed | tuned, broken, mean | tuned, worst"
                        + " | kept | tuned keeps | oracle keeps |");
        System.out.println("|---|---|---|---|---|---|---|---|---|---|---|");
        for (double alpha : ALPHAS) {
            for (double delta : DELTAS) {
                System.out.println(line(files, alpha, delta, splits, seed));
            }
        }
    }

    private static String line(List<Path> files, double alpha, double delta, int splits, long seed) {
        int populations = 0;
        double broken = 0;
        double worst = 0;
        String where = "";
        double tuned = 0;
        double tunedWorst = 0;
        double kept = 0;
        double tunedKept = 0;
        double oracle = 0;
        for (Path file : files) {
            RecordedOutcomes outcomes = RecordedOutcomes.read(file);
            for (String model : outcomes.models()) {
                PromiseTrial trial = PromiseTrial.run(
                        Certifier.wrongAtMost(alpha).delta(delta),
                        CalibrationRows.of(outcomes, model),
                        splits,
                        seed,
                        done -> {});
                populations++;
                double rate = (double) trial.violations() / splits;
                broken += rate;
                if (rate > worst) {
                    worst = rate;
                    where = file.getFileName().toString().replaceAll("cascade-|-train.*", "") + " " + model;
                }
                double naive = (double) trial.naiveViolations() / splits;
                tuned += naive;
                tunedWorst = Math.max(tunedWorst, naive);
                kept += trial.localShare().mean();
                tunedKept += trial.naiveLocalShare().mean();
                oracle += trial.oracleLocalShare();
            }
        }
        return String.format(
                Locale.ROOT,
                "| %.2f | %.2f | %d | %.2f %% | %.1f %% (%s) | %.1f %% | %.1f %% | %.1f %% | %.3f | %.3f | %.3f |",
                alpha,
                delta,
                populations,
                100 * broken / populations,
                100 * worst,
                where,
                100 * (delta + 3 * Math.sqrt(delta * (1 - delta) / splits)),
                100 * tuned / populations,
                100 * tunedWorst,
                kept / populations,
                tunedKept / populations,
                oracle / populations);
    }
}
