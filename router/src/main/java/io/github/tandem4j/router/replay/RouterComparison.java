package io.github.tandem4j.router.replay;

import io.github.tandem4j.router.calibration.Bootstrap;
import io.github.tandem4j.router.calibration.CostQualityCurve;
import io.github.tandem4j.router.calibration.Interval;

/**
 * How much better one score is than another for routing the same queries between the same two models: both are followed
 * on the same resamples.
 *
 * @param first the one
 * @param second the other
 * @param apgr the difference in APGR; above zero, the first is better
 * @param p how often chance would make so large a difference in APGR where there is none, two-sided: by the bootstrap
 *     centred at zero
 * @param atHalf the difference in mean quality where half of the queries go to the strong model, with its own p
 */
public record RouterComparison(String first, String second, Interval apgr, double p, Comparison atHalf) {

    static RouterComparison of(Followed first, Followed second) {
        CostQualityCurve one = first.curve;
        CostQualityCurve other = second.curve;
        Bootstrap bootstrap = first.bootstrap;
        double[] differences = new double[bootstrap.resamples()];
        bootstrap.each((r, times) -> differences[r] = one.apgr(times) - other.apgr(times));
        double difference = one.apgr() - other.apgr();
        return new RouterComparison(
                first.name,
                second.name,
                Interval.percentile(difference, differences, Bootstrap.LEVEL),
                Comparison.p(difference, differences),
                Comparison.of(first.atHalf, second.atHalf, bootstrap));
    }

    /** {@return the verdict in a sentence} */
    public String inWords() {
        if (!apgr.isMeasured()) {
            return "These queries do not tell which of " + first + " and " + second + " is better.";
        }
        String verdict = apgr.low() > 0
                ? first + " is better than " + second
                : apgr.high() < 0
                        ? second + " is better than " + first
                        : "These queries do not show that " + first + " and " + second + " differ";
        return verdict + ": APGR differs by " + apgr + ", and the quality at half of the calls by " + atHalf.score()
                + ".";
    }
}
