package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Ridge regression over sparse features, each column weighted by how rare it is (TF-IDF), solved by {@linkplain
 * ShiftedGradients conjugate gradients}. The penalty is chosen by generalised cross-validation for each target, the degrees
 * of freedom being those that a line takes up which is fitted to signs of chance (Hutchinson 1989).
 */
final class SparseRidge implements Head {

    /** Ascending; between penalties that do as well, the greater. */
    private static final double[] PENALTIES = {1, 3, 10, 30, 100};

    @Override
    public String name() {
        return "sparse-ridge";
    }

    @Override
    public FittedHead fit(FeatureRows rows, double[][] targets, long seed) {
        Rarity rarity = Rarity.of(rows);
        FeatureRows weighted = rarity.apply(rows);
        double[] means = Arrays.stream(targets).mapToDouble(Moments::mean).toArray();
        double[][] sides = sides(targets, means, seed);
        double[][][] solved = new ShiftedGradients(weighted, sides, PENALTIES).solve();
        float[][] slopes = new float[targets.length][];
        for (int t = 0; t < targets.length; t++) {
            int signs = Math.min(sides.length - 1, targets.length + t);
            slopes[t] = rounded(solved[t][best(weighted, sides[t], solved[t], sides[signs], solved[signs])]);
        }
        return new SparseLinear(rarity, slopes, means);
    }

    /** The centred targets, then signs of chance: once where all targets have the same gaps, else for each of them. */
    private static double[][] sides(double[][] targets, double[] means, long seed) {
        boolean alike =
                Arrays.stream(targets).allMatch(target -> Arrays.equals(Ridge.known(target), Ridge.known(targets[0])));
        double[][] sides = new double[targets.length + (alike ? 1 : targets.length)][];
        for (int t = 0; t < targets.length; t++) {
            double mean = means[t];
            sides[t] = Arrays.stream(targets[t]).map(value -> value - mean).toArray();
        }
        for (int s = targets.length; s < sides.length; s++) {
            SplittableRandom random = new SplittableRandom(seed);
            sides[s] = Arrays.stream(targets[s - targets.length])
                    .map(value -> Double.isNaN(value) ? value : random.nextBoolean() ? 1 : -1)
                    .toArray();
        }
        return sides;
    }

    private static int best(FeatureRows rows, double[] target, double[][] slopes, double[] signs, double[][] bySigns) {
        int best = PENALTIES.length - 1;
        double least = Double.POSITIVE_INFINITY;
        for (int p = PENALTIES.length - 1; p >= 0; p--) {
            double error = 0;
            double free = -1;
            int known = 0;
            for (int i = 0; i < target.length; i++) {
                if (!Double.isNaN(target[i])) {
                    double off = target[i] - dot(rows, i, slopes[p]);
                    error += off * off;
                    free += 1 - signs[i] * dot(rows, i, bySigns[p]);
                    known++;
                }
            }
            double score = error / Math.max(1e-9, free * free);
            if (free > 0.02 * known && score < least) {
                least = score;
                best = p;
            }
        }
        return best;
    }

    private static double dot(FeatureRows rows, int row, double[] slopes) {
        int[] columns = rows.columns(row);
        float[] values = rows.values(row);
        double sum = 0;
        for (int c = 0; c < columns.length; c++) {
            sum += slopes[columns[c]] * values[c];
        }
        return sum;
    }

    private static float[] rounded(double[] values) {
        float[] rounded = new float[values.length];
        for (int d = 0; d < rounded.length; d++) {
            rounded[d] = (float) values[d];
        }
        return rounded;
    }

    @Override
    public FittedHead read(Weights weights) {
        return SparseLinear.read(weights);
    }
}
