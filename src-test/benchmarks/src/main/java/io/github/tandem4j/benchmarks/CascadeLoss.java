package io.github.tandem4j.benchmarks;

import io.github.tandem4j.router.cascades.CascadePolicy;
import io.github.tandem4j.router.cascades.CascadeReport;
import io.github.tandem4j.router.outcomes.RecordedOutcomes;
import io.github.tandem4j.router.outcomes.RecordedQuery;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a learned cascade loses against its last stage, and costs, on queries that it was not fitted on. Folds are of the
 * files {@code cascade-*-train.jsonl.gz} of a folder:
 *
 * <pre>{@code
 * java -cp benchmarks.jar io.github.tandem4j.benchmarks.CascadeLoss OUTCOMES 10 2 0.01 1
 * }</pre>
 *
 * <p>The numbers are of folds, of repeats, the largest loss, and a seed. Two folds are halves. Each file's policy is fitted on
 * all folds but one, with all of its models as stages in the order of their cost, and tried on that one.
 */
public final class CascadeLoss {

    /** Sums of loss and cost share over a file's queries and repeats. */
    private static final class Sums {
        private final List<Double> losses = new ArrayList<>();
        private final List<Double> shares = new ArrayList<>();
        private final List<Double> variances = new ArrayList<>();

        /** @param error the standard error of the loss on these queries */
        void add(double loss, double share, double error) {
            losses.add(loss);
            shares.add(share);
            variances.add(error * error);
        }

        /** {@return the variance of the loss over all folds: repeats ask the same queries, and make it no smaller} */
        double variance(int folds) {
            return mean(variances) / folds;
        }

        double loss() {
            return mean(losses);
        }

        double share() {
            return mean(shares);
        }
    }

    private CascadeLoss() {}

    /** Takes the folder, and the numbers of folds and repeats, the largest loss and the seed. */
    public static void main(String[] args) throws IOException {
        run(
                System.out,
                Path.of(args[0]),
                Integer.parseInt(args[1]),
                Integer.parseInt(args[2]),
                Double.parseDouble(args[3]),
                Long.parseLong(args[4]));
    }

    private static void run(PrintStream out, Path folder, int folds, int repeats, double maxLoss, long seed)
            throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(file -> file.getFileName().toString().matches("cascade-.*-train\\.jsonl\\.gz"))
                    .sorted()
                    .toList();
        }
        out.printf(
                Locale.ROOT,
                "%d folds, %d repeats, largest loss %s, seed %d; loss / cost as a share of the last stage's%n",
                folds,
                repeats,
                maxLoss,
                seed);
        Map<String, List<Sums>> byWay = new TreeMap<>();
        for (Path file : files) {
            Map<String, Sums> sums = crossFit(RecordedOutcomes.read(file), folds, repeats, maxLoss, seed);
            StringBuilder line = new StringBuilder();
            sums.forEach((way, sum) -> {
                line.append(String.format(Locale.ROOT, "  %s %.4f / %.3f", way, sum.loss(), sum.share()));
                byWay.computeIfAbsent(way, key -> new ArrayList<>()).add(sum);
            });
            out.println(file.getFileName() + ":" + line);
        }
        byWay.forEach((way, sums) -> out.printf(
                Locale.ROOT,
                "mean of %d: %-18s loss %.4f (s.e. over queries %.4f, over files %.4f; worst %.4f)  cost share %.3f (s.e. %.3f)%n",
                sums.size(),
                way,
                mean(sums.stream().map(Sums::loss).toList()),
                Math.sqrt(mean(sums.stream().map(sum -> sum.variance(folds)).toList()) / sums.size()),
                standardError(sums.stream().map(Sums::loss).toList()),
                sums.stream().mapToDouble(Sums::loss).max().orElseThrow(),
                mean(sums.stream().map(Sums::share).toList()),
                standardError(sums.stream().map(Sums::share).toList())));
    }

    private static Map<String, Sums> crossFit(
            RecordedOutcomes outcomes, int folds, int repeats, double maxLoss, long seed) {
        Map<String, Sums> sums = new LinkedHashMap<>();
        for (int repeat = 0; repeat < repeats; repeat++) {
            List<RecordedQuery> shuffled = new ArrayList<>(outcomes.queries());
            Collections.shuffle(shuffled, new Random(seed + repeat));
            for (int fold = 0; fold < folds; fold++) {
                Set<String> held = new HashSet<>();
                for (int i = fold; i < shuffled.size(); i += folds) {
                    held.add(shuffled.get(i).id());
                }
                RecordedOutcomes train = outcomes.where(query -> !held.contains(query.id()));
                RecordedOutcomes test = outcomes.where(query -> held.contains(query.id()));
                CascadePolicy policy = CascadePolicy.training(train)
                        .maxLoss(maxLoss)
                        .seed(seed)
                        .fit();
                // A few files ask a question twice; it is then trained on, or tried, not both.
                CascadeReport report = CascadeReport.of(policy, train, withoutThoseOf(train, test));
                add(sums, report);
            }
        }
        return sums;
    }

    private static RecordedOutcomes withoutThoseOf(RecordedOutcomes train, RecordedOutcomes test) {
        Set<String> shared = test.wordingsSharedWith(train);
        return test.where(query -> !shared.contains(query.wording()));
    }

    private static void add(Map<String, Sums> sums, CascadeReport report) {
        CascadeReport.Figure last = report.lastStage();
        Map<String, CascadeReport.Figure> ways = new LinkedHashMap<>();
        ways.put("policy", report.cascade());
        report.thresholds().forEach((name, figure) -> ways.put("grid " + name, figure));
        ways.put("random", report.random());
        ways.put("oracle", report.oracle());
        ways.forEach((name, figure) -> sums.computeIfAbsent(name, key -> new Sums())
                .add(
                        last.score() - figure.score(),
                        figure.costUsd() / last.costUsd(),
                        name.equals("policy") ? report.lossHalfWidth() / 1.96 : Double.NaN));
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }

    private static double standardError(List<Double> values) {
        double mean = mean(values);
        double squares =
                values.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum();
        return Math.sqrt(squares / (values.size() - 1) / values.size());
    }
}
