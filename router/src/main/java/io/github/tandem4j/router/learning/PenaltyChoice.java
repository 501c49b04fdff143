package io.github.tandem4j.router.learning;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.TridiagonalSimilarDecomposition_F64;
import org.jspecify.annotations.Nullable;

/**
 * The penalty of a ridge regression by generalised cross-validation (Golub, Heath and Wahba 1979). Of the products {@code S} of
 * centred columns with columns, or of rows with rows, {@code S = Q T Qᵀ} with {@code T} tridiagonal is computed once; from there
 * each penalty costs time in proportion to the size of {@code S} alone.
 */
final class PenaltyChoice {

    /** Of the mean energy of a direction, on a grid of half decades. */
    private static final double[] PENALTIES = grid();

    private final double[][] products;
    private final int size;
    private final boolean ofRows;
    private final double energy;
    private @Nullable DMatrixRMaj q;
    private double[] diagonal = {};
    private double[] beside = {};

    /** @param ofRows whether these are products of rows, so that what is solved for is a number a row */
    PenaltyChoice(double[][] products, boolean ofRows) {
        this.products = products;
        this.ofRows = ofRows;
        size = products.length;
        double trace = 0;
        for (int i = 0; i < size; i++) {
            trace += products[i][i];
        }
        energy = trace;
    }

    private static double[] grid() {
        double[] grid = new double[13];
        for (int i = 0; i < grid.length; i++) {
            grid[i] = Math.pow(10, -2 + i / 2.0);
        }
        return grid;
    }

    /** {@return the trace of the products; without any there is nothing to solve} */
    double energy() {
        return energy;
    }

    /**
     * {@return what solves {@code (S + λI) w = b} at the best λ}
     *
     * @param right {@code b}: of columns {@code Xᵀy}, of rows {@code y}
     * @param squares {@code |y|²} of the centred target
     * @param rows how many there are
     */
    double[] solve(double[] right, double squares, long rows) {
        DMatrixRMaj basis = tridiagonal();
        double[] c = new double[size];
        for (int row = 0; row < size; row++) {
            for (int column = 0; column < size; column++) {
                c[column] += basis.data[row * size + column] * right[row];
            }
        }
        double best = Double.POSITIVE_INFINITY;
        double[] solution = new double[size];
        for (double candidate : PENALTIES) {
            double lambda = candidate * energy / size;
            double[] inQ = Tridiagonal.solve(diagonal, beside, lambda, c);
            double trace = Tridiagonal.inverseTrace(diagonal, beside, lambda);
            double residual = residual(squares, c, inQ, lambda);
            double free = rows - 1 - (size - lambda * trace);
            double score = residual / Math.max(1e-9, free * free);
            if (free > 0.02 * rows && score < best * (1 - 1e-9)) {
                best = score;
                solution = inQ;
            }
        }
        double[] numbers = new double[size];
        for (int row = 0; row < size; row++) {
            for (int column = 0; column < size; column++) {
                numbers[row] += basis.data[row * size + column] * solution[column];
            }
        }
        return numbers;
    }

    /** {@code |y − Xw|²}: of columns from the products alone, of rows as {@code λ² |α|²}. */
    private double residual(double squares, double[] c, double[] solution, double lambda) {
        double linear = 0;
        double norm = 0;
        for (int i = 0; i < c.length; i++) {
            linear += c[i] * solution[i];
            norm += solution[i] * solution[i];
        }
        return ofRows ? lambda * lambda * norm : squares - linear - lambda * norm;
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
}
