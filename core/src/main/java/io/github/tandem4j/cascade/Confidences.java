package io.github.tandem4j.cascade;

import io.github.tandem4j.Reply;
import io.github.tandem4j.TokenScores;
import java.util.Locale;

/**
 * Measures of confidence that read the reply's own evidence, at no further call. All are raw scores: they order answers,
 * and say nothing of how often an answer at 0.9 is right. An answer without the evidence has an unknown confidence.
 */
public final class Confidences {

    private Confidences() {}

    /** {@return what the endpoint itself reports as {@link Reply#confidence()}} */
    public static ConfidenceMeasure reported() {
        return (request, reply) -> reply.confidence();
    }

    /** {@return the geometric mean of the tokens' probabilities, 0..1: e to the mean log-probability} */
    public static ConfidenceMeasure meanTokenProbability() {
        return new TokenMeasure(
                "mean token probability",
                scores -> Math.exp(scores.meanLogProbability()),
                () -> new RunningMean(TokenScores::logProbability, Math::exp),
                false);
    }

    /** {@return the least probable token's probability, 0..1} */
    public static ConfidenceMeasure minimumTokenProbability() {
        return new TokenMeasure(
                "minimum token probability",
                scores -> Math.exp(scores.minimumLogProbability()),
                () -> new RunningTotal(Math::min),
                true);
    }

    /**
     * The probability at a quantile of the tokens' log-probabilities, 0..1, of whole answers alone (Gupta et al., Language
     * Model Cascades: Token-level uncertainty and beyond, 2024).
     *
     * @param q 0..1; 0 is the minimum, 0.5 the median
     */
    public static ConfidenceMeasure tokenProbabilityQuantile(double q) {
        if (!(q >= 0 && q <= 1)) {
            throw new IllegalArgumentException("quantile is " + q + "; valid is 0..1");
        }
        return new TokenMeasure(
                String.format(Locale.ROOT, "token probability at quantile %.3g", q),
                scores -> Math.exp(scores.quantileLogProbability(q)),
                null,
                false);
    }

    /** {@return the product of all tokens' probabilities, 0..1: longer answers have less} */
    public static ConfidenceMeasure sequenceProbability() {
        return new TokenMeasure(
                "sequence probability", scores -> Math.exp(sum(scores)), () -> new RunningTotal(Double::sum), true);
    }

    /** {@return the mean entropy of the tokens' distributions in nats, zero or more: lower is surer, so use {@code atMost}} */
    public static ConfidenceMeasure meanEntropy() {
        return new TokenMeasure(
                "mean entropy",
                TokenScores::meanEntropy,
                () -> new RunningMean(
                        (scores, index) -> scores.hasDistribution() ? scores.entropy(index) : Double.NaN, mean -> mean),
                false);
    }

    /** {@return the mean margin between the two likeliest tokens' probabilities, 0..1} */
    public static ConfidenceMeasure meanMargin() {
        return new TokenMeasure(
                "mean top-two margin",
                TokenScores::meanMargin,
                () -> new RunningMean(
                        (scores, index) -> scores.hasDistribution() ? scores.margin(index) : Double.NaN, mean -> mean),
                false);
    }

    /** Not the mean times the size, which rounding may let rise. */
    private static double sum(TokenScores scores) {
        double sum = 0;
        for (int i = 0; i < scores.size(); i++) {
            sum += scores.logProbability(i);
        }
        return sum;
    }
}
