package io.github.tandem4j.onnx.encoder;

import static java.util.Objects.requireNonNull;

import java.util.OptionalInt;

/**
 * How an encoder computes. Immutable.
 *
 * <p>By default: one thread, rows of as many tokens as the model was made for, 8 rows a batch, {@link Arithmetic#AS_IS}.
 */
public final class EncoderOptions {
    private static final int MOST_THREADS = 1024;
    private static final int MOST_ROWS = 4096;
    private static final int FEWEST_TOKENS = 8;
    private static final EncoderOptions DEFAULTS = new EncoderOptions(1, 0, 8, Arithmetic.AS_IS);

    private final int threads;
    private final int maxTokens;
    private final int batchSize;
    private final Arithmetic arithmetic;

    private EncoderOptions(int threads, int maxTokens, int batchSize, Arithmetic arithmetic) {
        this.threads = threads;
        this.maxTokens = maxTokens;
        this.batchSize = batchSize;
        this.arithmetic = arithmetic;
    }

    /** {@return the defaults} */
    public static EncoderOptions ofDefaults() {
        return DEFAULTS;
    }

    /**
     * Sets how many batches are computed at once, each on one thread. One text alone never takes more than one thread,
     * and each caller brings its own.
     *
     * @param threads 1 to 1,024
     * @return the changed options
     */
    public EncoderOptions threads(int threads) {
        return new EncoderOptions(valid("threads are ", threads, 1, MOST_THREADS), maxTokens, batchSize, arithmetic);
    }

    /**
     * Sets the longest row. A longer text is cut into several rows, between words where possible.
     *
     * @param tokens special tokens included; 8 to what the model has positions for
     * @return the changed options
     */
    public EncoderOptions maxTokens(int tokens) {
        return new EncoderOptions(
                threads, valid("tokens a row are ", tokens, FEWEST_TOKENS, Integer.MAX_VALUE), batchSize, arithmetic);
    }

    /**
     * Sets how many rows are computed together. On a CPU that is worth little beyond a few: a row of 20 tokens keeps its
     * arithmetic busy by itself.
     *
     * @param rows 1 to 4,096
     * @return the changed options
     */
    public EncoderOptions batchSize(int rows) {
        return new EncoderOptions(threads, maxTokens, valid("rows a batch are ", rows, 1, MOST_ROWS), arithmetic);
    }

    /**
     * Sets what weights are multiplied in.
     *
     * @param arithmetic floats or 8-bit integers
     * @return the changed options
     */
    public EncoderOptions arithmetic(Arithmetic arithmetic) {
        return new EncoderOptions(threads, maxTokens, batchSize, requireNonNull(arithmetic, "arithmetic"));
    }

    int threads() {
        return threads;
    }

    OptionalInt maxTokens() {
        return maxTokens == 0 ? OptionalInt.empty() : OptionalInt.of(maxTokens);
    }

    int batchSize() {
        return batchSize;
    }

    Arithmetic arithmetic() {
        return arithmetic;
    }

    private static int valid(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(what + value + "; valid: " + least + " to " + most);
        }
        return value;
    }

    @Override
    public String toString() {
        return "EncoderOptions[threads " + threads + ", " + (maxTokens == 0 ? "the model's" : maxTokens)
                + " tokens a row, " + batchSize + " rows a batch, " + arithmetic + "]";
    }
}
