package io.github.tandem4j.router.calibration;

import org.apache.commons.statistics.distribution.BetaDistribution;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * Bounds on a mean within 0..1 from a sample of independent draws, none of which assumes a distribution.
 *
 * <p>{@code delta}, the chance that a bound is missed, lies between 0 and 1, both excluded. Thread-safe.
 */
public final class Bounds {

    private Bounds() {}

    /**
     * The exact upper bound on a rate (Clopper and Pearson, 1934): the rate at which so few successes have probability
     * {@code delta}.
     *
     * @param successes 0..trials
     * @param trials zero or more; of none the bound is 1
     */
    public static double clopperPearsonUpper(int successes, int trials, double delta) {
        requireCounts(successes, trials);
        Labelled.requireOpenUnit(delta, "delta");
        return successes == trials
                ? 1
                : BetaDistribution.of(successes + 1.0, trials - successes).inverseSurvivalProbability(delta);
    }

    /** The exact lower bound on a rate, see {@link #clopperPearsonUpper}. */
    public static double clopperPearsonLower(int successes, int trials, double delta) {
        requireCounts(successes, trials);
        return 1 - clopperPearsonUpper(trials - successes, trials, delta);
    }

    /** {@return the two-sided exact interval of a rate, which holds with probability 1 - delta} */
    public static Interval clopperPearson(int successes, int trials, double delta) {
        requireCounts(successes, trials);
        return new Interval(
                trials == 0 ? 0.5 : (double) successes / trials,
                clopperPearsonLower(successes, trials, delta / 2),
                clopperPearsonUpper(successes, trials, delta / 2),
                1 - delta);
    }

    /**
     * Wilson's score interval of a rate (1927): closer than the exact one, and right on average only.
     *
     * @param trials one or more
     */
    public static Interval wilson(int successes, int trials, double delta) {
        requireCounts(successes, trials);
        if (trials == 0) {
            throw new IllegalArgumentException("there are no trials; valid is one or more");
        }
        double z = NormalDistribution.of(0, 1).inverseSurvivalProbability(Labelled.requireOpenUnit(delta, "delta") / 2);
        double rate = (double) successes / trials;
        double shrunk = 1 + z * z / trials;
        double centre = (rate + z * z / (2 * trials)) / shrunk;
        double half = z * Math.sqrt(rate * (1 - rate) / trials + z * z / (4.0 * trials * trials)) / shrunk;
        return new Interval(rate, Math.max(0, centre - half), Math.min(1, centre + half), 1 - delta);
    }

    /**
     * {@return the probability of so few successes or fewer at this rate: the exact p-value of "the rate is this or more"}
     *
     * @param rate between 0 and 1, both excluded
     */
    public static double binomialPValue(int successes, int trials, double rate) {
        requireCounts(successes, trials);
        Labelled.requireOpenUnit(rate, "rate");
        return successes == trials
                ? 1
                : BetaDistribution.of(successes + 1.0, trials - successes).survivalProbability(rate);
    }

    /**
     * The p-value of "the mean is {@code mean} or more" by betting (Waudby-Smith and Ramdas, Estimating means of bounded
     * random variables by betting, 2024): the inverse of the most that a fair bet against it has earned. It is an
     * anytime-valid one, by Ville's inequality, and sharp where the values vary little.
     *
     * @param values 0..1 each, independent, in an order that was not chosen by their size
     * @param mean between 0 and 1, both excluded
     * @param delta the level at which it is to be sharpest; it is valid at every level
     */
    public static double bettingPValue(double[] values, double mean, double delta) {
        Bet bet = new Bet(
                Labelled.requireOpenUnit(mean, "mean"),
                new StakesForSample(values.length, Labelled.requireOpenUnit(delta, "delta")));
        for (double value : values) {
            bet.see(value);
        }
        return Math.min(1, Math.exp(-bet.mostLogWealth()));
    }

    /**
     * The upper bound on a mean by betting, see {@link #bettingPValue}: the largest mean that is not refuted at level
     * {@code delta}.
     *
     * @param values 0..1 each; of none the bound is 1
     */
    public static double bettingUpper(double[] values, double delta) {
        Labelled.requireOpenUnit(delta, "delta");
        double low = 0;
        double high = 1;
        for (int step = 0; step < 50; step++) {
            double middle = (low + high) / 2;
            if (bettingPValue(values, middle, delta) <= delta) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return high;
    }

    /**
     * The empirical-Bernstein upper bound on a mean (Maurer and Pontil, Empirical Bernstein bounds and sample-variance
     * penalization, 2009, theorem 4): looser than betting, in closed form.
     *
     * @param values 0..1 each; of fewer than two the bound is 1
     */
    public static double empiricalBernsteinUpper(double[] values, double delta) {
        Labelled.requireOpenUnit(delta, "delta");
        int n = values.length;
        double mean = 0;
        for (double value : values) {
            mean += Labelled.requireUnit(value, "value") / n;
        }
        if (n < 2) {
            return 1;
        }
        double variance = 0;
        for (double value : values) {
            variance += (value - mean) * (value - mean) / (n - 1);
        }
        double log = Math.log(2 / delta);
        return Math.min(1, mean + Math.sqrt(2 * variance * log / n) + 7 * log / (3 * (n - 1)));
    }

    private static void requireCounts(int successes, int trials) {
        if (successes < 0 || trials < successes) {
            throw new IllegalArgumentException(successes + " successes of " + trials + " trials; valid is 0..trials");
        }
    }
}
