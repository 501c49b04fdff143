package io.github.tandem4j;

/**
 * The distribution of the token that would follow a prompt, in three numbers: a cheap reading of how a local model takes
 * the prompt, from one prefill and no decoding.
 *
 * @param entropy in nats, zero or more
 * @param maxProbability the likeliest token's probability, 0..1
 * @param margin the likeliest token's probability less the second's, 0..1
 */
public record NextToken(double entropy, double maxProbability, double margin) {

    private static final double ROUNDING = 1e-6;

    /** Refuses NaN, and numbers out of range by more than rounding. */
    public NextToken {
        if (!(entropy >= -ROUNDING && entropy < Double.POSITIVE_INFINITY)
                || !(maxProbability >= 0 && maxProbability <= 1 + ROUNDING)
                || !(margin >= -ROUNDING && margin <= 1 + ROUNDING)) {
            throw new IllegalArgumentException("next token has entropy " + entropy + ", greatest probability "
                    + maxProbability + " and margin " + margin + "; valid is zero or more, 0..1 and 0..1");
        }
    }
}
