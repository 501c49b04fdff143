package io.github.tandem4j.router.cascades;

import io.github.tandem4j.ConfigurationException;
import java.util.Arrays;
import java.util.Locale;

/**
 * Spreads a stage's confidence so that differences near certainty count. On a scale of log-probabilities or probabilities
 * it is −ln of the doubt; any other scale is standardised.
 *
 * @param kind what the recorded numbers are, told from their range
 * @param center of a scale of its own, its mean; else 0
 * @param spread of a scale of its own, its standard deviation; else 1
 * @param floor what stands for a confidence that is missing: the least that was seen in training
 * @param mayMiss whether it was missing in training, so that this is evidence too
 */
record ConfidenceScale(Kind kind, double center, double spread, double floor, boolean mayMiss) {

    private static final double LEAST_DOUBT = 1e-6;
    private static final double MIXED = 0.05;

    enum Kind {
        /** Zero or less. */
        LOG_PROBABILITY,
        /** 0..1. */
        PROBABILITY,
        /** Any finite number; higher is surer. */
        SCORE
    }

    ConfidenceScale {
        if (!Double.isFinite(center) || !(spread > 0) || !Double.isFinite(spread) || !Double.isFinite(floor)) {
            throw new IllegalArgumentException("scale of a confidence is " + center + ", " + spread + ", " + floor);
        }
    }

    /**
     * {@return the scale of these, of which NaN are missing}
     *
     * @throws ConfigurationException if they look like log-probabilities and probabilities in one: none above 1, some below
     *     −1, and of each sign a twentieth or more
     */
    static ConfidenceScale of(double[] confidences) {
        double[] known = Arrays.stream(confidences).filter(Double::isFinite).toArray();
        boolean mayMiss = known.length < confidences.length;
        if (known.length == 0) {
            return new ConfidenceScale(Kind.SCORE, 0, 1, 0, true);
        }
        double least = Arrays.stream(known).min().orElseThrow();
        double most = Arrays.stream(known).max().orElseThrow();
        Kind kind =
                most <= LEAST_DOUBT ? Kind.LOG_PROBABILITY : least >= 0 && most <= 1 ? Kind.PROBABILITY : Kind.SCORE;
        double above = Arrays.stream(known).filter(x -> x > LEAST_DOUBT).count();
        double below = Arrays.stream(known).filter(x -> x < 0).count();
        if (most <= 1 && least < -1 && Math.min(above, below) >= MIXED * known.length) {
            throw new ConfigurationException(String.format(
                    Locale.ROOT,
                    "confidences are from %.4g to %.4g, %.0f below zero and %.0f above: log-probabilities and probabilities"
                            + " in one; valid is one measure of confidence for all answers of a stage",
                    least,
                    most,
                    below,
                    above));
        }
        double mean = Arrays.stream(known).average().orElseThrow();
        double deviation = Math.sqrt(
                Arrays.stream(known).map(x -> (x - mean) * (x - mean)).average().orElseThrow());
        ConfidenceScale scale = kind == Kind.SCORE
                ? new ConfidenceScale(kind, mean, deviation > 0 ? deviation : 1, 0, mayMiss)
                : new ConfidenceScale(kind, 0, 1, 0, mayMiss);
        return new ConfidenceScale(kind, scale.center, scale.spread, scale.spread(least), mayMiss);
    }

    /**
     * {@return the confidence, spread; the floor if it is missing}
     *
     * @throws ConfigurationException if it is on another scale than the policy was trained on
     */
    double spread(double confidence) {
        if (Double.isNaN(confidence)) {
            return floor;
        }
        return switch (kind) {
            case LOG_PROBABILITY ->
                -Math.log(Math.max(-inside(confidence, Double.NEGATIVE_INFINITY, 0), 0) + LEAST_DOUBT);
            case PROBABILITY -> -Math.log(Math.max(1 - inside(confidence, 0, 1), 0) + LEAST_DOUBT);
            case SCORE -> (confidence - center) / spread;
        };
    }

    private double inside(double confidence, double least, double most) {
        if (confidence < least || confidence > most + LEAST_DOUBT) {
            throw new ConfigurationException("confidence is " + confidence + ", and the policy was trained on a " + kind
                    + "; valid is the same measure of confidence as in the recorded outcomes");
        }
        return confidence;
    }
}
