package io.github.tandem4j.onnx;

import java.nio.charset.StandardCharsets;

/** How likely a model holds a continuation after a context, token by token. Immutable. */
public final class ContinuationScore {
    private final String continuation;
    private final int[] tokenIds;
    private final double[] logProbabilities;
    private final boolean greedy;

    ContinuationScore(String continuation, int[] tokenIds, double[] logProbabilities, boolean greedy) {
        this.continuation = continuation;
        this.tokenIds = tokenIds;
        this.logProbabilities = logProbabilities;
        this.greedy = greedy;
    }

    /** {@return the continuation that was scored} */
    public String continuation() {
        return continuation;
    }

    /** {@return a copy of the scored tokens' ids} */
    public int[] tokenIds() {
        return tokenIds.clone();
    }

    /** {@return a copy of the natural log-probabilities, one a token} */
    public double[] logProbabilities() {
        return logProbabilities.clone();
    }

    /** {@return the natural log-probability of the whole continuation, zero or less} */
    public double sum() {
        double sum = 0;
        for (double each : logProbabilities) {
            sum += each;
        }
        return sum;
    }

    /** {@return the {@link #sum()} divided by the number of tokens} */
    public double perToken() {
        return sum() / logProbabilities.length;
    }

    /** {@return the {@link #sum()} divided by the continuation's length in bytes of UTF-8, which favours no tokenizer} */
    public double perByte() {
        return sum() / continuation.getBytes(StandardCharsets.UTF_8).length;
    }

    /** {@return whether each token was the likeliest one, so that a greedy generation writes this continuation} */
    public boolean isGreedy() {
        return greedy;
    }

    /** {@return the numbers, not the text} */
    @Override
    public String toString() {
        return "ContinuationScore[" + tokenIds.length + " tokens, " + sum() + (greedy ? ", greedy]" : "]");
    }
}
