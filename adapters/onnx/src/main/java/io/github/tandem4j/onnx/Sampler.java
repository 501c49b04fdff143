package io.github.tandem4j.onnx;

import io.github.tandem4j.ModelFileException;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Draws tokens from a tempered and truncated distribution: of softmax(logits / temperature) the {@code topK} likeliest
 * are kept, of those the fewest that reach a share of {@code topP} (Holtzman et al., 2020), and of those the ones that
 * are at least {@code minP} times as likely as the likeliest (Nguyen et al., 2024). Belongs to one generation; not
 * thread-safe.
 */
final class Sampler {
    private final double temperature;
    private final int topK;
    private final double topP;
    private final double minP;
    private final Random random;
    private double[] weights = {};

    Sampler(double temperature, int topK, double topP, double minP, long seed) {
        this.temperature = temperature;
        this.topK = topK;
        this.topP = topP;
        this.minP = minP;
        this.random = new Random(seed);
    }

    /** @param logits of the whole vocabulary, minus infinity for what must not be drawn */
    int draw(float[] logits) {
        if (weights.length != logits.length) {
            weights = new double[logits.length];
        }
        float largest = Float.NEGATIVE_INFINITY;
        for (float logit : logits) {
            largest = Math.max(largest, logit);
        }
        if (!Float.isFinite(largest)) {
            throw new ModelFileException("the likeliest token's logit is " + largest
                    + "; valid: a number, as the weights of a sound model give");
        }
        double total = 0;
        for (int i = 0; i < logits.length; i++) {
            weights[i] = Math.exp((logits[i] - largest) / temperature);
            total += weights[i];
        }
        if (topK >= logits.length && topP >= 1) {
            // The likeliest one's weight is 1.
            return pick(IntStream.range(0, logits.length)
                    .filter(i -> weights[i] >= minP)
                    .toArray());
        }
        return pick(likeliest(total));
    }

    private int pick(int[] candidates) {
        double total = 0;
        for (int candidate : candidates) {
            total += weights[candidate];
        }
        double point = random.nextDouble() * total;
        int last = candidates[0];
        for (int candidate : candidates) {
            if (weights[candidate] > 0) {
                last = candidate;
                point -= weights[candidate];
                if (point < 0) {
                    return candidate;
                }
            }
        }
        return last; // rounding
    }

    /** The tokens that are kept, the likeliest first, the lower id first among equals. */
    private int[] likeliest(double total) {
        // Few tokens carry almost all of the weight: look among those above a bar, and lower it until they suffice.
        for (double bar = 0x1p-8; ; bar = bar < 0x1p-900 ? 0 : bar * bar) {
            double threshold = bar;
            int[] above = IntStream.range(0, weights.length)
                    .filter(i -> weights[i] > threshold)
                    .toArray();
            double share = IntStream.of(above).mapToDouble(i -> weights[i]).sum();
            boolean enough = topK < weights.length ? above.length >= topK : share >= topP * total;
            if (enough || bar == 0) {
                return truncated(above, total);
            }
        }
    }

    private int[] truncated(int[] above, double total) {
        int[] sorted = IntStream.of(above)
                .boxed()
                .sorted((a, b) -> {
                    int byWeight = Double.compare(weights[b], weights[a]);
                    return byWeight != 0 ? byWeight : Integer.compare(a, b);
                })
                .limit(topK)
                .mapToInt(Integer::intValue)
                .toArray();
        double kept = topK < weights.length
                ? IntStream.of(sorted).mapToDouble(i -> weights[i]).sum()
                : total;
        double share = 0;
        int count = 0;
        while (count < sorted.length && (count == 0 || (share < topP * kept && weights[sorted[count]] >= minP))) {
            share += weights[sorted[count++]];
        }
        return IntStream.of(sorted).limit(count).toArray();
    }
}
