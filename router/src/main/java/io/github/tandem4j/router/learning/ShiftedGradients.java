package io.github.tandem4j.router.learning;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.Arrays;

/**
 * Conjugate gradients for {@code (XᵀX + λI) w = Xᵀy} under several penalties at once. Their residuals stay parallel, so the
 * products with {@code X}, nearly all of the work, are those of the smallest penalty alone (Jegerlehner 1996, "Krylov space
 * solvers for shifted linear systems"); targets share each pass over the rows.
 */
final class ShiftedGradients {

    private static final int STEPS = 40;
    private static final double ENOUGH = 1e-10;

    private final FeatureRows rows;
    private final double[][] targets;
    private final double[] penalties;
    private final int count;
    private final int dimension;

    /**
     * Of centred targets, in which NaN is a gap.
     *
     * @param rows sparse
     * @param penalties ascending
     */
    ShiftedGradients(FeatureRows rows, double[][] targets, double[] penalties) {
        this.rows = rows;
        this.targets = targets;
        this.penalties = penalties;
        count = targets.length;
        dimension = rows.dimension();
    }

    /** {@return for each target and penalty the slopes} */
    double[][][] solve() {
        int length = dimension * count;
        double[] residual = transposed(filled());
        double[] direction = residual.clone();
        double[][] solutions = new double[penalties.length][length];
        double[][] directions = new double[penalties.length][];
        for (int p = 1; p < penalties.length; p++) {
            directions[p] = residual.clone();
        }
        double[] squares = squares(residual);
        double[] first = squares.clone();
        double[] lengthBefore = new double[count];
        double[] moreBefore = new double[count];
        double[][] zeta = new double[penalties.length][count];
        double[][] zetaBefore = new double[penalties.length][count];
        Arrays.fill(lengthBefore, 1);
        for (int p = 0; p < penalties.length; p++) {
            Arrays.fill(zeta[p], 1);
            Arrays.fill(zetaBefore[p], 1);
        }
        for (int step = 0; step < STEPS && isOpen(squares, first); step++) {
            double[] image = transposed(along(direction));
            double[] curvature = new double[count];
            for (int i = 0; i < length; i += count) {
                for (int t = 0; t < count; t++) {
                    image[i + t] += penalties[0] * direction[i + t];
                    curvature[t] += direction[i + t] * image[i + t];
                }
            }
            double[] go = new double[count];
            for (int t = 0; t < count; t++) {
                go[t] = curvature[t] > 0 ? squares[t] / curvature[t] : 0;
            }
            for (int i = 0; i < length; i += count) {
                for (int t = 0; t < count; t++) {
                    solutions[0][i + t] += go[t] * direction[i + t];
                    residual[i + t] -= go[t] * image[i + t];
                }
            }
            double[] next = squares(residual);
            double[] more = new double[count];
            for (int t = 0; t < count; t++) {
                more[t] = squares[t] > 0 ? next[t] / squares[t] : 0;
            }
            for (int i = 0; i < length; i += count) {
                for (int t = 0; t < count; t++) {
                    direction[i + t] = residual[i + t] + more[t] * direction[i + t];
                }
            }
            for (int p = 1; p < penalties.length; p++) {
                shift(p, go, more, lengthBefore, moreBefore, zeta, zetaBefore, solutions[p], directions[p], residual);
            }
            lengthBefore = go;
            moreBefore = more;
            squares = next;
        }
        return apart(solutions);
    }

    /** One step under a greater penalty, whose residual is the common one times ζ. */
    private void shift(
            int p,
            double[] go,
            double[] more,
            double[] goBefore,
            double[] moreBefore,
            double[][] zetas,
            double[][] zetasBefore,
            double[] solution,
            double[] direction,
            double[] residual) {
        double shift = penalties[p] - penalties[0];
        double[] steps = new double[count];
        double[] follow = new double[count];
        double[] scale = new double[count];
        for (int t = 0; t < count; t++) {
            double zeta = zetas[p][t];
            double before = zetasBefore[p][t];
            double below = go[t] * moreBefore[t] * (before - zeta) + before * goBefore[t] * (1 + shift * go[t]);
            double next = zeta < 1e-100 || go[t] == 0 ? 0 : zeta * before * goBefore[t] / below;
            double ratio = zeta > 0 ? next / zeta : 0;
            steps[t] = go[t] * ratio;
            follow[t] = more[t] * ratio * ratio;
            scale[t] = next;
            zetasBefore[p][t] = zeta;
            zetas[p][t] = next;
        }
        for (int i = 0; i < solution.length; i += count) {
            for (int t = 0; t < count; t++) {
                solution[i + t] += steps[t] * direction[i + t];
                direction[i + t] = scale[t] * residual[i + t] + follow[t] * direction[i + t];
            }
        }
    }

    private boolean isOpen(double[] squares, double[] first) {
        for (int t = 0; t < count; t++) {
            if (squares[t] > ENOUGH * first[t] && squares[t] > 1e-20) {
                return true;
            }
        }
        return false;
    }

    /** The targets, one after the other for each row; gaps are zero. */
    private double[] filled() {
        double[] filled = new double[rows.size() * count];
        for (int i = 0; i < rows.size(); i++) {
            for (int t = 0; t < count; t++) {
                filled[i * count + t] = Double.isNaN(targets[t][i]) ? 0 : targets[t][i];
            }
        }
        return filled;
    }

    private double[] along(double[] direction) {
        double[] products = new double[rows.size() * count];
        double[] sums = new double[count];
        for (int i = 0; i < rows.size(); i++) {
            int[] columns = rows.columns(i);
            float[] values = rows.values(i);
            Arrays.fill(sums, 0);
            for (int c = 0; c < columns.length; c++) {
                int at = columns[c] * count;
                for (int t = 0; t < count; t++) {
                    sums[t] += direction[at + t] * values[c];
                }
            }
            for (int t = 0; t < count; t++) {
                products[i * count + t] = Double.isNaN(targets[t][i]) ? 0 : sums[t];
            }
        }
        return products;
    }

    private double[] transposed(double[] factors) {
        double[] sums = new double[dimension * count];
        for (int i = 0; i < rows.size(); i++) {
            int[] columns = rows.columns(i);
            float[] values = rows.values(i);
            for (int c = 0; c < columns.length; c++) {
                int at = columns[c] * count;
                for (int t = 0; t < count; t++) {
                    sums[at + t] += factors[i * count + t] * values[c];
                }
            }
        }
        return sums;
    }

    private double[] squares(double[] values) {
        double[] sums = new double[count];
        for (int i = 0; i < values.length; i += count) {
            for (int t = 0; t < count; t++) {
                sums[t] += values[i + t] * values[i + t];
            }
        }
        return sums;
    }

    private double[][][] apart(double[][] solutions) {
        double[][][] apart = new double[count][penalties.length][dimension];
        for (int p = 0; p < penalties.length; p++) {
            for (int d = 0; d < dimension; d++) {
                for (int t = 0; t < count; t++) {
                    apart[t][p][d] = solutions[p][d * count + t];
                }
            }
        }
        return apart;
    }
}
