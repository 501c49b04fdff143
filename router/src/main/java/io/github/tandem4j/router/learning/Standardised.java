package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.List;

/**
 * Dense columns, centred; those in units of their own at the same spread; and each block scaled so that its mean squared
 * length is one, so that a block of a thousand columns does not drown one of thirty.
 */
final class Standardised {

    private final float[] means;
    private final float[] scales;

    private Standardised(float[] means, float[] scales) {
        this.means = means;
        this.scales = scales;
    }

    static Standardised of(FeatureRows rows) {
        int dimension = rows.dimension();
        double[] sums = new double[dimension];
        double[] squares = new double[dimension];
        for (int i = 0; i < rows.size(); i++) {
            float[] row = rows.values(i);
            for (int d = 0; d < dimension; d++) {
                sums[d] += row[d];
            }
        }
        float[] means = new float[dimension];
        for (int d = 0; d < dimension; d++) {
            means[d] = (float) (sums[d] / rows.size());
        }
        for (int i = 0; i < rows.size(); i++) {
            float[] row = rows.values(i);
            for (int d = 0; d < dimension; d++) {
                double off = row[d] - means[d];
                squares[d] += off * off;
            }
        }
        for (int d = 0; d < dimension; d++) {
            squares[d] /= rows.size();
        }
        return of(means, squares, rows.blocks());
    }

    /** From each column's mean and variance. */
    static Standardised of(float[] means, double[] variances, List<FeatureRows.Block> blocks) {
        float[] scales = new float[means.length];
        int start = 0;
        for (FeatureRows.Block block : blocks) {
            double total = 0;
            for (int d = start; d < start + block.dimension(); d++) {
                double spread = Math.sqrt(variances[d]);
                boolean varies = spread > 1e-9 * Math.abs(means[d]) && spread > 1e-12;
                scales[d] = !varies ? 0 : block.ownUnits() ? (float) (1 / spread) : 1;
                total += scales[d] == 0 ? 0 : variances[d] * scales[d] * scales[d];
            }
            float whole = total > 0 ? (float) (1 / Math.sqrt(total)) : 0;
            for (int d = start; d < start + block.dimension(); d++) {
                scales[d] *= whole;
            }
            start += block.dimension();
        }
        return new Standardised(means, scales);
    }

    float mean(int column) {
        return means[column];
    }

    float scale(int column) {
        return scales[column];
    }

    void apply(float[] row, float[] into) {
        for (int d = 0; d < means.length; d++) {
            into[d] = (row[d] - means[d]) * scales[d];
        }
    }

    FeatureRows apply(FeatureRows rows) {
        float[][] values = new float[rows.size()][means.length];
        for (int i = 0; i < values.length; i++) {
            apply(rows.values(i), values[i]);
        }
        return FeatureRows.dense(means.length, values);
    }

    int dimension() {
        return means.length;
    }

    void write(Weights weights) {
        weights.put("column.means", means).put("column.scales", scales);
    }

    static Standardised read(Weights weights) {
        float[] means = weights.floats("column.means", -1);
        return new Standardised(means, weights.floats("column.scales", means.length));
    }
}
