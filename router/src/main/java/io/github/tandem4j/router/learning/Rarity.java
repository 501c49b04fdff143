package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;

/** How much a sparse column counts: {@code ln((1+n) ÷ (1+n_c)) + 1}, nothing if fewer than two rows have it. */
final class Rarity {

    private final float[] weights;

    Rarity(float[] weights) {
        this.weights = weights;
    }

    static Rarity of(FeatureRows rows) {
        int[] counts = new int[rows.dimension()];
        for (int i = 0; i < rows.size(); i++) {
            for (int column : rows.columns(i)) {
                counts[column]++;
            }
        }
        float[] weights = new float[counts.length];
        for (int c = 0; c < counts.length; c++) {
            weights[c] = counts[c] < 2 ? 0 : (float) (Math.log((1.0 + rows.size()) / (1.0 + counts[c])) + 1);
        }
        return new Rarity(weights);
    }

    float[] weights() {
        return weights;
    }

    /** {@return the rows with their columns weighted, at unit length} */
    FeatureRows apply(FeatureRows rows) {
        int[][] columns = new int[rows.size()][];
        float[][] values = new float[rows.size()][];
        for (int i = 0; i < values.length; i++) {
            columns[i] = rows.columns(i);
            values[i] = new float[columns[i].length];
            double squares = 0;
            for (int c = 0; c < columns[i].length; c++) {
                values[i][c] = rows.values(i)[c] * weights[columns[i][c]];
                squares += values[i][c] * values[i][c];
            }
            float scale = squares > 0 ? (float) (1 / Math.sqrt(squares)) : 0;
            for (int c = 0; c < columns[i].length; c++) {
                values[i][c] *= scale;
            }
        }
        return FeatureRows.sparse(rows.dimension(), columns, values);
    }
}
