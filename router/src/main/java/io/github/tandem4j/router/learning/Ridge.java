package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Ridge regression over dense, {@linkplain Standardised standardised} features, in closed form; the penalty is chosen by
 * generalised cross-validation (Golub, Heath and Wahba 1979) for each target.
 */
final class Ridge implements Head {

    @Override
    public String name() {
        return "ridge";
    }

    @Override
    public FittedHead fit(FeatureRows rows, double[][] targets, long seed) {
        return fit(rows, targets, null, new double[targets.length][]);
    }

    @Override
    public double[][] heldOut(FeatureRows rows, double[][] targets, int[] parts, long seed) {
        double[][] predicted = new double[targets.length][];
        fit(rows, targets, parts, predicted);
        return predicted;
    }

    /** Targets with the same gaps share the sums of products, and parts subtract theirs from the whole. */
    private static FittedHead fit(FeatureRows rows, double[][] targets, int @Nullable [] parts, double[][] heldOut) {
        Standardised standardised = Standardised.of(rows);
        FeatureRows scaled = standardised.apply(rows);
        float[][] slopes = new float[targets.length][];
        double[] intercepts = new double[targets.length];
        boolean[] done = new boolean[targets.length];
        for (int t = 0; t < targets.length; t++) {
            if (done[t]) {
                continue;
            }
            int[] known = known(targets[t]);
            List<Integer> alike = new ArrayList<>();
            for (int u = t; u < targets.length; u++) {
                if (!done[u] && Arrays.equals(known, known(targets[u]))) {
                    alike.add(u);
                    done[u] = true;
                }
            }
            RidgeSolver solver = new RidgeSolver(scaled, known);
            for (int u : alike) {
                RidgeSolver.Line line = solver.solve(targets[u]);
                slopes[u] = line.slopes();
                intercepts[u] = line.intercept();
                if (parts != null) {
                    heldOut[u] = solver.heldOut(scaled, targets[u], parts, line.penalty());
                }
            }
        }
        return new Linear(standardised, slopes, intercepts);
    }

    static int[] known(double[] target) {
        return IntStream.range(0, target.length)
                .filter(i -> !Double.isNaN(target[i]))
                .toArray();
    }

    @Override
    public FittedHead read(Weights weights) {
        return Linear.read(weights);
    }
}
