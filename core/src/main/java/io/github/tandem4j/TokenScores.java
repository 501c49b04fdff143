package io.github.tandem4j;

import java.util.Arrays;
import java.util.Objects;

/**
 * What a model said of each token of its own completion: natural log-probability and, where the endpoint sees the whole
 * distribution, its entropy in nats and the margin between the two likeliest tokens' probabilities. Immutable.
 */
public final class TokenScores {

    private static final float[] NOT_GIVEN = {};

    private final float[] logProbabilities;
    private final float[] entropies;
    private final float[] margins;

    private TokenScores(float[] logProbabilities, float[] entropies, float[] margins) {
        this.logProbabilities = logProbabilities;
        this.entropies = entropies;
        this.margins = margins;
    }

    /**
     * Scores with log-probabilities alone, as remote endpoints give them. Values above zero (rounding in the provider's
     * arithmetic) count as zero.
     *
     * @param logProbabilities one natural log-probability a token
     * @throws IllegalArgumentException if one is NaN
     */
    public static TokenScores of(float[] logProbabilities) {
        return new TokenScores(checked(logProbabilities), NOT_GIVEN, NOT_GIVEN);
    }

    /**
     * Scores from the whole distribution.
     *
     * @param logProbabilities one natural log-probability a token
     * @param entropies the distribution's entropy at each token, in nats, zero or more
     * @param margins the likeliest token's probability less the second's at each token, 0..1
     * @throws IllegalArgumentException if the lengths differ or a log-probability is NaN
     */
    public static TokenScores of(float[] logProbabilities, float[] entropies, float[] margins) {
        if (entropies.length != logProbabilities.length || margins.length != logProbabilities.length) {
            throw new IllegalArgumentException("token scores of different lengths: " + logProbabilities.length
                    + " log-probabilities, " + entropies.length + " entropies, " + margins.length + " margins");
        }
        return new TokenScores(checked(logProbabilities), entropies.clone(), margins.clone());
    }

    /** {@return how many tokens were scored} */
    public int size() {
        return logProbabilities.length;
    }

    /**
     * {@return the scores of the tokens from one index up to, and without, another}
     *
     * @throws IndexOutOfBoundsException unless {@code 0 <= from <= to <= size()}
     */
    public TokenScores range(int from, int to) {
        Objects.checkFromToIndex(from, to, size());
        return new TokenScores(
                Arrays.copyOfRange(logProbabilities, from, to),
                hasDistribution() ? Arrays.copyOfRange(entropies, from, to) : NOT_GIVEN,
                hasDistribution() ? Arrays.copyOfRange(margins, from, to) : NOT_GIVEN);
    }

    /** {@return the natural log-probability of token {@code index}, zero or less} */
    public float logProbability(int index) {
        return logProbabilities[index];
    }

    /** {@return the entropy at token {@code index} in nats; only if {@link #hasDistribution()}} */
    public float entropy(int index) {
        return entropies[index];
    }

    /** {@return the top-two margin at token {@code index}, 0..1; only if {@link #hasDistribution()}} */
    public float margin(int index) {
        return margins[index];
    }

    /** {@return a copy of the natural log-probabilities, one a token} */
    public float[] logProbabilities() {
        return logProbabilities.clone();
    }

    /** {@return whether entropy and margin are known too} */
    public boolean hasDistribution() {
        return entropies.length > 0;
    }

    /** {@return a copy of the entropies in nats, one a token; empty if not {@link #hasDistribution()}} */
    public float[] entropies() {
        return entropies.clone();
    }

    /** {@return a copy of the top-two margins, one a token; empty if not {@link #hasDistribution()}} */
    public float[] margins() {
        return margins.clone();
    }

    /** {@return the mean log-probability; NaN if there is no token} */
    public double meanLogProbability() {
        return mean(logProbabilities);
    }

    /** {@return the lowest log-probability; NaN if there is no token} */
    public double minimumLogProbability() {
        double least = Double.NaN;
        for (float each : logProbabilities) {
            least = each >= least ? least : each; // the first is less than NaN in no comparison
        }
        return least;
    }

    /**
     * The empirical quantile of the log-probabilities, interpolated linearly between order statistics (type 7 of
     * Hyndman and Fan, 1996).
     *
     * @param q 0..1; 0 is the minimum
     * @return NaN if there is no token
     */
    public double quantileLogProbability(double q) {
        if (!(q >= 0 && q <= 1)) {
            throw new IllegalArgumentException("quantile is " + q + "; valid is 0..1");
        }
        if (logProbabilities.length == 0) {
            return Double.NaN;
        }
        float[] sorted = logProbabilities.clone();
        Arrays.sort(sorted);
        double position = q * (sorted.length - 1);
        int below = (int) position;
        int above = Math.min(below + 1, sorted.length - 1);
        double share = position - below;
        return share == 0 ? sorted[below] : sorted[below] * (1 - share) + sorted[above] * share;
    }

    /** {@return the mean entropy in nats; NaN if it is not known} */
    public double meanEntropy() {
        return mean(entropies);
    }

    /** {@return the mean top-two margin, 0..1; NaN if it is not known} */
    public double meanMargin() {
        return mean(margins);
    }

    @Override
    public String toString() {
        return "TokenScores[" + size() + " tokens, mean log-probability " + meanLogProbability() + "]";
    }

    private static double mean(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    private static float[] checked(float[] logProbabilities) {
        float[] copy = logProbabilities.clone();
        for (int i = 0; i < copy.length; i++) {
            if (Float.isNaN(copy[i])) {
                throw new IllegalArgumentException("log-probability of token " + i + " is NaN");
            }
            copy[i] = Math.min(0, copy[i]);
        }
        return copy;
    }
}
