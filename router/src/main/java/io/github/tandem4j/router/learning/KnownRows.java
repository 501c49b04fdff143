package io.github.tandem4j.router.learning;

import java.util.Arrays;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Rows at unit length that others are compared with: with every one of them, or, where they are many and only the nearest
 * count, along a {@link SimilarityGraph}. Immutable; searched by many threads at once.
 */
final class KnownRows {

    /** From so many rows on, the nearest are found along a graph. */
    static final int MANY = 50_000;

    private final int size;
    private final int dimension;
    private final float[][] rows;
    private final @Nullable Tiles tiles;
    private final @Nullable SimilarityGraph graph;

    private KnownRows(float[][] rows, int dimension, @Nullable SimilarityGraph graph) {
        size = rows.length;
        this.dimension = dimension;
        this.graph = graph;
        this.rows = graph == null ? new float[0][] : rows;
        tiles = graph == null ? Tiles.of(rows, dimension) : null;
    }

    static KnownRows exact(float[][] rows, int dimension) {
        return new KnownRows(rows, dimension, null);
    }

    /**
     * @param many from so many rows on along a graph
     */
    static KnownRows nearest(float[][] rows, int dimension, int many) {
        return rows.length < many
                ? exact(rows, dimension)
                : new KnownRows(rows, dimension, SimilarityGraph.of(rows, dimension));
    }

    int size() {
        return size;
    }

    float[] row(int at) {
        return tiles == null ? rows[at] : tiles.row(at);
    }

    /** The similarity of each to this row at unit length. */
    void similarities(float[] row, double[] into) {
        if (tiles == null) {
            throw new IllegalStateException("rows along a graph are not compared with all");
        }
        tiles.products(row, into);
    }

    /**
     * {@return the places of the most similar that are accepted, the most similar first}
     *
     * @param into as long as there are rows; overwritten
     */
    int[] nearest(float[] row, int count, IntPredicate accepted, double[] into) {
        if (graph != null) {
            return graph.nearest(row, count, accepted);
        }
        similarities(row, into);
        int[] best = new int[Math.min(count, into.length)];
        int filled = 0;
        for (int i = 0; i < into.length; i++) {
            if ((filled == best.length && into[i] <= into[best[filled - 1]]) || !accepted.test(i)) {
                continue;
            }
            int at = filled < best.length ? filled++ : filled - 1;
            while (at > 0 && into[best[at - 1]] < into[i]) {
                best[at] = best[at - 1];
                at--;
            }
            best[at] = i;
        }
        return Arrays.copyOf(best, filled);
    }

    void write(Weights weights) {
        float[] flat = new float[Math.multiplyExact(size, dimension)];
        for (int i = 0; i < size; i++) {
            System.arraycopy(row(i), 0, flat, i * dimension, dimension);
        }
        weights.put("rows", size).put("known", flat);
        if (graph != null) {
            graph.write(weights);
        }
    }

    static KnownRows read(Weights weights, int dimension, int many) {
        int size = weights.integer("rows");
        if (dimension < 1) {
            throw Weights.wrong("column.means", "are none; valid is one or more");
        }
        if (size < 1) {
            throw Weights.wrong("rows", "are " + size + "; valid is 1 or more");
        }
        float[] flat = weights.floats("known", -1);
        if (flat.length != (long) size * dimension) {
            throw Weights.wrong("known", "are " + flat.length + "; valid is rows times dimension");
        }
        float[][] rows = new float[size][];
        for (int i = 0; i < size; i++) {
            rows[i] = Arrays.copyOfRange(flat, i * dimension, (i + 1) * dimension);
        }
        return new KnownRows(rows, dimension, size < many ? null : SimilarityGraph.read(weights, rows, dimension));
    }
}
