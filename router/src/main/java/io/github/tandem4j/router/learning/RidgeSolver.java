package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.TridiagonalSimilarDecomposition_F64;
import org.jspecify.annotations.Nullable;

/**
 * Least squares with a penalty, over the rows that some targets have in common. With {@code S} the smaller of the two
 * matrices of products (of columns with columns, or of rows with rows), {@code S = Q T Qᵀ} with {@code T} tridiagonal is
 * computed once; from there each penalty costs time in proportion to the size of {@code S} alone.
 */
final class RidgeSolver {

    /** Of the mean energy of a direction, on a grid of half decades. */
    private static final double[] PENALTIES = grid();

    private final float[][] x;
    private final int[] known;
    private final double[] means;
    private final boolean byColumns;
    private final int size;
    private final double[][] products;
    private @Nullable DMatrixRMaj q;
    private double[] diagonal = {};
    private double[] beside = {};

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
        size = Math.min(dimension, known.length);
        products = byColumns ? Products.ofColumns(x, dimension, all()) : Products.ofRows(x);
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
        size = byColumns ? dimension : outside.length;
        if (!byColumns) {
            products = Products.ofRows(x);
            return;
        }
        products = Products.ofColumns(whole.x, dimension, inside);
        for (int i = 0; i < dimension; i++) {
            for (int j = 0; j < dimension; j++) {
                products[i][j] = whole.products[i][j] - products[i][j] - outside.length * shift[i] * shift[j];
            }
        }
    }

    private static double[] grid() {
        double[] grid = new double[13];
        for (int i = 0; i < grid.length; i++) {
            grid[i] = Math.pow(10, -2 + i / 2.0);
        }
        return grid;
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
        double energy = 0;
        for (int i = 0; i < size; i++) {
            energy += products[i][i];
        }
        if (size == 0 || energy <= 0) {
            return new Line(new float[means.length], mean);
        }
        DMatrixRMaj basis = tridiagonal();
        double[] right = byColumns ? Products.transposedTimes(x, y, means.length) : y;
        double[] c = new double[size];
        for (int row = 0; row < size; row++) {
            for (int column = 0; column < size; column++) {
                c[column] += basis.data[row * size + column] * right[row];
            }
        }
        double squares = 0;
        for (double value : y) {
            squares += value * value;
        }
        double best = Double.POSITIVE_INFINITY;
        double[] solution = new double[size];
        for (double candidate : PENALTIES) {
            double lambda = candidate * energy / size;
            double[] inQ = Tridiagonal.solve(diagonal, beside, lambda, c);
            double trace = Tridiagonal.inverseTrace(diagonal, beside, lambda);
            double residual = residual(squares, c, inQ, lambda);
            double free = y.length - 1 - (size - lambda * trace);
            double score = residual / Math.max(1e-9, free * free);
            if (free > 0.02 * y.length && score < best * (1 - 1e-9)) {
                best = score;
                solution = inQ;
            }
        }
        double[] dual = new double[size];
        for (int row = 0; row < size; row++) {
            for (int column = 0; column < size; column++) {
                dual[row] += basis.data[row * size + column] * solution[column];
            }
        }
        return line(byColumns ? dual : Products.transposedTimes(x, dual, means.length), mean);
    }

    /** {@code |y − Xw|²}: by columns from the products alone, by rows as {@code λ² |α|²}. */
    private double residual(double squares, double[] c, double[] solution, double lambda) {
        double linear = 0;
        double norm = 0;
        for (int i = 0; i < size; i++) {
            linear += c[i] * solution[i];
            norm += solution[i] * solution[i];
        }
        return byColumns ? squares - linear - lambda * norm : lambda * lambda * norm;
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

    private DMatrixRMaj tridiagonal() {
        if (q == null) {
            TridiagonalSimilarDecomposition_F64<DMatrixRMaj> decomposition =
                    DecompositionFactory_DDRM.tridiagonal(size);
            decomposition.decompose(new DMatrixRMaj(products));
            diagonal = new double[size];
            beside = new double[size];
            decomposition.getDiagonal(diagonal, beside);
            q = decomposition.getQ(null, false);
        }
        return q;
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
