package io.github.tandem4j.onnx.gguf;

/** Sums up how far the weights of a tensor, as they are kept, lie from those of the file. Not thread-safe. */
final class ErrorTally {
    private double squares;
    private double errors;

    void add(double exact, double kept) {
        squares += exact * exact;
        errors += (exact - kept) * (exact - kept);
    }

    /** So many weights of these sums, all of them off by the same. */
    void add(double sumOfSquares, double error, int count) {
        squares += sumOfSquares;
        errors += error * error * count;
    }

    /** Weights that are kept as they are, or whose floats are the nearest to them. */
    void addExact(float[] values) {
        for (float value : values) {
            squares += (double) value * value;
        }
    }

    static ErrorTally exact(float[] values) {
        ErrorTally tally = new ErrorTally();
        tally.addExact(values);
        return tally;
    }

    void add(ErrorTally other) {
        squares += other.squares;
        errors += other.errors;
    }

    /** The root of the mean squared error over that of the mean squared weight. */
    double relative() {
        return squares == 0 ? 0 : Math.sqrt(errors / squares);
    }
}
