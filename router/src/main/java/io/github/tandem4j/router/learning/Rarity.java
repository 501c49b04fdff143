package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * How much a sparse column counts: {@code ln((1+n) ÷ (1+n_c)) + 1}. Columns that fewer than two rows have are left out, and
 * the others are numbered anew.
 */
final class Rarity {

    static final int MOST_COLUMNS = 1 << 24;

    private final int[] seen;
    private final float[] weights;
    private final int dimension;

    private Rarity(int dimension, int[] seen, float[] weights) {
        this.seen = seen;
        this.weights = weights;
        this.dimension = dimension;
    }

    static Rarity of(FeatureRows rows) {
        int[] counts = new int[rows.dimension()];
        for (int i = 0; i < rows.size(); i++) {
            for (int column : rows.columns(i)) {
                counts[column]++;
            }
        }
        int[] seen =
                IntStream.range(0, counts.length).filter(c -> counts[c] > 1).toArray();
        float[] weights = new float[seen.length];
        for (int i = 0; i < seen.length; i++) {
            weights[i] = (float) (Math.log((1.0 + rows.size()) / (1.0 + counts[seen[i]])) + 1);
        }
        return new Rarity(counts.length, seen, weights);
    }

    /** {@return how many columns are left} */
    int dimension() {
        return seen.length;
    }

    /** {@return the rows with the columns that are left, weighted, at unit length} */
    FeatureRows apply(FeatureRows rows) {
        int[][] columns = new int[rows.size()][];
        float[][] values = new float[rows.size()][];
        for (int i = 0; i < values.length; i++) {
            int[] all = rows.columns(i);
            int[] kept = new int[all.length];
            float[] weighted = new float[all.length];
            int size = 0;
            int from = 0;
            double squares = 0;
            for (int c = 0; c < all.length; c++) {
                int place = Arrays.binarySearch(seen, from, seen.length, all[c]); // a row's columns ascend
                from = place >= 0 ? place + 1 : -place - 1;
                if (place >= 0) {
                    kept[size] = place;
                    weighted[size] = rows.values(i)[c] * weights[place];
                    squares += weighted[size] * weighted[size];
                    size++;
                }
            }
            float scale = squares > 0 ? (float) (1 / Math.sqrt(squares)) : 0;
            for (int c = 0; c < size; c++) {
                weighted[c] *= scale;
            }
            columns[i] = Arrays.copyOf(kept, size);
            values[i] = Arrays.copyOf(weighted, size);
        }
        return FeatureRows.sparse(Math.max(1, seen.length), columns, values);
    }

    void write(Weights to) {
        to.put("dimension", dimension).put("seen", seen).put("rarities", weights);
    }

    static Rarity read(Weights from) {
        int dimension = from.integer("dimension");
        if (dimension < 1 || dimension > MOST_COLUMNS) {
            throw Weights.wrong("dimension", "is " + dimension + "; valid is 1 to " + MOST_COLUMNS);
        }
        int[] seen = from.integers("seen", -1);
        int last = -1;
        for (int column : seen) {
            if (column <= last || column >= dimension) {
                throw Weights.wrong(
                        "seen",
                        "has column " + column + " after " + last + "; valid are ascending columns below " + dimension);
            }
            last = column;
        }
        return new Rarity(dimension, seen, from.floats("rarities", seen.length));
    }
}
