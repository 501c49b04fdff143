package io.github.tandem4j.onnx;

import java.util.stream.IntStream;

/** How well a model foresees a text, token by token. Immutable. */
public final class TextScore {
    private final int[] tokenIds;
    private final float[] nll;
    private final int[] top1;

    TextScore(int[] tokenIds, float[] nll, int[] top1) {
        this.tokenIds = tokenIds;
        this.nll = nll;
        this.top1 = top1;
    }

    /** {@return how many tokens were scored} */
    public int tokens() {
        return tokenIds.length;
    }

    /** {@return a copy of the scored tokens' ids} */
    public int[] tokenIds() {
        return tokenIds.clone();
    }

    /** {@return a copy of the negative natural log-likelihoods, one a token} */
    public float[] nll() {
        return nll.clone();
    }

    /** {@return a copy of the model's own guesses, the likeliest ids, one a token} */
    public int[] top1() {
        return top1.clone();
    }

    /** {@return the mean negative log-likelihood of a token, in nats; NaN if none was scored} */
    public double meanNll() {
        return IntStream.range(0, nll.length).mapToDouble(i -> nll[i]).average().orElse(Double.NaN);
    }

    /** {@return e to the power of {@link #meanNll()}} */
    public double perplexity() {
        return Math.exp(meanNll());
    }
}
