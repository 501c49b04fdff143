package io.github.tandem4j.router.features;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Vectors of one view, one a request: dense, or sparse with their columns in ascending order. Arrays are shared and not
 * copied; nobody changes them.
 */
public final class FeatureRows {

    private final int dimension;
    private final float[][] values;
    private final int @Nullable [][] columns;
    private final List<Block> blocks;

    private FeatureRows(int dimension, float[][] values, int @Nullable [][] columns, List<Block> blocks) {
        this.dimension = dimension;
        this.values = values;
        this.columns = columns;
        this.blocks = blocks;
    }

    /**
     * Neighbouring columns that belong together, such as one embedding.
     *
     * @param dimension how many columns
     * @param ownUnits whether each column is in a unit of its own, as a count beside a share, so that it is fair to give
     *     each the same spread; the columns of an embedding are in one unit
     */
    public record Block(int dimension, boolean ownUnits) {}

    /**
     * Dense vectors.
     *
     * @param values one array of {@code dimension} finite numbers a request
     */
    public static FeatureRows dense(int dimension, float[][] values) {
        for (int i = 0; i < values.length; i++) {
            if (values[i].length != dimension) {
                throw new IllegalArgumentException(
                        "row " + i + " has " + values[i].length + " features; valid is " + dimension);
            }
            requireFinite(values[i], i);
        }
        return new FeatureRows(dimension, values, null, List.of(new Block(dimension, false)));
    }

    /**
     * Sparse vectors.
     *
     * @param columns for each request the columns that are not zero, ascending, each 0 to {@code dimension} − 1
     * @param values the finite numbers in these columns
     */
    public static FeatureRows sparse(int dimension, int[][] columns, float[][] values) {
        if (columns.length != values.length) {
            throw new IllegalArgumentException(
                    columns.length + " rows of columns and " + values.length + " of values; valid is as many");
        }
        for (int i = 0; i < values.length; i++) {
            int last = -1;
            for (int column : columns[i]) {
                if (column <= last || column >= dimension) {
                    throw new IllegalArgumentException("row " + i + " has column " + column + " after " + last
                            + "; valid are ascending columns below " + dimension);
                }
                last = column;
            }
            if (columns[i].length != values[i].length) {
                throw new IllegalArgumentException("row " + i + " has " + columns[i].length + " columns and "
                        + values[i].length + " values; valid is as many");
            }
            requireFinite(values[i], i);
        }
        return new FeatureRows(dimension, values, columns, List.of(new Block(dimension, false)));
    }

    private static void requireFinite(float[] row, int at) {
        for (float value : row) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("row " + at + " has the feature " + value + "; valid is finite");
            }
        }
    }

    /** {@return the same rows, divided into these blocks, which cover all columns} */
    public FeatureRows in(List<Block> parts) {
        int covered = parts.stream().mapToInt(Block::dimension).sum();
        if (covered != dimension) {
            throw new IllegalArgumentException("blocks cover " + covered + " columns; valid is all " + dimension);
        }
        return new FeatureRows(dimension, values, columns, List.copyOf(parts));
    }

    /** {@return the blocks of columns, in their order} */
    public List<Block> blocks() {
        return blocks;
    }

    /** {@return the number of requests} */
    public int size() {
        return values.length;
    }

    /** {@return the number of features of each} */
    public int dimension() {
        return dimension;
    }

    /** {@return whether only what is not zero is held} */
    public boolean isSparse() {
        return columns != null;
    }

    /** {@return the features of a request: all if dense, else those of its {@link #columns}} */
    public float[] values(int row) {
        return values[row];
    }

    /**
     * {@return the columns of a request's {@link #values}}
     *
     * @throws IllegalStateException if these rows are dense
     */
    public int[] columns(int row) {
        if (columns == null) {
            throw new IllegalStateException("these features are dense; valid is a look at values(row)");
        }
        return columns[row];
    }

    /** {@return the rows at these places, which may repeat} */
    public FeatureRows at(int[] places) {
        float[][] chosen = new float[places.length][];
        int[][] where = columns == null ? null : new int[places.length][];
        for (int i = 0; i < places.length; i++) {
            chosen[i] = values[places[i]];
            if (where != null) {
                where[i] = Objects.requireNonNull(columns)[places[i]];
            }
        }
        return new FeatureRows(dimension, chosen, where, blocks);
    }

    /** {@return the number of rows and features} */
    @Override
    public String toString() {
        return values.length + " rows of " + dimension + (columns == null ? "" : " sparse") + " features";
    }
}
