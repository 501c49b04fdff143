package io.github.tandem4j.router.calibration;

import java.util.Arrays;
import java.util.List;

/**
 * A sequential test of "the mean of what comes, given all that came, is at most α", valid at all times at once. Bets are
 * started before every value: against a mean of at most α they are an e-process,
 *
 * <pre>M(n) = sum over k of w(k) * product over k..n of (1 + λ (x - α)),   w(k) = 1 / (k (k + 1))</pre>
 *
 * averaged over several stakes λ, whose start is 1 and which is expected never to rise; so it ever reaches 1/δ with
 * probability at most δ (Ville; Waudby-Smith and Ramdas, 2024; for the mixture of starts Shin, Ramdas and Rinaldo,
 * E-detectors, 2024). A single bet would have lost nearly all in a long good time, and find a drift after it late; this one
 * pays for a start at k no more than the logarithm of k (k + 1).
 *
 * <p>Not thread-safe.
 */
public final class DriftTest {

    /** Stakes as shares of 1 / α, the most that a value of 0 can bear. */
    private static final double[] SHARES = {0.02, 0.05, 0.1, 0.2, 0.4};

    private final double alpha;
    private final double[] started = new double[SHARES.length];
    private long seen;

    /** @param alpha the mean that is to be held, between 0 and 1, both excluded */
    public DriftTest(double alpha) {
        this.alpha = Labelled.requireOpenUnit(alpha, "alpha");
    }

    /**
     * Goes on where another test stood.
     *
     * @param wealths what {@link #wealths} gave
     * @param seen what {@link #size} gave
     */
    public DriftTest(double alpha, List<Double> wealths, long seen) {
        this(alpha);
        if (wealths.size() != SHARES.length || seen < 0 || !wealths.stream().allMatch(w -> w >= 0 && w < 1e300)) {
            throw new IllegalArgumentException("wealths are " + wealths + " after " + seen + " values; valid are "
                    + SHARES.length + " finite numbers, zero or more, after zero values or more");
        }
        Arrays.setAll(started, i -> wealths.get(i));
        this.seen = seen;
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
        ConfidenceSequence.requireProbability(probability, least);
        seen++;
        double start = 1.0 / ((double) seen * (seen + 1.0));
        for (int i = 0; i < started.length; i++) {
            double factor = 1 + SHARES[i] / alpha * (least / probability) * (value - alpha);
            started[i] = Math.min(1e299, (started[i] + start) * factor);
        }
    }

    /** {@return how much evidence there is against the mean: the wealth of the bets, which began at 1; zero or more} */
    public double evidence() {
        double sum = 0;
        for (double wealth : started) {
            sum += wealth;
        }
        return sum / started.length + 1.0 / (seen + 1.0); // what has not been staked yet
    }

    /** {@return the wealth that each stake has made of the bets so far} */
    public List<Double> wealths() {
        return Arrays.stream(started).boxed().toList();
    }

    /** {@return how many values were taken in} */
    public long size() {
        return seen;
    }
}
