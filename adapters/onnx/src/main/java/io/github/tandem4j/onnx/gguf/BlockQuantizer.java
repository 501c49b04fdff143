package io.github.tandem4j.onnx.gguf;

/**
 * Quantises blocks of 32 floats to {@code scale * (quantum - zero)} with the smallest squared error that a search finds.
 *
 * <p>With four bits the search goes over ranges from the block's whole extent down to six tenths of it, since cutting
 * off an outlier makes the steps of all others finer, and over three zeros for each; then the scale is the one that
 * least squares give for the quanta chosen. The zero is an integer that {@code MatMulNBits} takes in, so that blocks
 * which lie to one side cost nothing more. With eight bits the error is a hundredth of the weights at most, and the
 * zero stays in the middle.
 */
final class BlockQuantizer {
    static final int BLOCK = 32;

    private static final int MIDDLE_OF_EIGHT_BITS = 128;

    private final int bits;
    private final int largest;
    private final int[] tried = new int[BLOCK];

    /** 0 and up. */
    final int[] quanta = new int[BLOCK];

    private float scale;
    private int zero;
    private double error;

    BlockQuantizer(int bits) {
        this.bits = bits;
        this.largest = (1 << bits) - 1;
    }

    float scale() {
        return scale;
    }

    int zero() {
        return zero;
    }

    void quantize(float[] values, int start) {
        float lowest = values[start];
        float highest = lowest;
        for (int i = start + 1; i < start + BLOCK; i++) {
            lowest = Math.min(lowest, values[i]);
            highest = Math.max(highest, values[i]);
        }
        error = Double.POSITIVE_INFINITY;
        float furthest = Math.max(-lowest, highest);
        if (furthest == 0) {
            scale = 0;
            zero = 1 << (bits - 1);
            java.util.Arrays.fill(quanta, zero);
            return;
        }
        if (bits == 8) {
            attempt(values, start, furthest / 127, MIDDLE_OF_EIGHT_BITS);
            return;
        }
        // A range that leaves 0 out would need a zero beyond the quanta.
        float low = Math.min(lowest, 0);
        float high = Math.max(highest, 0);
        for (int share = 20; share >= 12; share--) {
            float step = (high - low) * share / (20f * largest);
            int middle = Math.round(largest / 2f - (low + high) / 2 / step);
            for (int candidate = middle - 1; candidate <= middle + 1; candidate++) {
                if (candidate >= 0 && candidate <= largest) {
                    attempt(values, start, step, candidate);
                }
            }
        }
    }

    /** Keeps the quanta for this step, with the best scale for them, if they are better than what was kept before. */
    private void attempt(float[] values, int start, float step, int candidate) {
        double products = 0;
        long squares = 0;
        double energy = 0;
        for (int i = 0; i < BLOCK; i++) {
            float value = values[start + i];
            int quantum = Math.max(0, Math.min(largest, Math.round(value / step) + candidate));
            tried[i] = quantum;
            int centered = quantum - candidate;
            products += (double) value * centered;
            squares += (long) centered * centered;
            energy += (double) value * value;
        }
        double fitted = squares == 0 ? 0 : products / squares;
        double left = energy - fitted * products;
        if (left < error) {
            error = left;
            scale = (float) fitted;
            zero = candidate;
            System.arraycopy(tried, 0, quanta, 0, BLOCK);
        }
    }
}
