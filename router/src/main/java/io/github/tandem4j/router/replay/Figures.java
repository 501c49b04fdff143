package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.calibration.Interval;

/**
 * What one way to answer was worth over the queries of a replay.
 *
 * @param name whose figures these are
 * @param score the mean quality, 0..1
 * @param costUsd the mean cost of a query in US dollars, over the queries whose cost is known; NaN if none is
 * @param unpriced how many queries have a cost that is not known, and is in no mean
 * @param latencyP50Ms the median time of a query in milliseconds, summed over the models that it asked; NaN if not known
 * @param latencyP95Ms the 95 % quantile of it
 * @param strongShare the share of queries for which the strong model was asked, 0..1; NaN if none is the strong one
 * @param regret how much better the oracle's mean quality is
 */
public record Figures(
        String name,
        Interval score,
        Interval costUsd,
        int unpriced,
        double latencyP50Ms,
        double latencyP95Ms,
        Interval strongShare,
        Interval regret) {}
