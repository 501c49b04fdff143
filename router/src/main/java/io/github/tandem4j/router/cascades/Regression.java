package io.github.tandem4j.router.cascades;

import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.LinearSolverFactory_DDRM;
import org.ejml.interfaces.linsol.LinearSolverDense;

/**
 * Fits linear models with a Gaussian prior on the weights of standardised features, so that a small sample moves them
 * little. The intercept is free.
 */
final class Regression {

    private static final int MOST_STEPS = 50;
    private static final double CLOSE = 1e-7;
    private static final double FREE = 1e-3;

    private final int rows;
    private final int width;
    private final double[] mean;
    private final double[] scale;
    private final double[][] standard;
    private final double penalty;

    /**
     * @param features one row an example
     * @param penalty the prior's precision, in units of one example
     */
    Regression(double[][] features, double penalty) {
        rows = features.length;
        width = features[0].length;
        this.penalty = penalty;
        mean = new double[width];
        scale = new double[width];
        standard = new double[rows][width];
        for (int j = 0; j < width; j++) {
            int column = j;
            double[] known = Arrays.stream(features)
                    .mapToDouble(row -> row[column])
                    .filter(value -> !Double.isNaN(value))
                    .toArray();
            double middle = Arrays.stream(known).average().orElse(0);
            mean[j] = middle;
            double deviation = Math.sqrt(Arrays.stream(known)
                    .map(value -> (value - middle) * (value - middle))
                    .average()
                    .orElse(0));
            scale[j] = deviation < 1e-6 ? 1 : deviation;
            for (int i = 0; i < rows; i++) {
                // A constant tells nothing, and what differs from it later was never seen.
                standard[i][j] = deviation < 1e-6 ? 0 : LinearModel.standard(features[i][j], mean[j], scale[j]);
            }
        }
    }

    /** Ridge regression. */
    LinearModel linear(double[] targets) {
        double middle = 0;
        for (double target : targets) {
            middle += target / rows;
        }
        if (width > rows) {
            return new LinearModel(mean, scale, dual(targets, middle), middle);
        }
        DMatrixRMaj gram = new DMatrixRMaj(width, width);
        DMatrixRMaj moment = new DMatrixRMaj(width, 1);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < width; j++) {
                moment.data[j] += standard[i][j] * (targets[i] - middle);
                double one = standard[i][j];
                for (int k = 0; k <= j; k++) {
                    gram.data[j * width + k] += one * standard[i][k];
                }
            }
        }
        for (int j = 0; j < width; j++) {
            gram.data[j * width + j] += penalty;
            for (int k = 0; k < j; k++) {
                gram.data[k * width + j] = gram.data[j * width + k];
            }
        }
        return new LinearModel(mean, scale, solve(gram, moment), middle);
    }

    /** {@return the weights, by way of the rows' products with each other: of long rows the smaller system} */
    private double[] dual(double[] targets, double middle) {
        DMatrixRMaj products = new DMatrixRMaj(rows, rows);
        DMatrixRMaj side = new DMatrixRMaj(rows, 1);
        for (int i = 0; i < rows; i++) {
            for (int k = 0; k <= i; k++) {
                double product = 0;
                for (int j = 0; j < width; j++) {
                    product += standard[i][j] * standard[k][j];
                }
                products.data[i * rows + k] = product;
                products.data[k * rows + i] = product;
            }
            products.data[i * rows + i] += penalty;
            side.data[i] = targets[i] - middle;
        }
        double[] byRow = solve(products, side);
        double[] weights = new double[width];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < width; j++) {
                weights[j] += byRow[i] * standard[i][j];
            }
        }
        return weights;
    }

    /**
     * Logistic regression, by Newton's steps.
     *
     * @param targets 0..1
     * @param rising features whose weights must not be negative: one that would be is left out
     */
    LinearModel logistic(double[] targets, boolean... rising) {
        boolean[] out = new boolean[width];
        while (true) {
            double[] weights = newton(targets, out);
            boolean fine = true;
            for (int j = 0; j < rising.length; j++) {
                if (rising[j] && weights[j] < 0) {
                    out[j] = true;
                    fine = false;
                }
            }
            if (fine) {
                double[] slopes = new double[width];
                System.arraycopy(weights, 0, slopes, 0, width);
                return new LinearModel(mean, scale, slopes, weights[width]);
            }
        }
    }

    private double[] newton(double[] targets, boolean... out) {
        int n = width + 1;
        double[] weights = new double[n];
        double share = 0;
        for (double target : targets) {
            share += target / rows;
        }
        share = Math.min(0.98, Math.max(0.02, share));
        weights[width] = Math.log(share / (1 - share));
        double[] row = new double[n];
        row[width] = 1;
        for (int step = 0; step < MOST_STEPS; step++) {
            DMatrixRMaj hessian = new DMatrixRMaj(n, n);
            DMatrixRMaj gradient = new DMatrixRMaj(n, 1);
            for (int i = 0; i < rows; i++) {
                double sum = weights[width];
                for (int j = 0; j < width; j++) {
                    row[j] = out[j] ? 0 : standard[i][j];
                    sum += row[j] * weights[j];
                }
                double p = 1 / (1 + Math.exp(-sum));
                for (int j = 0; j < n; j++) {
                    gradient.data[j] += row[j] * (targets[i] - p);
                    for (int k = 0; k < n; k++) {
                        hessian.data[j * n + k] += p * (1 - p) * row[j] * row[k];
                    }
                }
            }
            for (int j = 0; j < n; j++) {
                double prior = j == width ? FREE : penalty;
                gradient.data[j] -= prior * weights[j];
                hessian.data[j * n + j] += prior;
            }
            double[] change = solve(hessian, gradient);
            double largest = 0;
            for (int j = 0; j < n; j++) {
                weights[j] += change[j];
                largest = Math.max(largest, Math.abs(change[j]));
            }
            if (largest < CLOSE) {
                break;
            }
        }
        return weights;
    }

    private static double[] solve(DMatrixRMaj matrix, DMatrixRMaj side) {
        LinearSolverDense<DMatrixRMaj> solver = LinearSolverFactory_DDRM.chol(matrix.numRows);
        if (!solver.setA(matrix)) {
            throw new IllegalArgumentException("the features are no finite numbers, so that nothing can be fitted");
        }
        DMatrixRMaj solution = new DMatrixRMaj(matrix.numRows, 1);
        solver.solve(side, solution);
        return solution.data;
    }
}
