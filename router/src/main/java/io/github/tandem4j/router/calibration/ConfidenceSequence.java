package io.github.tandem4j.router.calibration;

import java.util.Arrays;

/**
 * An interval of a mean within 0..1 that holds at all times at once, however often it is looked at: by betting against every
 * mean on a grid from both sides, and leaving out those against which a bet has won (Waudby-Smith and Ramdas, Estimating
 * means of bounded random variables by betting, 2024, section 4).
 *
 * <p>Values that were seen with different probabilities count with the inverse of theirs, so that the estimate stays
 * unbiased. Not thread-safe.
 */
public final class ConfidenceSequence {

    private static final int STEPS = 200;

    private final double delta;
    private final double[] above = new double[STEPS + 1];
    private final double[] below = new double[STEPS + 1];
    private final boolean[] refuted = new boolean[STEPS + 1];
    private int seen;
    private double weights;
    private double weighted;
    private double sum = 0.5;
    private double squares = 0.25;

    /**
     * Starts without a value.
     *
     * @param delta how often it may miss the mean at any time, between 0 and 1, both excluded
     */
    public ConfidenceSequence(double delta) {
        this.delta = Labelled.requireOpenUnit(delta, "delta");
    }

    /** Takes in a value, 0..1, that would be seen in any case. */
    public void see(double value) {
        see(value, 1, 1);
    }

    /**
     * Takes in a value.
     *
     * @param value 0..1
     * @param probability with which it was to be seen, above 0 and at most 1
     * @param least no such probability is smaller; the same in every call
     */
    public void see(double value, double probability, double least) {
        Labelled.requireUnit(value, "value");
        requireProbability(probability, least);
        double weight = least / probability;
        seen++;
        double stake = Math.sqrt(2 * Math.log(2 / delta) / (squares * Math.log1p(seen)));
        double limit = Math.log(2 / delta);
        for (int i = 0; i <= STEPS; i++) {
            double mean = (double) i / STEPS;
            above[i] += Math.log1p(Math.min(stake, 0.75 / Math.max(mean, 1e-9)) * weight * (value - mean));
            below[i] += Math.log1p(Math.min(stake, 0.75 / Math.max(1 - mean, 1e-9)) * weight * (mean - value));
            refuted[i] |= above[i] >= limit || below[i] >= limit;
        }
        weights += 1 / probability;
        weighted += value / probability;
        sum += value;
        double mean = sum / (seen + 1);
        squares += (value - mean) * (value - mean);
    }

    static void requireProbability(double probability, double least) {
        if (!(least > 0 && least <= probability && probability <= 1)) {
            throw new IllegalArgumentException("probability of being seen is " + probability + ", and the least one "
                    + least + "; valid is above 0, at most 1, and not below the least");
        }
    }

    /** {@return how many values were taken in} */
    public int size() {
        return seen;
    }

    /** {@return the weighted mean and the interval that held at all times; 0..1 before the first value} */
    public Interval interval() {
        int low = 0;
        while (low < STEPS && refuted[low]) {
            low++;
        }
        int high = STEPS;
        while (high > 0 && refuted[high]) {
            high--;
        }
        if (low > high) { // every point of the grid is refuted: the mean has moved, or lies between two of them
            low = 0;
            high = STEPS;
        }
        return new Interval(
                weights == 0 ? 0.5 : weighted / weights,
                Math.max(0, (low - 1.0) / STEPS),
                Math.min(1, (high + 1.0) / STEPS),
                1 - delta);
    }

    @Override
    public String toString() {
        return interval() + " of " + seen + " values, refuted " + countRefuted() + " of " + (STEPS + 1) + " means";
    }

    private long countRefuted() {
        long count = 0;
        for (boolean each : refuted) {
            count += each ? 1 : 0;
        }
        return count;
    }

    /** Forgets all values. */
    public void clear() {
        Arrays.fill(above, 0);
        Arrays.fill(below, 0);
        Arrays.fill(refuted, false);
        seen = 0;
        weights = 0;
        weighted = 0;
        sum = 0.5;
        squares = 0.25;
    }
}
