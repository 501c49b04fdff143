package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Known rows at unit length, and what became of them. */
final class Similar implements FittedHead {

    private final Standardised standardised;
    private final float[][] known;
    private final double[][] targets;
    private final double[] means;
    private final int setting;
    private final boolean all;

    Similar(Standardised standardised, float[][] known, double[][] targets, double[] means, int setting, boolean all) {
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
        double[] similarities = new double[known.length];
        for (int i = 0; i < rows.size(); i++) {
            standardised.apply(rows.values(i), row);
            toUnitLength(row);
            similarities(known, row, similarities);
            int[] order = all ? new int[0] : nearest(similarities, setting);
            for (int t = 0; t < targets.length; t++) {
                predicted[t][i] = mean(similarities, order, setting, all, targets[t], means[t]);
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

    static void similarities(float[][] known, float[] row, double[] into) {
        for (int i = 0; i < known.length; i++) {
            into[i] = Linear.dot(known[i], row);
        }
    }

    /** {@return the places of the most similar, the most similar first; of equals the first} */
    static int[] nearest(double[] similarities, int count) {
        int size = Math.min(count, similarities.length);
        int[] best = new int[size];
        int filled = 0;
        for (int i = 0; i < similarities.length; i++) {
            if (filled == size && similarities[i] <= similarities[best[filled - 1]]) {
                continue;
            }
            int at = filled < size ? filled++ : filled - 1;
            while (at > 0 && similarities[best[at - 1]] < similarities[i]) {
                best[at] = best[at - 1];
                at--;
            }
            best[at] = i;
        }
        return best;
    }

    /** The mean over the first {@code setting} of the order, or over all with weights; shrunk by one usual row. */
    static double mean(double[] similarities, int[] order, int setting, boolean all, double[] target, double usual) {
        double sum = 0;
        double weight = 0;
        if (all) {
            double sharpness = Math.log(setting);
            for (int i = 0; i < target.length; i++) {
                if (!Double.isNaN(target[i])) {
                    double w = Math.exp(sharpness * (similarities[i] - 1));
                    sum += w * target[i];
                    weight += w;
                }
            }
            return weight > 0 ? sum / weight : usual;
        }
        for (int i = 0; i < Math.min(setting, order.length); i++) {
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
        weights.put("setting", setting).put("means", means).put("rows", known.length);
        float[] flat = new float[Math.multiplyExact(known.length, standardised.dimension())];
        for (int i = 0; i < known.length; i++) {
            System.arraycopy(known[i], 0, flat, i * standardised.dimension(), standardised.dimension());
        }
        weights.put("known", flat);
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

    static Similar read(Weights weights, boolean all) {
        Standardised standardised = Standardised.read(weights);
        int rows = weights.integer("rows");
        int setting = weights.integer("setting");
        if (rows < 1 || setting < 1) {
            throw Weights.wrong("rows", "are " + rows + " with setting " + setting + "; valid are 1 or more");
        }
        float[] flat = weights.floats("known", -1);
        if (flat.length != (long) rows * standardised.dimension()) {
            throw Weights.wrong("known", "are " + flat.length + "; valid is rows times dimension");
        }
        float[][] known = new float[rows][];
        for (int i = 0; i < rows; i++) {
            known[i] = Arrays.copyOfRange(flat, i * standardised.dimension(), (i + 1) * standardised.dimension());
        }
        double[] means = weights.doubles("means", -1);
        double[][] targets = new double[means.length][];
        for (int t = 0; t < targets.length; t++) {
            targets[t] = weights.doubles("targets." + t, rows);
            for (int gap : weights.integers("gaps." + t, -1)) {
                if (gap < 0 || gap >= rows) {
                    throw Weights.wrong("gaps." + t, "have row " + gap + "; valid is 0 to " + (rows - 1));
                }
                targets[t][gap] = Double.NaN;
            }
        }
        return new Similar(standardised, known, targets, means, setting, all);
    }
}
