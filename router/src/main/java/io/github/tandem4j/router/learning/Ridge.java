package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

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
        Standardised standardised = Standardised.of(rows);
        float[][] slopes = new float[targets.length][];
        double[] intercepts = new double[targets.length];
        alike(standardised.apply(rows), targets, (solver, alike) -> {
            for (int t : alike) {
                RidgeSolver.Line line = solver.solve(targets[t]);
                slopes[t] = line.slopes();
                intercepts[t] = line.intercept();
            }
        });
        return new Linear(standardised, slopes, intercepts);
    }

    /** Parts subtract their sums of products from the whole; the penalty of each is chosen without it. */
    @Override
    public double[][] heldOut(FeatureRows rows, double[][] targets, int[] parts, long seed) {
        FeatureRows scaled = Standardised.of(rows).apply(rows);
        double[][] predicted = new double[targets.length][];
        alike(scaled, targets, (solver, alike) -> {
            double[][] unseen =
                    solver.heldOut(scaled, alike.stream().map(t -> targets[t]).toList(), parts);
            for (int i = 0; i < unseen.length; i++) {
                predicted[alike.get(i)] = unseen[i];
            }
        });
        return predicted;
    }

    /** Targets with the same gaps share the sums of products. */
    private static void alike(FeatureRows scaled, double[][] targets, BiConsumer<RidgeSolver, List<Integer>> consumer) {
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
            consumer.accept(new RidgeSolver(scaled, known), alike);
        }
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
