package io.github.tandem4j;

import java.util.Locale;

/**
 * How sure an answer, a choice or a score is, and what kind of number says so.
 *
 * @param value the number: within 0..1 if it is a probability, any finite number if it only orders; NaN if nothing is
 *     known
 * @param kind what the number may be used for
 * @param measure what was measured, such as {@code mean token probability}
 */
public record Confidence(double value, Kind kind, String measure) {

    /** What a confidence's number may be used for. */
    public enum Kind {
        /** A calibrated probability: of 100 answers at 0.9 about 90 hold. */
        PROBABILITY,
        /** A raw score: higher is surer; nothing else may be read from it. */
        RAW_SCORE,
        /** Nothing is known. */
        UNKNOWN
    }

    private static final Confidence UNKNOWN = new Confidence(Double.NaN, Kind.UNKNOWN, "nothing measured");

    /** Refuses a number that its kind cannot have, with an {@link IllegalArgumentException}. */
    public Confidence {
        boolean valid =
                switch (kind) {
                    case PROBABILITY -> value >= 0 && value <= 1;
                    case RAW_SCORE -> Double.isFinite(value);
                    case UNKNOWN -> Double.isNaN(value);
                };
        if (!valid) {
            throw new IllegalArgumentException(measure + " is " + value + ", which is no " + kind
                    + "; valid is 0..1 for a probability and any finite number for a raw score");
        }
    }

    /** {@return a calibrated probability, 0..1} */
    public static Confidence probability(double value, String measure) {
        return new Confidence(value, Kind.PROBABILITY, measure);
    }

    /** {@return a raw score that only orders; any finite number} */
    public static Confidence rawScore(double value, String measure) {
        return new Confidence(value, Kind.RAW_SCORE, measure);
    }

    /** {@return the confidence of which nothing is known} */
    public static Confidence unknown() {
        return UNKNOWN;
    }

    /** {@return that nothing is known, and why, such as {@code no token scores}} */
    public static Confidence unknown(String why) {
        return new Confidence(Double.NaN, Kind.UNKNOWN, why);
    }

    /** {@return whether anything is known} */
    public boolean isKnown() {
        return kind != Kind.UNKNOWN;
    }

    /** {@return whether the number is known and at least this; an unknown one never is} */
    public boolean isAtLeast(double threshold) {
        return value >= threshold;
    }

    /** {@return for example {@code mean token probability 0.93}} */
    @Override
    public String toString() {
        return isKnown() ? String.format(Locale.ROOT, "%s %.3g", measure, value) : "unknown (" + measure + ")";
    }
}
