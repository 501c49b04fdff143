package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;

/** A line for each target, over sparse features weighted by their rarity. */
final class SparseLinear implements FittedHead {

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
        rarity.write(weights);
        weights.put("intercepts", intercepts);
        for (int t = 0; t < slopes.length; t++) {
            weights.put("slopes." + t, slopes[t]);
        }
    }

    static SparseLinear read(Weights weights) {
        Rarity rarity = Rarity.read(weights);
        double[] intercepts = weights.doubles("intercepts", -1);
        float[][] slopes = new float[intercepts.length][];
        for (int t = 0; t < slopes.length; t++) {
            slopes[t] = weights.floats("slopes." + t, rarity.dimension());
        }
        return new SparseLinear(rarity, slopes, intercepts);
    }
}
