package io.github.tandem4j.onnx.encoder;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;

/** Weights of products side by side, each column in 8-bit integers with a scale of its own. */
final class EightBitWeights {
    private static final int MOST = 127;

    private final int columns;
    private final byte[] quanta;
    private final float[] scales;
    private final float[] apart;

    private EightBitWeights(int columns, byte[] quanta, float[] scales, float[] apart) {
        this.columns = columns;
        this.quanta = quanta;
        this.scales = scales;
        this.apart = apart;
    }

    /** @param apart the rows that are not quantised */
    static EightBitWeights of(List<Product> products, int[] apart) {
        int rows = products.get(0).rows();
        int each = products.get(0).columns();
        int columns = Math.multiplyExact(each, products.size());
        float[] values = new float[Math.multiplyExact(rows, columns)];
        for (int number = 0; number < products.size(); number++) {
            FloatBuffer from = products.get(number).values();
            for (int row = 0; row < rows; row++) {
                from.get(row * each, values, row * columns + number * each, each);
            }
        }
        float[] exact = new float[apart.length * columns];
        for (int i = 0; i < apart.length; i++) {
            System.arraycopy(values, apart[i] * columns, exact, i * columns, columns);
            Arrays.fill(values, apart[i] * columns, (apart[i] + 1) * columns, 0);
        }
        float[] scales = new float[columns];
        for (int i = 0; i < values.length; i++) {
            scales[i % columns] = Math.max(scales[i % columns], Math.abs(values[i]));
        }
        for (int column = 0; column < columns; column++) {
            scales[column] = Math.max(scales[column] / MOST, Float.MIN_NORMAL);
        }
        byte[] quanta = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            quanta[i] = (byte) Math.round(values[i] / scales[i % columns]);
        }
        return new EightBitWeights(columns, quanta, scales, exact);
    }

    /** Of all products. */
    int columns() {
        return columns;
    }

    /** [rows, columns], -127 to 127; 0 in the rows apart; not a copy. */
    byte[] quanta() {
        return quanta;
    }

    /** [columns]; not a copy. */
    float[] scales() {
        return scales;
    }

    /** [rows apart, columns], as they were; not a copy. */
    float[] apart() {
        return apart;
    }

    /** The sum of each column as it is after rounding, without the rows apart. */
    float[] sums() {
        float[] sums = new float[columns];
        int[] counts = new int[columns];
        for (int i = 0; i < quanta.length; i++) {
            counts[i % columns] += quanta[i];
        }
        for (int column = 0; column < columns; column++) {
            sums[column] = counts[column] * scales[column];
        }
        return sums;
    }
}
