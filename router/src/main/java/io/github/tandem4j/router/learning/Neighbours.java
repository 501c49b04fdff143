package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * The mean of what became of similar queries, by cosine. Either of the nearest k, or of all with weights {@code
 * γ^similarity}: the similarity-weighted ranking of RouteLLM (Ong et al. 2024), whose Bradley-Terry fit between two models
 * is this mean of wins. How many neighbours, or how sharp the weights, is what explains left-out rows best. Below {@value
 * KnownRows#MANY} rows neighbours are found by comparing all, from there on along a graph.
 */
final class Neighbours implements Head {

    static final int MOST = 256;

    private static final int[] COUNTS = {8, 16, 32, 64, 128, MOST};
    private static final int[] SHARPNESSES = {10, 100, 1_000, 10_000, 100_000, 1_000_000};
    private static final int TRIED = 800;

    private final boolean all;
    private final int many;

    private Neighbours(boolean all, int many) {
        this.all = all;
        this.many = many;
    }

    static Neighbours nearest() {
        return nearest(KnownRows.MANY);
    }

    /**
     * @param many from so many rows on along a graph
     */
    static Neighbours nearest(int many) {
        return new Neighbours(false, many);
    }

    static Neighbours weighted() {
        return new Neighbours(true, Integer.MAX_VALUE);
    }

    @Override
    public String name() {
        return all ? "similarity-weighted" : "nearest";
    }

    @Override
    public FittedHead fit(FeatureRows rows, double[][] targets, long seed) {
        Standardised standardised = Standardised.of(rows);
        KnownRows known = known(standardised, rows);
        double[] means = Arrays.stream(targets).mapToDouble(Moments::mean).toArray();
        return new Similar(standardised, known, targets, means, setting(known, targets, means, seed), all);
    }

    private KnownRows known(Standardised standardised, FeatureRows rows) {
        float[][] known = new float[rows.size()][standardised.dimension()];
        for (int i = 0; i < known.length; i++) {
            standardised.apply(rows.values(i), known[i]);
            Similar.toUnitLength(known[i]);
        }
        return KnownRows.nearest(known, standardised.dimension(), many);
    }

    /** {@return the setting that explains rows best which are left out} */
    private int setting(KnownRows known, double[][] targets, double[] means, long seed) {
        int[] tried = IntStream.range(0, known.size()).toArray();
        Random random = new Random(seed);
        for (int i = tried.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int place = tried[i];
            tried[i] = tried[j];
            tried[j] = place;
        }
        int[] settings = all ? SHARPNESSES : COUNTS;
        double[] errors = new double[settings.length];
        double[] numbers = new double[known.size()];
        for (int i = 0; i < Math.min(TRIED, tried.length); i++) {
            int row = tried[i];
            int[] order = {};
            double[] similarities = {};
            if (all) {
                known.similarities(known.row(row), numbers);
                numbers[row] = Double.NEGATIVE_INFINITY; // it is left out
                similarities = numbers.clone();
            } else {
                order = known.nearest(known.row(row), MOST, place -> place != row, numbers);
            }
            for (int s = 0; s < settings.length; s++) {
                if (all) {
                    System.arraycopy(similarities, 0, numbers, 0, numbers.length);
                    Similar.toWeights(numbers, settings[s]);
                }
                for (int t = 0; t < targets.length; t++) {
                    if (!Double.isNaN(targets[t][row])) {
                        double off = targets[t][row]
                                - (all
                                        ? Similar.weightedMean(numbers, targets[t], means[t])
                                        : Similar.mean(order, settings[s], targets[t], means[t]));
                        errors[s] += off * off;
                    }
                }
            }
        }
        int best = 0;
        for (int s = 1; s < settings.length; s++) {
            best = errors[s] < errors[best] ? s : best;
        }
        return settings[best];
    }

    /** One graph for all parts, walked past a row's own: to make one for each part would take most of the time. */
    @Override
    public double[][] heldOut(FeatureRows rows, double[][] targets, int[] parts, long seed) {
        if (rows.size() < many) {
            return CrossFit.heldOut(this, rows, targets, parts, seed);
        }
        KnownRows known = known(Standardised.of(rows), rows);
        double[] means = Arrays.stream(targets).mapToDouble(Moments::mean).toArray();
        int count = setting(known, targets, means, seed);
        double[][] predicted = new double[targets.length][rows.size()];
        for (int i = 0; i < rows.size(); i++) {
            int part = parts[i];
            int[] order = known.nearest(known.row(i), count, place -> parts[place] != part, new double[0]);
            for (int t = 0; t < targets.length; t++) {
                predicted[t][i] = Similar.mean(order, count, targets[t], means[t]);
            }
        }
        return predicted;
    }

    @Override
    public FittedHead read(Weights weights) {
        return Similar.read(weights, all, many);
    }
}
