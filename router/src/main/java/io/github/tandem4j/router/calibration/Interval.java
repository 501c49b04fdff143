package io.github.tandem4j.router.calibration;

import java.util.Arrays;
import java.util.Locale;

/**
 * A figure and how far it may be off.
 *
 * @param value the figure; NaN if the data do not tell it
 * @param low the lower end; NaN if there is no interval
 * @param high the upper end; NaN if there is no interval
 * @param level how often such an interval holds the truth, 0..1; NaN if there is none
 */
public record Interval(double value, double low, double high, double level) {

    /** {@return a figure of which no interval was made} */
    public static Interval of(double value) {
        return new Interval(value, Double.NaN, Double.NaN, Double.NaN);
    }

    /**
     * {@return a figure between the quantiles of what it was on resamples: the percentile bootstrap (Efron, 1979)}
     *
     * @param resampled the figure of each resample; NaN is left out
     * @param level between 0 and 1
     */
    public static Interval percentile(double value, double[] resampled, double level) {
        Labelled.requireOpenUnit(level, "level");
        double[] known = Arrays.stream(resampled)
                .filter(figure -> !Double.isNaN(figure))
                .sorted()
                .toArray();
        double tail = (1 - level) / 2;
        return known.length == 0 || Double.isNaN(value)
                ? of(value)
                : new Interval(value, quantile(known, tail), quantile(known, 1 - tail), level);
    }

    private static double quantile(double[] sorted, double q) {
        double place = q * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }

    /** {@return whether there is more than the figure alone} */
    public boolean isMeasured() {
        return !Double.isNaN(low);
    }

    /** {@return for example {@code 0.112 [0.093, 0.134]}} */
    @Override
    public String toString() {
        if (Double.isNaN(value)) {
            return "not known";
        }
        return isMeasured()
                ? String.format(Locale.ROOT, "%.3f [%.3f, %.3f]", value, low, high)
                : String.format(Locale.ROOT, "%.3f", value);
    }
}
