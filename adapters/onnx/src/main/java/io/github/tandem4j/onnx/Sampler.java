package io.github.tandem4j.onnx;

import java.nio.FloatBuffer;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Draws tokens from a tempered and truncated distribution: softmax(logits / temperature), of which the {@code topK}
 * likeliest are kept, and of those the fewest that reach a share of {@code topP} (Holtzman et al., 2020). Belongs to
 * one generation; not thread-safe.
 */
final class Sampler {
    private final double temperature;
    private final double topP;
    private final int topK;
    private final Random random;
    private float[] logits = {};
    private double[] weights = {};

    Sampler(double temperature, double topP, int topK, long seed) {
        this.temperature = temperature;
        this.topP = topP;
        this.topK = topK;
        this.random = new Random(seed);
    }

    int draw(FloatBuffer distribution) {
        int size = distribution.remaining();
        if (logits.length != size) {
            logits = new float[size];
            weights = new double[size];
        }
        distribution.get(distribution.position(), logits);
        float largest = Float.NEGATIVE_INFINITY;
        for (float logit : logits) {
            largest = Math.max(largest, logit);
        }
        double total = 0;
        for (int i = 0; i < size; i++) {
            weights[i] = Math.exp((logits[i] - largest) / temperature);
            total += weights[i];
        }
        if (topK >= size && topP >= 1) {
            return pick(total);
        }
        return pickOf(likeliest(total));
    }

    private int pick(double total) {
        double point = random.nextDouble() * total;
        int last = 0;
        for (int i = 0; i < weights.length; i++) {
            if (weights[i] > 0) {
                last = i;
                point -= weights[i];
                if (point < 0) {
                    return i;
                }
            }
        }
        return last; // rounding
    }

    private int pickOf(int[] candidates) {
        double total = 0;
        for (int candidate : candidates) {
            total += weights[candidate];
        }
        double point = random.nextDouble() * total;
        for (int candidate : candidates) {
            point -= weights[candidate];
            if (point < 0) {
                return candidate;
            }
        }
        return candidates[candidates.length - 1]; // rounding
    }

    /** The tokens that top-k and top-p keep, the likeliest first, the lower id first among equals. */
    private int[] likeliest(double total) {
        // Few tokens carry almost all of the weight: look among those above a bar, and lower it until they suffice.
        for (double bar = 0x1p-8; ; bar = bar < 0x1p-900 ? -1 : bar * bar) {
            double threshold = bar;
            int[] above = IntStream.range(0, weights.length)
                    .filter(i -> weights[i] > threshold)
                    .toArray();
            double share = IntStream.of(above).mapToDouble(i -> weights[i]).sum();
            boolean enough = topK < weights.length ? above.length >= topK : share >= topP * total;
            if (enough || bar < 0) {
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
        while (count < sorted.length && (count == 0 || share < topP * kept)) {
            share += weights[sorted[count++]];
        }
        return IntStream.of(sorted).limit(count).toArray();
    }
}
