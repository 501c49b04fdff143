package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Least squares with a penalty, over the rows that some targets have in common. The penalty is chosen over the
 * smaller of the two matrices of products, of columns with columns or of rows with rows.
 */
final class RidgeSolver {

    private final float[][] x;
    private final int[] known;
    private final double[] means;
    private final boolean byColumns;
    private final double[][] products;
    private final PenaltyChoice choice;

    RidgeSolver(FeatureRows rows, int[] known) {
        this.known = known;
        int dimension = rows.dimension();
        means = new double[dimension];
        for (int i : known) {
            float[] row = rows.values(i);
            for (int d = 0; d < dimension; d++) {
                means[d] += row[d] / known.length;
            }
        }
        x = new float[known.length][dimension];
        for (int i = 0; i < known.length; i++) {
            float[] row = rows.values(known[i]);
            for (int d = 0; d < dimension; d++) {
                x[i][d] = (float) (row[d] - means[d]);
            }
        }
        byColumns = dimension <= known.length;
        products = byColumns ? Products.ofColumns(x, dimension, all()) : Products.ofRows(x);
        choice = new PenaltyChoice(products, !byColumns);
    }

    /** Over some of another's rows, centred anew; what the others add to sums of products over columns is taken out. */
    private RidgeSolver(RidgeSolver whole, int[] outside, int[] inside) {
        known = CrossFit.at(whole.known, outside);
        int dimension = whole.means.length;
        double[] shift = new double[dimension];
        for (int i : outside) {
            for (int d = 0; d < dimension; d++) {
                shift[d] += whole.x[i][d] / outside.length;
            }
        }
        means = new double[dimension];
        for (int d = 0; d < dimension; d++) {
            means[d] = whole.means[d] + shift[d];
        }
        x = new float[outside.length][dimension];
        for (int i = 0; i < outside.length; i++) {
            for (int d = 0; d < dimension; d++) {
                x[i][d] = (float) (whole.x[outside[i]][d] - shift[d]);
            }
        }
        byColumns = whole.byColumns;
        products = byColumns ? Products.ofColumns(whole.x, dimension, inside) : Products.ofRows(x);
        for (int i = 0; byColumns && i < dimension; i++) {
            for (int j = 0; j < dimension; j++) {
                products[i][j] = whole.products[i][j] - products[i][j] - outside.length * shift[i] * shift[j];
            }
        }
        choice = new PenaltyChoice(products, !byColumns);
    }

    private int[] all() {
        return IntStream.range(0, x.length).toArray();
    }

    /** A fitted line. */
    static final class Line {

        private final float[] slopes;
        private final double intercept;

        Line(float[] slopes, double intercept) {
            this.slopes = slopes;
            this.intercept = intercept;
        }

        float[] slopes() {
            return slopes;
        }

        double intercept() {
            return intercept;
        }
    }

    /** {@return the line for this target, known at all of these rows} */
    Line solve(double[] target) {
        double[] y = CrossFit.at(target, known);
        double mean = Arrays.stream(y).average().orElse(0);
        for (int i = 0; i < y.length; i++) {
            y[i] -= mean;
        }
        if (choice.energy() <= 0) {
            return new Line(new float[means.length], mean);
        }
        double squares = 0;
        for (double value : y) {
            squares += value * value;
        }
        double[] right = byColumns ? Products.transposedTimes(x, y, means.length) : y;
        double[] solved = choice.solve(right, squares, y.length);
        return line(byColumns ? solved : Products.transposedTimes(x, solved, means.length), mean);
    }

    private Line line(double[] slopes, double mean) {
        float[] rounded = new float[slopes.length];
        double intercept = mean;
        for (int d = 0; d < slopes.length; d++) {
            rounded[d] = (float) slopes[d];
            intercept -= rounded[d] * means[d];
        }
        return new Line(rounded, intercept);
    }

    /**
     * {@return for each target and every row of the data, also those of which the target is not known, its prediction by a
     * line that was fitted, penalty and all, without its part}
     *
     * @param parts for each row of the data its part
     */
    double[][] heldOut(FeatureRows rows, List<double[]> targets, int[] parts) {
        double[][] predicted = new double[targets.size()][rows.size()];
        int last = Arrays.stream(parts).max().orElse(-1);
        IntStream.rangeClosed(0, last).parallel().forEach(part -> {
            int[] outside = IntStream.range(0, known.length)
                    .filter(i -> parts[known[i]] != part)
                    .toArray();
            int[] inside = IntStream.range(0, known.length)
                    .filter(i -> parts[known[i]] == part)
                    .toArray();
            RidgeSolver others = new RidgeSolver(this, outside, inside);
            for (int t = 0; t < predicted.length; t++) {
                Line line = others.solve(targets.get(t));
                for (int i = 0; i < parts.length; i++) {
                    if (parts[i] == part) {
                        predicted[t][i] = line.intercept() + Linear.dot(line.slopes(), rows.values(i));
                    }
                }
            }
        });
        return predicted;
    }
}
