package io.github.tandem4j.router.learning;

import java.util.Arrays;

/**
 * Rows side by side: in tiles of which each column is one run of memory, so that the products of one row with all are loops
 * without a sum across lanes, which the compiler turns into vector instructions.
 */
final class Tiles {

    private static final int WIDTH = 128;

    private final int size;
    private final int dimension;
    private final float[][] tiles;

    private Tiles(int size, int dimension, float[][] tiles) {
        this.size = size;
        this.dimension = dimension;
        this.tiles = tiles;
    }

    static Tiles of(float[][] rows, int dimension) {
        float[][] tiles = new float[(rows.length + WIDTH - 1) / WIDTH][Math.multiplyExact(dimension, WIDTH)];
        for (int i = 0; i < rows.length; i++) {
            float[] tile = tiles[i / WIDTH];
            for (int d = 0; d < dimension; d++) {
                tile[d * WIDTH + i % WIDTH] = rows[i][d];
            }
        }
        return new Tiles(rows.length, dimension, tiles);
    }

    float[] row(int at) {
        float[] row = new float[dimension];
        for (int d = 0; d < dimension; d++) {
            row[d] = tiles[at / WIDTH][d * WIDTH + at % WIDTH];
        }
        return row;
    }

    /** The products of a row with all, in single precision. */
    void products(float[] row, double[] into) {
        float[] sums = new float[WIDTH];
        int whole = dimension / 4 * 4;
        for (int t = 0; t < tiles.length; t++) {
            Arrays.fill(sums, 0);
            for (int d = 0; d < whole; d += 4) {
                addFour(sums, tiles[t], d * WIDTH, row[d], row[d + 1], row[d + 2], row[d + 3]);
            }
            for (int d = whole; d < dimension; d++) {
                for (int j = 0; j < WIDTH; j++) {
                    sums[j] += row[d] * tiles[t][d * WIDTH + j];
                }
            }
            int start = t * WIDTH;
            int width = Math.min(WIDTH, size - start);
            for (int j = 0; j < width; j++) {
                into[start + j] = sums[j];
            }
        }
    }

    private static void addFour(float[] sums, float[] tile, int at, float a, float b, float c, float d) {
        for (int j = 0; j < WIDTH; j++) {
            sums[j] += a * tile[at + j]
                    + b * tile[at + WIDTH + j]
                    + c * tile[at + 2 * WIDTH + j]
                    + d * tile[at + 3 * WIDTH + j];
        }
    }
}
