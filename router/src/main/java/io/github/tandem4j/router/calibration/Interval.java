package io.github.tandem4j.router.calibration;

import java.util.Locale;

/**
 * An estimate and how far it may be off.
 *
 * @param estimate the estimate itself
 * @param low the lower end
 * @param high the upper end
 * @param level how often such an interval holds the truth, 0..1
 */
public record Interval(double estimate, double low, double high, double level) {

    /** {@return for example {@code 0.112 [0.093, 0.134]}} */
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.3f [%.3f, %.3f]", estimate, low, high);
    }
}
