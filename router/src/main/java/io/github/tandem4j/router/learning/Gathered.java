package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.Arrays;

/**
 * A ridge regression that has learned before, from more rows than it is shown: from all of a stream, where the others learn
 * from a sample of it. Once written it is a ridge regression like any other.
 */
final class Gathered implements Head {

    private final Standardised standardised;
    private final RidgeSums.Line[] whole;
    private final RidgeSums.Line[][] without;
    private final int[] partOf;

    /**
     * @param whole for each target its line
     * @param without for each part and target the line without that part
     * @param partOf for each row of the sample its part
     */
    Gathered(Standardised standardised, RidgeSums.Line[] whole, RidgeSums.Line[][] without, int[] partOf) {
        this.standardised = standardised;
        this.whole = whole;
        this.without = without;
        this.partOf = partOf;
    }

    @Override
    public String name() {
        return Heads.ridge().name();
    }

    /** {@return what was learned from all rows, of which these are some} */
    @Override
    public FittedHead fit(FeatureRows rows, double[][] targets, long seed) {
        return new Linear(
                standardised,
                Arrays.stream(whole).map(RidgeSums.Line::slopes).toArray(float[][]::new),
                Arrays.stream(whole).mapToDouble(RidgeSums.Line::intercept).toArray());
    }

    /** Holds each row's own part of the stream out, whatever other parts are asked for: no line has seen its row. */
    @Override
    public double[][] heldOut(FeatureRows rows, double[][] targets, int[] parts, long seed) {
        double[][] predicted = new double[whole.length][rows.size()];
        float[] row = new float[standardised.dimension()];
        for (int i = 0; i < rows.size(); i++) {
            standardised.apply(rows.values(i), row);
            for (int t = 0; t < whole.length; t++) {
                RidgeSums.Line line = without[partOf[i]][t];
                predicted[t][i] = line.intercept() + Linear.dot(line.slopes(), row);
            }
        }
        return predicted;
    }

    @Override
    public FittedHead read(Weights weights) {
        return Heads.ridge().read(weights);
    }
}
