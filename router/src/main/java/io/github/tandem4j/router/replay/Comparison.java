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

    static Comparison of(Course first, Course second, Bootstrap resampling) {
        int n = first.score.length;
        double[] score = new double[n];
        double[] cost = new double[n];
        for (int i = 0; i < n; i++) {
            score[i] = first.score[i] - second.score[i];
            cost[i] = first.cost[i] - second.cost[i];
        }
        double[] means = new double[resampling.resamples()];
        resampling.each((r, times) -> means[r] = Bootstrap.mean(score, times));
        Interval difference = Interval.percentile(
                Arrays.stream(score).average().orElse(Double.NaN), means, Bootstrap.LEVEL);
        int further = 0;
        for (double mean : means) {
            if (Math.abs(mean - difference.value()) >= Math.abs(difference.value())) {
                further++;
            }
        }
        return new Comparison(
                first.name, second.name, difference, resampling.mean(cost), (further + 1.0) / (means.length + 1));
    }
}
