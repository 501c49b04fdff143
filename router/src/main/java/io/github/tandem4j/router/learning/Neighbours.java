package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * The mean of what became of similar queries, by cosine. Either of the nearest k, or of all with weights {@code
 * γ^similarity}: the similarity-weighted ranking of RouteLLM (Ong et al. 2024), whose Bradley-Terry fit between two models
 * is this mean of wins. How many neighbours, or how sharp the weights, is what explains left-out rows best.
 */
final class Neighbours implements Head {

    private static final int[] COUNTS = {8, 16, 32, 64, 128, 256};
    private static final int[] SHARPNESSES = {10, 100, 1_000, 10_000, 100_000, 1_000_000};
    private static final int TRIED = 800;

    private final boolean all;

    private Neighbours(boolean all) {
        this.all = all;
    }

    static Neighbours nearest() {
        return new Neighbours(false);
    }

    static Neighbours weighted() {
        return new Neighbours(true);
    }

    @Override
    public String name() {
        return all ? "similarity-weighted" : "nearest";
    }

    @Override
    public FittedHead fit(FeatureRows rows, double[][] targets, long seed) {
        Standardised standardised = Standardised.of(rows);
        float[][] known = new float[rows.size()][standardised.dimension()];
        for (int i = 0; i < known.length; i++) {
            standardised.apply(rows.values(i), known[i]);
            Similar.toUnitLength(known[i]);
        }
        int[] tried = IntStream.range(0, known.length).toArray();
        Random random = new Random(seed);
        for (int i = tried.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int place = tried[i];
            tried[i] = tried[j];
            tried[j] = place;
        }
        int[] settings = all ? SHARPNESSES : COUNTS;
        double[] errors = new double[settings.length];
        double[] means = Arrays.stream(targets).mapToDouble(Moments::mean).toArray();
        double[] similarities = new double[known.length];
        for (int i = 0; i < Math.min(TRIED, tried.length); i++) {
            int row = tried[i];
            Similar.similarities(known, known[row], similarities);
            similarities[row] = Double.NEGATIVE_INFINITY; // it is left out
            int[] order = all ? new int[0] : Similar.nearest(similarities, COUNTS[COUNTS.length - 1]);
            for (int s = 0; s < settings.length; s++) {
                for (int t = 0; t < targets.length; t++) {
                    if (!Double.isNaN(targets[t][row])) {
                        double off = targets[t][row]
                                - Similar.mean(similarities, order, settings[s], all, targets[t], means[t]);
                        errors[s] += off * off;
                    }
                }
            }
        }
        int best = 0;
        for (int s = 1; s < settings.length; s++) {
            best = errors[s] < errors[best] ? s : best;
        }
        return new Similar(standardised, known, targets, means, settings[best], all);
    }

    @Override
    public FittedHead read(Weights weights) {
        return Similar.read(weights, all);
    }
}
