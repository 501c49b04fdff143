package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.stream.IntStream;

/** A line for each target, over sparse features weighted by their rarity. On disk only the columns that were seen. */
final class SparseLinear implements FittedHead {

    private static final int MOST_COLUMNS = 1 << 24;

    private final Rarity rarity;
    private final float[][] slopes;
    private final double[] intercepts;

    SparseLinear(Rarity rarity, float[][] slopes, double[] intercepts) {
        this.rarity = rarity;
        this.slopes = slopes;
        this.intercepts = intercepts;
    }

    @Override
    public double[][] predict(FeatureRows rows) {
        FeatureRows weighted = rarity.apply(rows);
        double[][] predicted = new double[slopes.length][rows.size()];
        for (int t = 0; t < slopes.length; t++) {
            for (int i = 0; i < rows.size(); i++) {
                int[] columns = weighted.columns(i);
                float[] values = weighted.values(i);
                double sum = intercepts[t];
                for (int c = 0; c < columns.length; c++) {
                    sum += (double) slopes[t][columns[c]] * values[c];
                }
                predicted[t][i] = sum;
            }
        }
        return predicted;
    }

    @Override
    public void write(Weights weights) {
        float[] rare = rarity.weights();
        int[] seen = IntStream.range(0, rare.length).filter(c -> rare[c] > 0).toArray();
        weights.put("dimension", rare.length)
                .put("seen", seen)
                .put("rarities", packed(rare, seen))
                .put("intercepts", intercepts);
        for (int t = 0; t < slopes.length; t++) {
            weights.put("slopes." + t, packed(slopes[t], seen));
        }
    }

    private static float[] packed(float[] values, int[] places) {
        float[] packed = new float[places.length];
        for (int i = 0; i < packed.length; i++) {
            packed[i] = values[places[i]];
        }
        return packed;
    }

    static SparseLinear read(Weights weights) {
        int dimension = weights.integer("dimension");
        if (dimension < 1 || dimension > MOST_COLUMNS) {
            throw Weights.wrong("dimension", "is " + dimension + "; valid is 1 to " + MOST_COLUMNS);
        }
        int[] seen = weights.integers("seen", -1);
        for (int column : seen) {
            if (column < 0 || column >= dimension) {
                throw Weights.wrong("seen", "has column " + column + "; valid is 0 to " + (dimension - 1));
            }
        }
        double[] intercepts = weights.doubles("intercepts", -1);
        float[][] slopes = new float[intercepts.length][];
        for (int t = 0; t < slopes.length; t++) {
            slopes[t] = unpacked(weights.floats("slopes." + t, seen.length), seen, dimension);
        }
        return new SparseLinear(
                new Rarity(unpacked(weights.floats("rarities", seen.length), seen, dimension)), slopes, intercepts);
    }

    private static float[] unpacked(float[] packed, int[] places, int dimension) {
        float[] values = new float[dimension];
        for (int i = 0; i < places.length; i++) {
            values[places[i]] = packed[i];
        }
        return values;
    }
}
