package io.github.tandem4j.router.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.router.features.FeatureRows;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NeighboursTest {

    private static final int DIMENSION = 8;

    /** A graph of as many rows as it is made for takes a while; of 8,000 it must find as many of the nearest. */
    private static final int ROWS = Boolean.getBoolean("tandem.thorough") ? 60_000 : 8_000;

    /** Rows about some centres; what becomes of one depends on its centre. */
    private static FeatureRows rows(int size, int first, double[] target) {
        Random centre = new Random(1);
        float[][] centres = new float[40][DIMENSION];
        for (float[] row : centres) {
            for (int d = 0; d < DIMENSION; d++) {
                row[d] = (float) centre.nextGaussian();
            }
        }
        Random random = new Random(first);
        float[][] rows = new float[size][DIMENSION];
        for (int i = 0; i < size; i++) {
            int which = random.nextInt(centres.length);
            for (int d = 0; d < DIMENSION; d++) {
                rows[i][d] = centres[which][d] + 0.4f * (float) random.nextGaussian();
            }
            target[i] = random.nextDouble() < (which % 2 == 0 ? 0.9 : 0.1) ? 1 : 0;
        }
        return FeatureRows.dense(DIMENSION, rows);
    }

    private static float[][] unit(FeatureRows rows) {
        float[][] unit = new float[rows.size()][];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = rows.values(i).clone();
            Similar.toUnitLength(unit[i]);
        }
        return unit;
    }

    private static Set<Integer> set(int[] places) {
        return Arrays.stream(places).boxed().collect(Collectors.toSet());
    }

    private static double recall(KnownRows exact, KnownRows graph, float[][] asked, int count) {
        double[] numbers = new double[exact.size()];
        double found = 0;
        for (float[] row : asked) {
            Set<Integer> nearest = set(exact.nearest(row, count, place -> true, numbers));
            nearest.retainAll(set(graph.nearest(row, count, place -> true, numbers)));
            found += nearest.size();
        }
        return found / count / asked.length;
    }

    @Test
    void ofManyRowsAGraphFindsNearlyAllOfTheNearestAndSurvivesAFile() {
        float[][] known = unit(rows(ROWS, 2, new double[ROWS]));
        float[][] asked = unit(rows(100, 3, new double[100]));
        KnownRows graph = KnownRows.nearest(known, DIMENSION, ROWS);
        KnownRows exact = KnownRows.exact(known, DIMENSION);

        for (int count : new int[] {8, 64, Neighbours.MOST}) {
            double recall = recall(exact, graph, asked, count);
            assertThat(recall)
                    .as("recall of the nearest %s of %s, seeds 1 to 3", count, ROWS)
                    .isGreaterThan(0.97);
        }
        Weights weights = new Weights();
        graph.write(weights);
        KnownRows read = KnownRows.read(weights, DIMENSION, ROWS);
        for (float[] row : asked) {
            assertThat(read.nearest(row, 16, place -> true, new double[0]))
                    .containsExactly(graph.nearest(row, 16, place -> true, new double[0]));
        }
    }

    @Test
    void theSameRowsGiveTheSameGraph() {
        float[][] known = unit(rows(700, 2, new double[700]));
        Weights once = new Weights();
        Weights again = new Weights();
        SimilarityGraph.of(known, DIMENSION).write(once);
        SimilarityGraph.of(known, DIMENSION).write(again);

        assertThat(once.integers("graph.edges", -1)).containsExactly(again.integers("graph.edges", -1));
        assertThat(once.integer("graph.entry")).isEqualTo(again.integer("graph.entry"));
    }

    @Test
    void alongAGraphItPredictsAsWellAsByComparingAll() {
        double[] target = new double[3000];
        FeatureRows rows = rows(3000, 2, target);
        double[][] targets = {target};
        int[] parts = IntStream.range(0, 3000).map(i -> i % 5).toArray();
        double[] exact = Neighbours.nearest().heldOut(rows, targets, parts, 7)[0];
        Neighbours along = Neighbours.nearest(1000);
        double[] graph = along.heldOut(rows, targets, parts, 7)[0];

        assertThat(Explained.apgr(graph, target)).isGreaterThan(0.8 * Explained.apgr(exact, target));
        assertThat(error(graph, target)).isLessThan(1.02 * error(exact, target));

        FittedHead fitted = along.fit(rows, targets, 7);
        Weights weights = new Weights();
        fitted.write(weights);
        FeatureRows others = rows(50, 5, new double[50]);
        assertThat(along.read(weights).predict(others)[0]).containsExactly(fitted.predict(others)[0]);
    }

    private static double error(double[] predicted, double[] target) {
        double sum = 0;
        for (int i = 0; i < target.length; i++) {
            sum += (predicted[i] - target[i]) * (predicted[i] - target[i]);
        }
        return sum;
    }

    @Test
    void aRowThatIsHeldOutHasNoNeighbourOfItsOwnPart() {
        float[][] known = unit(rows(2000, 2, new double[2000]));
        for (KnownRows rows :
                new KnownRows[] {KnownRows.exact(known, DIMENSION), KnownRows.nearest(known, DIMENSION, 100)}) {
            int[] near = rows.nearest(known[0], 32, place -> place % 5 != 0, new double[2000]);
            assertThat(near).hasSize(32);
            assertThat(Arrays.stream(near)).noneMatch(place -> place % 5 == 0);
        }
    }

    @Test
    void anAlteredGraphIsRefused() {
        float[][] known = unit(rows(500, 2, new double[500]));
        Weights whole = new Weights();
        SimilarityGraph.of(known, DIMENSION).write(whole);
        int[] edges = whole.integers("graph.edges", -1);
        int[] outside = edges.clone();
        outside[3] = 500;
        int[] broken = edges.clone();
        broken[0] = -1;
        int[] below = edges.clone();
        below[0] = -2;

        for (int[] altered : new int[][] {outside, broken, below, Arrays.copyOf(edges, edges.length - 1)}) {
            Weights weights = new Weights().put("graph.entry", 0).put("graph.edges", altered);
            assertThatThrownBy(() -> SimilarityGraph.read(weights, known, DIMENSION))
                    .isInstanceOf(ModelFileException.class)
                    .hasMessageContaining("graph.edges");
        }
        Weights entry = new Weights().put("graph.entry", 500).put("graph.edges", edges);
        assertThatThrownBy(() -> SimilarityGraph.read(entry, known, DIMENSION))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("graph.entry");
    }

    @Test
    void tilesGiveTheProductsOfEveryRow() {
        for (int dimension : new int[] {1, 3, 4, 7, 384}) {
            Random random = new Random(dimension);
            float[][] rows = new float[131][dimension];
            for (float[] row : rows) {
                for (int d = 0; d < dimension; d++) {
                    row[d] = random.nextFloat() - 0.5f;
                }
            }
            Tiles tiles = Tiles.of(rows, dimension);
            double[] products = new double[131];
            tiles.products(rows[7], products);
            for (int i = 0; i < 131; i++) {
                assertThat(products[i]).isCloseTo(Linear.dot(rows[i], rows[7]), within(1e-4));
                assertThat(tiles.row(i)).containsExactly(rows[i]);
            }
        }
    }
}
