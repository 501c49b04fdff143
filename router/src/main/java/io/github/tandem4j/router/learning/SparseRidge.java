package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.Arrays;
import java.util.Random;

/**
 * Ridge regression over sparse features, each column weighted by how rare it is (TF-IDF), solved by conjugate gradients. The
 * penalty is the one whose held-out errors are least.
 */
final class SparseRidge implements Head {

    private static final double[] PENALTIES = {100, 30, 10, 3, 1};
    private static final int STEPS = 40;
    private static final int PARTS = 4;

    @Override
    public String name() {
        return "sparse-ridge";
    }

    @Override
    public FittedHead fit(FeatureRows rows, double[][] targets, long seed) {
        Random random = new Random(seed);
        int[] parts = random.ints(rows.size(), 0, PARTS).toArray();
        double[] penalties = new double[targets.length];
        heldOut(rows, targets, parts, penalties);
        Rarity rarity = Rarity.of(rows);
        FeatureRows weighted = rarity.apply(rows);
        float[][] slopes = new float[targets.length][];
        double[] intercepts = new double[targets.length];
        for (int t = 0; t < targets.length; t++) {
            intercepts[t] = Moments.mean(targets[t]);
            slopes[t] =
                    rounded(line(weighted, targets[t], intercepts[t], penalties[t], new double[rarity.dimension()]));
        }
        return new SparseLinear(rarity, slopes, intercepts);
    }

    @Override
    public double[][] heldOut(FeatureRows rows, double[][] targets, int[] parts, long seed) {
        return heldOut(rows, targets, parts, new double[targets.length]);
    }

    private static double[][] heldOut(FeatureRows rows, double[][] targets, int[] parts, double[] penalties) {
        double[][][] predicted = new double[targets.length][PENALTIES.length][rows.size()];
        int last = Arrays.stream(parts).max().orElse(-1);
        for (int part = 0; part <= last; part++) {
            int[] outside = CrossFit.places(parts, part, false);
            int[] inside = CrossFit.places(parts, part, true);
            FeatureRows some = rows.at(outside);
            Rarity rarity = Rarity.of(some);
            FeatureRows weighted = rarity.apply(some);
            FeatureRows others = rarity.apply(rows.at(inside));
            for (int t = 0; t < targets.length; t++) {
                double[] target = CrossFit.at(targets[t], outside);
                double mean = Moments.mean(target);
                double[] slopes = new double[rarity.dimension()];
                for (int p = 0; p < PENALTIES.length; p++) { // each starts from the last one's solution
                    slopes = line(weighted, target, mean, PENALTIES[p], slopes);
                    for (int i = 0; i < inside.length; i++) {
                        predicted[t][p][inside[i]] = mean + dot(others, i, slopes);
                    }
                }
            }
        }
        double[][] best = new double[targets.length][];
        for (int t = 0; t < targets.length; t++) {
            double least = Double.POSITIVE_INFINITY;
            for (int p = 0; p < PENALTIES.length; p++) {
                double error = 0;
                for (int i = 0; i < rows.size(); i++) {
                    double off = Double.isNaN(targets[t][i]) ? 0 : targets[t][i] - predicted[t][p][i];
                    error += off * off;
                }
                if (error < least) {
                    least = error;
                    best[t] = predicted[t][p];
                    penalties[t] = PENALTIES[p];
                }
            }
        }
        return best;
    }

    /** Solves {@code (XᵀX + λI) w = Xᵀ(y − mean)} over the rows whose target is known. */
    private static double[] line(FeatureRows rows, double[] target, double mean, double penalty, double[] start) {
        double[] solution = start.clone();
        double[] residual = new double[rows.size()];
        for (int i = 0; i < residual.length; i++) {
            residual[i] = Double.isNaN(target[i]) ? 0 : target[i] - mean - dot(rows, i, solution);
        }
        double[] gradient = transposed(rows, residual, solution, -penalty);
        double[] direction = gradient.clone();
        double square = square(gradient);
        double first = square;
        for (int step = 0; step < STEPS && square > 1e-10 * first && square > 1e-20; step++) {
            double[] along = new double[rows.size()];
            double curvature = penalty * square(direction);
            for (int i = 0; i < along.length; i++) {
                along[i] = Double.isNaN(target[i]) ? 0 : dot(rows, i, direction);
                curvature += along[i] * along[i];
            }
            double length = square / curvature;
            for (int d = 0; d < solution.length; d++) {
                solution[d] += length * direction[d];
            }
            for (int i = 0; i < residual.length; i++) {
                residual[i] -= length * along[i];
            }
            gradient = transposed(rows, residual, solution, -penalty);
            double next = square(gradient);
            double more = next / square;
            for (int d = 0; d < direction.length; d++) {
                direction[d] = gradient[d] + more * direction[d];
            }
            square = next;
        }
        return solution;
    }

    private static double[] transposed(FeatureRows rows, double[] factors, double[] plus, double scale) {
        double[] sums = new double[plus.length];
        for (int d = 0; d < sums.length; d++) {
            sums[d] = scale * plus[d];
        }
        for (int i = 0; i < factors.length; i++) {
            int[] columns = rows.columns(i);
            float[] values = rows.values(i);
            for (int c = 0; c < columns.length && factors[i] != 0; c++) {
                sums[columns[c]] += factors[i] * values[c];
            }
        }
        return sums;
    }

    private static double square(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value * value;
        }
        return sum;
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
