package io.github.tandem4j.router.calibration;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * The percentile bootstrap (Efron, 1979): how far a statistic moves when its rows are drawn again with replacement. Right
 * for large samples; for a rate from few rows take {@link Bounds#clopperPearson}.
 */
public final class Bootstrap {

    private static final int RESAMPLES = 1000;
    private static final double LEVEL = 0.95;

    private Bootstrap() {}

    /**
     * {@return the statistic of all rows, with its 95 % interval from 1,000 resamples}
     *
     * @param rows how many there are, one or more
     * @param statistic of the rows at these places, which may repeat; what it gives as NaN is left out
     * @param seed the same seed gives the same interval
     */
    public static Interval interval(int rows, ToDoubleFunction<int[]> statistic, long seed) {
        return interval(rows, statistic, seed, RESAMPLES, LEVEL);
    }

    /**
     * {@return the statistic of all rows, with its interval}
     *
     * @param resamples 100 or more
     * @param level how often the interval is to hold the truth, between 0 and 1
     */
    public static Interval interval(
            int rows, ToDoubleFunction<int[]> statistic, long seed, int resamples, double level) {
        if (rows < 1 || resamples < 100) {
            throw new IllegalArgumentException(
                    rows + " rows and " + resamples + " resamples; valid is 1 row or more and 100 resamples or more");
        }
        Labelled.requireOpenUnit(level, "level");
        SplittableRandom random = new SplittableRandom(seed);
        int[] places = new int[rows];
        Arrays.setAll(places, i -> i);
        double estimate = statistic.applyAsDouble(places);
        double[] values = new double[resamples];
        int known = 0;
        for (int resample = 0; resample < resamples; resample++) {
            Arrays.setAll(places, i -> random.nextInt(rows));
            double value = statistic.applyAsDouble(places);
            if (!Double.isNaN(value)) {
                values[known++] = value;
            }
        }
        Arrays.sort(values, 0, known);
        double tail = (1 - level) / 2;
        return new Interval(estimate, quantile(values, known, tail), quantile(values, known, 1 - tail), level);
    }

    private static double quantile(double[] sorted, int size, double q) {
        if (size == 0) {
            return Double.NaN;
        }
        double place = q * (size - 1);
        int below = (int) place;
        int above = Math.min(below + 1, size - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
