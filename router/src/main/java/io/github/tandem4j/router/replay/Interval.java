package io.github.tandem4j.router.replay;

import java.util.Arrays;
import java.util.Locale;

/**
 * A figure with the interval in which 95 of 100 such figures would lie, had the queries been drawn anew: the percentile
 * bootstrap (Efron, 1979).
 *
 * @param value the figure; NaN if the data do not tell it
 * @param low the 2.5 % quantile over the resamples; NaN if the figure was not resampled
 * @param high the 97.5 % quantile
 */
public record Interval(double value, double low, double high) {

    /** {@return a figure of which no interval was made} */
    static Interval of(double value) {
        return new Interval(value, Double.NaN, Double.NaN);
    }

    /** @param resampled the figure of each resample; sorted in place, and NaN left out */
    static Interval of(double value, double[] resampled) {
        Arrays.sort(resampled); // NaN last
        int n = resampled.length;
        while (n > 0 && Double.isNaN(resampled[n - 1])) {
            n--;
        }
        return n == 0 || Double.isNaN(value)
                ? of(value)
                : new Interval(value, quantile(resampled, n, 0.025), quantile(resampled, n, 0.975));
    }

    private static double quantile(double[] sorted, int n, double q) {
        double place = q * (n - 1);
        int below = (int) place;
        int above = Math.min(below + 1, n - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }

    /** {@return for example {@code 0.713 [0.702, 0.724]}} */
    @Override
    public String toString() {
        if (Double.isNaN(value)) {
            return "not known";
        }
        return Double.isNaN(low)
                ? String.format(Locale.ROOT, "%.3f", value)
                : String.format(Locale.ROOT, "%.3f [%.3f, %.3f]", value, low, high);
    }
}
