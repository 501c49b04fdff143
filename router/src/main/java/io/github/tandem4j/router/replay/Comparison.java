package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.calibration.Bootstrap;
import io.github.tandem4j.router.calibration.Interval;
import java.util.Arrays;

/**
 * How much better one strategy is than another on the same queries.
 *
 * @param first the one
 * @param second the other
 * @param score the difference in mean quality; above zero, the first is better
 * @param costUsd the difference in mean cost of a query, over the queries whose cost is known of both
 * @param p how often chance would make so large a difference in quality where there is none, two-sided: by the bootstrap
 *     centred at zero
 */
public record Comparison(String first, String second, Interval score, Interval costUsd, double p) {

    static Comparison of(Course first, Course second, Bootstrap bootstrap) {
        int n = first.score.length;
        double[] score = new double[n];
        double[] cost = new double[n];
        for (int i = 0; i < n; i++) {
            score[i] = first.score[i] - second.score[i];
            cost[i] = first.cost[i] - second.cost[i];
        }
        double[] means = new double[bootstrap.resamples()];
        bootstrap.each((r, times) -> means[r] = Bootstrap.mean(score, times));
        Interval difference =
                Interval.percentile(Arrays.stream(score).average().orElse(Double.NaN), means, Bootstrap.LEVEL);
        return new Comparison(first.name, second.name, difference, bootstrap.mean(cost), p(difference.value(), means));
    }

    /** {@return how often resamples differ from the difference by as much as it differs from zero} */
    static double p(double difference, double[] resampled) {
        int further = 0;
        for (double each : resampled) {
            if (Math.abs(each - difference) >= Math.abs(difference)) {
                further++;
            }
        }
        return (further + 1.0) / (resampled.length + 1);
    }
}
