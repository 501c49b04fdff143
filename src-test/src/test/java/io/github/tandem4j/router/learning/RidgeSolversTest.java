package io.github.tandem4j.router.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.tandem4j.router.features.FeatureRows;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Least squares with a penalty, against the equations that define it. */
class RidgeSolversTest {

    private static final double[] PENALTIES = {1, 3, 10, 30, 100};

    @Test
    void shiftedGradientsSolveEveryPenaltyAtOnce() {
        int rows = 120;
        int columns = 30;
        Random random = new Random(5);
        float[][] dense = new float[rows][columns];
        for (float[] row : dense) {
            for (int i = 0; i < 6; i++) {
                row[random.nextInt(columns)] = random.nextFloat();
            }
        }
        double[][] targets = new double[2][rows];
        for (int i = 0; i < rows; i++) {
            targets[0][i] = random.nextGaussian() + dense[i][0];
            targets[1][i] = i % 7 == 0 ? Double.NaN : random.nextGaussian();
        }

        double[][][] solved = new ShiftedGradients(sparse(dense, columns), targets, PENALTIES).solve();

        for (int t = 0; t < targets.length; t++) {
            for (int p = 0; p < PENALTIES.length; p++) {
                assertThat(gradient(dense, targets[t], PENALTIES[p], solved[t][p]))
                        .as("slope of the penalised error, target %d, penalty %s", t, PENALTIES[p])
                        .containsExactly(new double[columns], within(1e-4));
            }
        }
    }

    /** {@code (XᵀX + λI) w − Xᵀy}, which is zero at the solution. */
    private static double[] gradient(float[][] rows, double[] target, double penalty, double[] slopes) {
        double[] gradient = Arrays.stream(slopes).map(slope -> penalty * slope).toArray();
        for (int i : Ridge.known(target)) {
            double off = -target[i];
            for (int d = 0; d < slopes.length; d++) {
                off += slopes[d] * rows[i][d];
            }
            for (int d = 0; d < slopes.length; d++) {
                gradient[d] += off * rows[i][d];
            }
        }
        return gradient;
    }

    /** More rows than columns, and fewer. */
    @ParameterizedTest
    @ValueSource(ints = {10, 150})
    void aPartIsPredictedByALineOfTheOtherPartsAlone(int columns) {
        int size = 100;
        Random random = new Random(9);
        float[][] dense = new float[size][columns];
        double[] target = new double[size];
        int[] parts = new int[size];
        for (int i = 0; i < size; i++) {
            for (int d = 0; d < columns; d++) {
                dense[i][d] = (float) random.nextGaussian();
            }
            target[i] = dense[i][0] + 0.3 * dense[i][1] + random.nextGaussian();
            parts[i] = i % 4;
        }
        FeatureRows rows = FeatureRows.dense(columns, dense);

        double[] unseen = new Ridge().heldOut(rows, new double[][] {target}, parts, 1)[0];

        for (int part = 0; part < 4; part++) {
            int[] outside = CrossFit.places(parts, part, false);
            int[] inside = CrossFit.places(parts, part, true);
            FeatureRows scaled =
                    Standardised.of(rows).apply(rows); // columns are scaled by all rows, which tells no target
            RidgeSolver.Line line = new RidgeSolver(scaled, outside).solve(target);
            double[] expected = Arrays.stream(inside)
                    .mapToDouble(i -> line.intercept() + Linear.dot(line.slopes(), scaled.values(i)))
                    .toArray();
            assertThat(CrossFit.at(unseen, inside)).containsExactly(expected, within(1e-4));
        }
    }

    private static FeatureRows sparse(float[][] dense, int dimension) {
        int[][] columns = new int[dense.length][];
        float[][] values = new float[dense.length][];
        for (int i = 0; i < dense.length; i++) {
            float[] row = dense[i];
            columns[i] = IntStream.range(0, dimension).filter(d -> row[d] != 0).toArray();
            values[i] = new float[columns[i].length];
            for (int c = 0; c < columns[i].length; c++) {
                values[i][c] = row[columns[i][c]];
            }
        }
        return FeatureRows.sparse(dimension, columns, values);
    }
}
