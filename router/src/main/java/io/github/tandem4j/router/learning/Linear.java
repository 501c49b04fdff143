package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;

/** A line for each target, over standardised dense features. */
final class Linear implements FittedHead {

    private final Standardised standardised;
    private final float[][] slopes;
    private final double[] intercepts;

    Linear(Standardised standardised, float[][] slopes, double[] intercepts) {
        this.standardised = standardised;
        this.slopes = slopes;
        this.intercepts = intercepts;
    }

    @Override
    public double[][] predict(FeatureRows rows) {
        double[][] predicted = new double[slopes.length][rows.size()];
        float[] row = new float[standardised.dimension()];
        for (int i = 0; i < rows.size(); i++) {
            standardised.apply(rows.values(i), row);
            for (int t = 0; t < slopes.length; t++) {
                predicted[t][i] = intercepts[t] + dot(slopes[t], row);
            }
        }
        return predicted;
    }

    /** Four sums side by side, so that no addition waits for the last. */
    static double dot(float[] a, float[] b) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int whole = a.length / 4 * 4;
        for (int i = 0; i < whole; i += 4) {
            s0 += (double) a[i] * b[i];
            s1 += (double) a[i + 1] * b[i + 1];
            s2 += (double) a[i + 2] * b[i + 2];
            s3 += (double) a[i + 3] * b[i + 3];
        }
        for (int i = whole; i < a.length; i++) {
            s0 += (double) a[i] * b[i];
        }
        return s0 + s1 + s2 + s3;
    }

    @Override
    public void write(Weights weights) {
        standardised.write(weights);
        weights.put("intercepts", intercepts);
        for (int t = 0; t < slopes.length; t++) {
            weights.put("slopes." + t, slopes[t]);
        }
    }

    static Linear read(Weights weights) {
        Standardised standardised = Standardised.read(weights);
        double[] intercepts = weights.doubles("intercepts", -1);
        float[][] slopes = new float[intercepts.length][];
        for (int t = 0; t < slopes.length; t++) {
            slopes[t] = weights.floats("slopes." + t, standardised.dimension());
        }
        return new Linear(standardised, slopes, intercepts);
    }
}
