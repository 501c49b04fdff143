package io.github.tandem4j.router.calibration;

/** Checks scores and their labels. */
final class Labelled {

    private Labelled() {}

    /** Refuses rows that are not there, do not match or are out of range; {@code least} rows must be there. */
    static void require(double[] scores, double[] labels, int least) {
        if (scores.length != labels.length) {
            throw new IllegalArgumentException(
                    scores.length + " scores have " + labels.length + " labels; valid is one label a score");
        }
        if (scores.length < least) {
            throw new IllegalArgumentException(scores.length + " rows are too few; valid is " + least + " or more");
        }
        for (int i = 0; i < scores.length; i++) {
            requireFinite(scores[i], "score of row " + i);
            requireUnit(labels[i], "label of row " + i);
        }
    }

    static double requireFinite(double value, String what) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(what + " is " + value + "; valid is a finite number");
        }
        return value;
    }

    static double requireUnit(double value, String what) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(what + " is " + value + "; valid is 0..1");
        }
        return value;
    }

    /** Refuses 0, 1, what is outside, and NaN. */
    static double requireOpenUnit(double value, String what) {
        if (!(value > 0 && value < 1)) {
            throw new IllegalArgumentException(what + " is " + value + "; valid is between 0 and 1, both excluded");
        }
        return value;
    }

    static double sigmoid(double x) {
        return x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x));
    }

    /** {@return -log of the sigmoid of x, without overflow} */
    static double softplusOfMinus(double x) {
        return x >= 0 ? Math.log1p(Math.exp(-x)) : -x + Math.log1p(Math.exp(x));
    }
}
