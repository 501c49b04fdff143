package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Known rows at unit length, and what became of them. */
final class Similar implements FittedHead {

    private final Standardised standardised;
    private final KnownRows known;
    private final double[][] targets;
    private final double[] means;
    private final int setting;
    private final boolean all;

    Similar(Standardised standardised, KnownRows known, double[][] targets, double[] means, int setting, boolean all) {
        this.standardised = standardised;
        this.known = known;
        this.targets = targets;
        this.means = means;
        this.setting = setting;
        this.all = all;
    }

    @Override
    public double[][] predict(FeatureRows rows) {
        double[][] predicted = new double[targets.length][rows.size()];
        float[] row = new float[standardised.dimension()];
        double[] numbers = new double[known.size()];
        for (int i = 0; i < rows.size(); i++) {
            standardised.apply(rows.values(i), row);
            toUnitLength(row);
            int[] order = {};
            if (all) {
                known.similarities(row, numbers);
                toWeights(numbers, setting);
            } else {
                order = known.nearest(row, setting, place -> true, numbers);
            }
            for (int t = 0; t < targets.length; t++) {
                predicted[t][i] =
                        all ? weightedMean(numbers, targets[t], means[t]) : mean(order, setting, targets[t], means[t]);
            }
        }
        return predicted;
    }

    static void toUnitLength(float[] row) {
        double length = Math.sqrt(Linear.dot(row, row));
        for (int d = 0; d < row.length && length > 0; d++) {
            row[d] /= (float) length;
        }
    }

    /** Turns similarities into weights {@code γ^(similarity − 1)}. */
    static void toWeights(double[] similarities, int sharpness) {
        double exponent = Math.log(sharpness);
        for (int i = 0; i < similarities.length; i++) {
            similarities[i] = Math.exp(exponent * (similarities[i] - 1));
        }
    }

    static double weightedMean(double[] weights, double[] target, double usual) {
        double sum = 0;
        double weight = 0;
        for (int i = 0; i < target.length; i++) {
            if (!Double.isNaN(target[i])) {
                sum += weights[i] * target[i];
                weight += weights[i];
            }
        }
        return weight > 0 ? sum / weight : usual;
    }

    /** The mean over the first {@code count} of the order, shrunk by one usual row. */
    static double mean(int[] order, int count, double[] target, double usual) {
        double sum = 0;
        double weight = 0;
        for (int i = 0; i < Math.min(count, order.length); i++) {
            if (!Double.isNaN(target[order[i]])) {
                sum += target[order[i]];
                weight++;
            }
        }
        return (sum + usual) / (weight + 1);
    }

    @Override
    public void write(Weights weights) {
        standardised.write(weights);
        weights.put("setting", setting).put("means", means);
        known.write(weights);
        for (int t = 0; t < targets.length; t++) {
            // a gap is no number, and a file has numbers alone: gaps are listed beside
            weights.put("gaps." + t, gaps(targets[t]));
            weights.put(
                    "targets." + t,
                    Arrays.stream(targets[t]).map(y -> Double.isNaN(y) ? 0 : y).toArray());
        }
    }

    private static int[] gaps(double[] target) {
        return IntStream.range(0, target.length)
                .filter(i -> Double.isNaN(target[i]))
                .toArray();
    }

    static Similar read(Weights weights, boolean all, int many) {
        Standardised standardised = Standardised.read(weights);
        int setting = weights.integer("setting");
        if (setting < 1 || (!all && setting > Neighbours.MOST)) {
            throw Weights.wrong(
                    "setting",
                    "is " + setting + "; valid is 1 or more, and " + Neighbours.MOST + " neighbours at most");
        }
        KnownRows known = KnownRows.read(weights, standardised.dimension(), many);
        double[] means = weights.doubles("means", -1);
        double[][] targets = new double[means.length][];
        for (int t = 0; t < targets.length; t++) {
            targets[t] = weights.doubles("targets." + t, known.size());
            for (int gap : weights.integers("gaps." + t, -1)) {
                if (gap < 0 || gap >= known.size()) {
                    throw Weights.wrong("gaps." + t, "have row " + gap + "; valid is 0 to " + (known.size() - 1));
                }
                targets[t][gap] = Double.NaN;
            }
        }
        return new Similar(standardised, known, targets, means, setting, all);
    }
}
