package io.github.tandem4j.router.cascades;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** Fits on all folds but one and estimates that one, so that no row is judged by a model that saw it. */
final class FoldedRidge {

    /** The precision of the prior on a weight of a vector: that it explains a twentieth of what there is to explain. */
    private static final double PRIOR = 19;

    private FoldedRidge() {}

    /** Fits rows to scores. */
    interface Fitter {
        ToDoubleFunction<double[]> fit(double[][] rows, double[] scores);
    }

    /**
     * {@return a ridge regression on all rows}
     *
     * @param into where the cross-fitted estimates go
     */
    static LinearModel fit(double[][] vectors, double[] scores, int[] folds, int count, double[] into) {
        double penalty = PRIOR * vectors[0].length;
        crossFit(vectors, scores, folds, count, into, (x, y) -> new Regression(x, penalty).linear(y)::at);
        return new Regression(vectors, penalty).linear(scores);
    }

    /** A fold that holds no row, or all, is left NaN. */
    static void crossFit(double[][] rows, double[] scores, int[] folds, int count, double[] into, Fitter fitter) {
        Arrays.fill(into, Double.NaN);
        for (int fold = 0; fold < count; fold++) {
            List<Integer> in = new ArrayList<>();
            for (int i = 0; i < rows.length; i++) {
                if (folds[i] != fold) {
                    in.add(i);
                }
            }
            if (in.isEmpty() || in.size() == rows.length) {
                continue; // nothing to fit on, or nothing to estimate
            }
            var fitted = fitter.fit(
                    in.stream().map(i -> rows[i]).toArray(double[][]::new),
                    in.stream().mapToDouble(i -> scores[i]).toArray());
            for (int i = 0; i < rows.length; i++) {
                if (folds[i] == fold) {
                    into[i] = fitted.applyAsDouble(rows[i]);
                }
            }
        }
    }
}
