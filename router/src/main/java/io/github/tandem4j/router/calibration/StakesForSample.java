package io.github.tandem4j.router.calibration;

/** The predictable plug-in stakes of Waudby-Smith and Ramdas for a sample of known size, their equation (26) with n for t. */
final class StakesForSample implements Bet.Stakes {

    private final double reach;
    private int seen;
    private double sum = 0.5;
    private double squares = 0.25;

    StakesForSample(int size, double delta) {
        reach = 2 * Math.log(1 / delta) / Math.max(1, size);
    }

    @Override
    public double next() {
        return Math.sqrt(reach / (squares / (seen + 1)));
    }

    @Override
    public void see(double value) {
        seen++;
        sum += value;
        double mean = sum / (seen + 1);
        squares += (value - mean) * (value - mean);
    }
}
