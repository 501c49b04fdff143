package io.github.tandem4j;

/**
 * The distribution of the token that would follow a prompt, in three numbers: a cheap reading of how a local model takes
 * the prompt, from one prefill and no decoding.
 *
 * @param entropy in nats, zero or more
 * @param maxProbability the likeliest token's probability, 0..1
 * @param margin the likeliest token's probability less the second's, 0..1
 */
public record NextToken(double entropy, double maxProbability, double margin) {}
