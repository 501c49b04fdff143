package io.github.tandem4j.router.calibration;

/**
 * A fair bet that a mean within 0..1 lies below some number: each value multiplies the wealth by {@code 1 + stake * (mean -
 * value)}. If the mean is that number or more, the wealth is a supermartingale, and ever reaches 1/δ with probability at
 * most δ (Ville). Not thread-safe.
 */
final class Bet {

    /** How much is staked on the next value, from those before it alone. */
    interface Stakes {
        /** {@return the stake on the next value, zero or more} */
        double next();

        /** Takes the value in. */
        void see(double value);
    }

    private final double mean;
    private final Stakes stakes;
    private double log;
    private double most;

    /** @param mean between 0 and 1, both excluded */
    Bet(double mean, Stakes stakes) {
        this.mean = mean;
        this.stakes = stakes;
    }

    void see(double value) {
        Labelled.requireUnit(value, "value");
        double stake = Math.min(stakes.next(), 0.95 / (1 - mean)); // the worst value leaves a twentieth of the wealth
        log += Math.log1p(stake * (mean - value));
        most = Math.max(most, log);
        stakes.see(value);
    }

    /** {@return the logarithm of the most that the wealth has been, zero or more} */
    double mostLogWealth() {
        return most;
    }
}
