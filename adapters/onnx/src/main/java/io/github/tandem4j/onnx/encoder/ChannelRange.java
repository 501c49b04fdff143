package io.github.tandem4j.onnx.encoder;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** How far the channels of some activations went, over a sample of tokens. */
final class ChannelRange {
    /** Times the median channel. What LayerNorm and GELU give goes to 5 to 15 times, attention to 2 or 3. */
    private static final float FAR = 4;

    private float lowest = Float.POSITIVE_INFINITY;
    private float[] largest = {};

    /** Adds tokens, each of so many channels. */
    void add(FloatBuffer values, int channels) {
        if (largest.length != channels) {
            largest = new float[channels];
        }
        for (int i = 0; i < values.limit(); i++) {
            float value = values.get(i);
            lowest = Math.min(lowest, value);
            largest[i % channels] = Math.max(largest[i % channels], Math.abs(value));
        }
    }

    /** The lowest value of all. */
    float lowest() {
        return lowest;
    }

    /** The channels that went farthest, in their order; none if none went far beyond the others. */
    int[] far(int count) {
        float[] sorted = largest.clone();
        Arrays.sort(sorted);
        if (sorted.length == 0 || sorted[sorted.length - 1] <= FAR * sorted[sorted.length / 2]) {
            return new int[0];
        }
        return IntStream.range(0, largest.length)
                .boxed()
                .sorted(Comparator.comparingDouble(channel -> -largest[channel]))
                .limit(count)
                .mapToInt(Integer::intValue)
                .sorted()
                .toArray();
    }

    @Override
    public String toString() {
        return "ChannelRange[from " + lowest + ", " + Arrays.toString(far(8)) + "]";
    }
}
