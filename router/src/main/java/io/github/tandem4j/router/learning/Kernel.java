package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Kernel ridge regression with a Gaussian kernel, by random Fourier features (Rahimi and Recht 2007). The kernel's width is
 * the one of three about the median distance whose held-out errors are least.
 */
final class Kernel implements Head {

    private static final double[] WIDTHS = {0.7, 1.4, 2.8};
    private static final int WAVES = 512;
    private static final int TRIED = 1500;

    @Override
    public String name() {
        return "kernel";
    }

    @Override
    public FittedHead fit(FeatureRows rows, double[][] targets, long seed) {
        Standardised standardised = Standardised.of(rows);
        FeatureRows scaled = standardised.apply(rows);
        double median = medianDistance(scaled, seed);
        int[] some = IntStream.range(0, Math.min(TRIED, rows.size())).toArray();
        int[] parts = Arrays.stream(some).map(i -> i % 3).toArray();
        double[][] known = CrossFit.at(targets, some);
        Waves best = Waves.draw(scaled.dimension(), WAVES, WIDTHS[0] * median, seed);
        double least = Double.POSITIVE_INFINITY;
        for (double width : WIDTHS) {
            Waves waves = Waves.draw(scaled.dimension(), WAVES, width * median, seed);
            double error = error(new Ridge().heldOut(waves.of(scaled.at(some)), known, parts, seed), known);
            if (error < least) {
                least = error;
                best = waves;
            }
        }
        return new Fitted(standardised, best, new Ridge().fit(best.of(scaled), targets, seed));
    }

    private static double error(double[][] predicted, double[][] targets) {
        double sum = 0;
        for (int t = 0; t < targets.length; t++) {
            for (int i = 0; i < targets[t].length; i++) {
                double off = Double.isNaN(targets[t][i]) ? 0 : targets[t][i] - predicted[t][i];
                sum += off * off;
            }
        }
        return sum;
    }

    private static double medianDistance(FeatureRows rows, long seed) {
        Random random = new Random(seed);
        double[] distances = new double[500];
        for (int i = 0; i < distances.length; i++) {
            float[] a = rows.values(random.nextInt(rows.size()));
            float[] b = rows.values(random.nextInt(rows.size()));
            distances[i] = Math.sqrt(Math.max(0, Linear.dot(a, a) + Linear.dot(b, b) - 2 * Linear.dot(a, b)));
        }
        Arrays.sort(distances);
        return Math.max(1e-6, distances[distances.length / 2]);
    }

    @Override
    public FittedHead read(Weights weights) {
        Standardised standardised = Standardised.read(weights);
        Weights line = weights.within("line.");
        return new Fitted(standardised, Waves.read(weights, standardised.dimension()), Linear.read(line));
    }

    private static final class Fitted implements FittedHead {

        private final Standardised standardised;
        private final Waves waves;
        private final FittedHead line;

        Fitted(Standardised standardised, Waves waves, FittedHead line) {
            this.standardised = standardised;
            this.waves = waves;
            this.line = line;
        }

        @Override
        public double[][] predict(FeatureRows rows) {
            return line.predict(waves.of(standardised.apply(rows)));
        }

        @Override
        public void write(Weights weights) {
            standardised.write(weights);
            waves.write(weights);
            Weights inner = new Weights();
            line.write(inner);
            weights.put("line.", inner);
        }
    }
}
