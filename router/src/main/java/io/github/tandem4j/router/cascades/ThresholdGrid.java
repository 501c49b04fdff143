package io.github.tandem4j.router.cascades;

import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.router.replay.RecordedEndpoint;
import java.util.Arrays;
import java.util.List;

/**
 * The usual way to tune a cascade, to be compared with: of all combinations of one confidence threshold a stage, the
 * cheapest that loses at most so much on the training rows. It takes that sample at its word.
 */
final class ThresholdGrid {

    private static final double MOST_COMBINATIONS = 20_000;
    private static final int FINEST = 12;

    /** One a stage but the last, at which its answer is kept; NaN if the stage is left out. */
    private final double[] thresholds;

    private ThresholdGrid(double[] thresholds) {
        this.thresholds = thresholds;
    }

    static ThresholdGrid fit(Examples examples, double maxLoss) {
        int stages = examples.stages() - 1;
        int choices = (int) Math.min(FINEST, Math.floor(Math.pow(MOST_COMBINATIONS, 1.0 / stages)));
        double[][] grid = new double[stages][];
        for (int k = 0; k < stages; k++) {
            grid[k] = quantiles(examples, k, choices);
        }
        double[] best = new double[stages];
        Arrays.fill(best, Double.NaN);
        double least = Double.POSITIVE_INFINITY;
        int[] at = new int[stages];
        double[] tried = new double[stages];
        while (true) {
            for (int k = 0; k < stages; k++) {
                tried[k] = grid[k][at[k]];
            }
            double[] lossAndCost = lossAndCost(examples, tried);
            if (lossAndCost[0] <= maxLoss && lossAndCost[1] < least) {
                least = lossAndCost[1];
                best = tried.clone();
            }
            int k = 0;
            while (k < stages && ++at[k] == grid[k].length) {
                at[k++] = 0;
            }
            if (k == stages) {
                return new ThresholdGrid(best);
            }
        }
    }

    /** {@return to leave the stage out, and thresholds that keep growing shares of its answers, all of them at last} */
    private static double[] quantiles(Examples examples, int stage, int choices) {
        double[] sorted = Arrays.stream(examples.answers())
                .mapToDouble(row -> row[stage].confidence())
                .filter(Double::isFinite)
                .sorted()
                .toArray();
        if (sorted.length == 0) {
            return new double[] {Double.NaN};
        }
        double[] grid = new double[choices];
        grid[0] = Double.NaN;
        for (int i = 1; i < choices; i++) {
            grid[i] = sorted[(int) ((sorted.length - 1) * (1 - (double) i / (choices - 1)))];
        }
        return grid;
    }

    private static double[] lossAndCost(Examples examples, double... thresholds) {
        int last = thresholds.length;
        double loss = 0;
        double cost = 0;
        for (int i = 0; i < examples.size(); i++) {
            int at = 0;
            while (at < last) {
                if (!Double.isNaN(thresholds[at])) {
                    cost += examples.costs()[i][at];
                    if (examples.answers()[i][at].confidence() >= thresholds[at]) {
                        break;
                    }
                }
                at++;
            }
            cost += at == last ? examples.costs()[i][last] : 0;
            loss += examples.scores()[i][last] - examples.scores()[i][at];
        }
        return new double[] {loss / examples.size(), cost / examples.size()};
    }

    /** {@return the cascade that keeps by these thresholds; the last stage alone if all others are left out} */
    ModelEndpoint over(List<? extends ModelEndpoint> stages) {
        Cascade.Builder cascade = null;
        ModelEndpoint latest = null;
        double threshold = Double.NaN;
        for (int k = 0; k < stages.size(); k++) {
            if (k < thresholds.length && Double.isNaN(thresholds[k])) {
                continue;
            }
            if (latest != null) {
                var rule = RecordedEndpoint.recordedConfidence().atLeast(threshold);
                cascade = (cascade == null ? Cascade.startingWith(latest).keepWhen(rule) : cascade.keepWhen(rule))
                        .deferTo(stages.get(k));
            }
            latest = stages.get(k);
            threshold = k < thresholds.length ? thresholds[k] : Double.NaN;
        }
        return cascade == null
                ? stages.get(stages.size() - 1)
                : cascade.named("thresholds").build();
    }
}
