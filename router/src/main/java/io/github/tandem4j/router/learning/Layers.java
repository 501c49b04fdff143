package io.github.tandem4j.router.learning;

import java.util.Arrays;
import java.util.Random;

/** The numbers of a {@link Network} in one array, with their gradients and Adam's moments while it learns. */
final class Layers {

    private static final double RATE = 0.003;
    private static final double DECAY = 1e-3;

    private final int dimension;
    private final int units;
    private final int targets;
    private final boolean rectified;
    private final float[] numbers;
    private final double[] gradients;
    private final double[] first;
    private final double[] second;
    private final double[] hidden;
    private int steps;

    private Layers(int dimension, int units, int targets, boolean rectified, float[] numbers) {
        this.dimension = dimension;
        this.units = units;
        this.targets = targets;
        this.rectified = rectified;
        this.numbers = numbers;
        gradients = new double[numbers.length];
        first = new double[numbers.length];
        second = new double[numbers.length];
        hidden = new double[units];
    }

    Layers(int dimension, int units, double[][] targets, boolean rectified, Random random) {
        this(dimension, units, targets.length, rectified, new float[size(dimension, units, targets.length)]);
        for (int i = 0; i < units * dimension; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        for (int t = 0; t < this.targets; t++) {
            for (int u = 0; u < units; u++) {
                numbers[output(t) + u] = (float) (0.1 * random.nextGaussian() / Math.sqrt(units));
            }
            numbers[output(t) + units] = (float) Moments.mean(targets[t]);
        }
    }

    private static int size(int dimension, int units, int targets) {
        return Math.addExact(Math.multiplyExact(units, dimension + 1), Math.multiplyExact(targets, units + 1));
    }

    /** Weights into the hidden layer come first, then its offsets, then for each target its weights and its offset. */
    private int output(int target) {
        return units * (dimension + 1) + target * (units + 1);
    }

    int targets() {
        return targets;
    }

    Layers copy() {
        return new Layers(dimension, units, targets, rectified, numbers.clone());
    }

    /** Uses no field that another thread writes: a fitted network predicts on many. */
    void predict(float[] row, double[] out) {
        double[] layer = new double[units];
        forward(row, layer, out);
    }

    private void forward(float[] row, double[] layer, double[] out) {
        for (int u = 0; u < units; u++) {
            double sum = numbers[units * dimension + u];
            int start = u * dimension;
            for (int d = 0; d < dimension; d++) {
                sum += (double) numbers[start + d] * row[d];
            }
            layer[u] = rectified && sum < 0 ? 0 : sum;
        }
        for (int t = 0; t < targets; t++) {
            int start = output(t);
            double sum = numbers[start + units];
            for (int u = 0; u < units; u++) {
                sum += numbers[start + u] * layer[u];
            }
            out[t] = sum;
        }
    }

    /** Adds one row's gradient. */
    void add(float[] row, double[][] known, int at) {
        double[] out = new double[targets];
        forward(row, hidden, out);
        double[] back = new double[units];
        for (int t = 0; t < targets; t++) {
            if (Double.isNaN(known[t][at])) {
                continue;
            }
            double off = out[t] - known[t][at];
            int start = output(t);
            for (int u = 0; u < units; u++) {
                gradients[start + u] += off * hidden[u];
                back[u] += off * numbers[start + u];
            }
            gradients[start + units] += off;
        }
        for (int u = 0; u < units; u++) {
            if (rectified && hidden[u] <= 0) {
                continue;
            }
            gradients[units * dimension + u] += back[u];
            int start = u * dimension;
            for (int d = 0; d < dimension; d++) {
                gradients[start + d] += back[u] * row[d];
            }
        }
    }

    /** Moves by the mean gradient of so many rows. */
    void step(int rows) {
        steps++;
        double bias1 = 1 - Math.pow(0.9, steps);
        double bias2 = 1 - Math.pow(0.999, steps);
        for (int i = 0; i < numbers.length; i++) {
            double gradient = gradients[i] / rows;
            first[i] = 0.9 * first[i] + 0.1 * gradient;
            second[i] = 0.999 * second[i] + 0.001 * gradient * gradient;
            double move = first[i] / bias1 / (Math.sqrt(second[i] / bias2) + 1e-8);
            numbers[i] -= (float) (RATE * (move + DECAY * numbers[i]));
        }
        Arrays.fill(gradients, 0);
    }

    void write(Weights weights) {
        weights.put("units", units).put("targets", targets).put("numbers", numbers);
    }

    static Layers read(Weights weights, int dimension, boolean rectified) {
        int units = weights.integer("units");
        int targets = weights.integer("targets");
        float[] numbers = weights.floats("numbers", -1);
        if (units < 1
                || targets < 1
                || (long) units * (dimension + 1L) + (long) targets * (units + 1L) != numbers.length) {
            throw Weights.wrong(
                    "numbers",
                    "are " + numbers.length + ", which is no network of " + dimension + ", " + units + " and "
                            + targets);
        }
        return new Layers(dimension, units, targets, rectified, numbers);
    }
}
