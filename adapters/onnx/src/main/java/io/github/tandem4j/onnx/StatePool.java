package io.github.tandem4j.onnx;

import io.github.tandem4j.HiddenStates;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Pools rows of hidden states, as they come run after run, into the vectors of a plan. Used by one call. */
final class StatePool {
    private final ReadingPlan plan;
    private final int width;
    private final Map<String, float[]> lastRows = new HashMap<>();
    private final Map<String, double[]> sums = new HashMap<>();
    private final Map<String, Integer> counts = new HashMap<>();

    StatePool(ReadingPlan plan, int width) {
        this.plan = plan;
        this.width = width;
        for (ReadingPlan.State state : plan.states()) {
            if (state.isMean()) {
                sums.put(state.output(), new double[width]);
            }
        }
    }

    ReadingPlan plan() {
        return plan;
    }

    /** Takes some more rows of an output. */
    void add(String output, FloatBuffer rows) {
        int count = rows.capacity() / width;
        float[] row = lastRows.computeIfAbsent(output, name -> new float[width]);
        double[] sum = sums.get(output);
        for (int i = sum == null ? count - 1 : 0; i < count; i++) {
            rows.get(i * width, row);
            if (sum != null) {
                for (int j = 0; j < width; j++) {
                    sum[j] += row[j];
                }
            }
        }
        counts.merge(output, count, Integer::sum);
    }

    /** The last row of each output that was read, copied. */
    Map<String, float[]> lastRows() {
        Map<String, float[]> copies = new HashMap<>();
        lastRows.forEach((output, row) -> copies.put(output, row.clone()));
        return copies;
    }

    HiddenStates states() {
        Map<String, float[]> vectors = new LinkedHashMap<>();
        for (ReadingPlan.State state : plan.states()) {
            float[] row = Objects.requireNonNull(lastRows.get(state.output()), state.output());
            vectors.put(state.name(), state.isMean() ? mean(state.output()) : row);
        }
        return HiddenStates.of(vectors);
    }

    private float[] mean(String output) {
        double[] sum = Objects.requireNonNull(sums.get(output), output);
        int count = Objects.requireNonNull(counts.get(output), output);
        float[] mean = new float[width];
        for (int j = 0; j < width; j++) {
            mean[j] = (float) (sum[j] / count);
        }
        return mean;
    }
}
