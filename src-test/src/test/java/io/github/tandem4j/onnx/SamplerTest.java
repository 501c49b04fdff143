package io.github.tandem4j.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tandem4j.ModelFileException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.commons.statistics.distribution.ChiSquaredDistribution;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplerTest {
    private static final int DRAWS = 10_000;

    /** With a fixed seed a combination passes always or never; the level only says how far off a right one may be. */
    private static final double LEVEL = 1e-3;

    @ParameterizedTest(name = "temperature {0}, top-k {1}, top-p {2}, min-p {3}")
    @CsvSource({
        "1.0, 1000, 1.00, 0.00",
        "0.5, 1000, 1.00, 0.00",
        "2.0, 1000, 1.00, 0.00",
        "1.0,    5, 1.00, 0.00",
        "1.0, 1000, 0.80, 0.00",
        "1.0, 1000, 1.00, 0.10",
        "0.7,   10, 0.90, 0.00",
        "1.5,    8, 0.95, 0.20",
        "1.3, 1000, 0.60, 0.05",
        "3.0,   30, 0.99, 0.50",
        "1.0,    1, 1.00, 0.00",
        "1.0, 1000, 0.01, 0.00",
        "1.0, 1000, 1.00, 1.00",
    })
    void drawsFollowTheDistribution(double temperature, int topK, double topP, double minP) {
        float[] logits = logits(40, 11);
        double[] expected = probabilities(logits, temperature, topK, topP, minP);
        Sampler sampler = new Sampler(temperature, topK, topP, minP, 20_240_607);
        int[] drawn = new int[logits.length];
        for (int i = 0; i < DRAWS; i++) {
            drawn[sampler.draw(logits)]++;
        }

        for (int id = 0; id < drawn.length; id++) {
            assertThat(expected[id] == 0 && drawn[id] > 0)
                    .as("token %s is cut off and drawn", id)
                    .isFalse();
        }
        assertThat(pValue(drawn, expected)).isGreaterThan(LEVEL);
    }

    @Test
    void anotherDistributionIsTold() {
        // The test above could not fail if it held any distribution for any other.
        float[] logits = logits(40, 11);
        Sampler sampler = new Sampler(1, 1000, 1, 0, 20_240_607);
        int[] drawn = new int[logits.length];
        for (int i = 0; i < DRAWS; i++) {
            drawn[sampler.draw(logits)]++;
        }

        assertThat(pValue(drawn, probabilities(logits, 1.1, 1000, 1, 0))).isLessThan(1e-6);
    }

    @Test
    void aVocabularyOfManyThousandsIsCutLikeASmallOne() {
        float[] logits = logits(50_000, 5);
        double[] expected = probabilities(logits, 0.8, 300, 0.9, 0.02);
        Sampler sampler = new Sampler(0.8, 300, 0.9, 0.02, 3);

        IntStream.range(0, 200)
                .forEach(i -> assertThat(expected[sampler.draw(logits)]).isPositive());
        assertThat(Arrays.stream(expected).sum()).isCloseTo(1, Offset.offset(1e-12));
    }

    @Test
    void whatIsForbiddenIsNeverDrawn() {
        float[] logits = new float[20];
        Arrays.fill(logits, Float.NEGATIVE_INFINITY);
        logits[7] = -300;
        logits[9] = -301;

        for (double topP : new double[] {0.5, 0.999, 1}) {
            for (int topK : new int[] {1, 2, 10, 1000}) {
                Sampler sampler = new Sampler(5, topK, topP, 0, 1);
                IntStream.range(0, 200)
                        .forEach(i -> assertThat(sampler.draw(logits)).isIn(7, 9));
            }
        }
    }

    @Test
    void logitsThatAreNoNumbersAreRefused() {
        float[] broken = {1, Float.NaN, 2};
        float[] none = {Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY};

        assertThatThrownBy(() -> new Sampler(1, 10, 1, 0, 1).draw(broken)).isInstanceOf(ModelFileException.class);
        assertThatThrownBy(() -> new Sampler(1, 10, 1, 0, 1).draw(none)).isInstanceOf(ModelFileException.class);
    }

    private static float[] logits(int size, long seed) {
        Random random = new Random(seed);
        float[] logits = new float[size];
        for (int i = 0; i < size; i++) {
            logits[i] = (float) (2 * random.nextGaussian());
        }
        return logits;
    }

    /** By the definitions, without the sampler's shortcuts. */
    private static double[] probabilities(float[] logits, double temperature, int topK, double topP, double minP) {
        double[] tempered = IntStream.range(0, logits.length)
                .mapToDouble(i -> Math.exp(logits[i] / temperature))
                .toArray();
        int[] order = IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -tempered[i]))
                .mapToInt(i -> i)
                .limit(topK)
                .toArray();
        double total = IntStream.of(order).mapToDouble(i -> tempered[i]).sum();
        double[] kept = new double[logits.length];
        double before = 0;
        for (int id : order) {
            if (before < topP && tempered[id] >= minP * tempered[order[0]]) {
                kept[id] = tempered[id];
            }
            before += tempered[id] / total;
        }
        double sum = Arrays.stream(kept).sum();
        return Arrays.stream(kept).map(each -> each / sum).toArray();
    }

    /** Pearson's, with tokens of fewer than five expected draws counted together. */
    private static double pValue(int[] drawn, double[] expected) {
        double statistic = 0;
        double rareExpected = 0;
        double rareDrawn = 0;
        int cells = 0;
        for (int i = 0; i < drawn.length; i++) {
            double expectedDraws = expected[i] * DRAWS;
            if (expectedDraws < 5) {
                rareExpected += expectedDraws;
                rareDrawn += drawn[i];
            } else {
                statistic += square(drawn[i] - expectedDraws) / expectedDraws;
                cells++;
            }
        }
        if (rareExpected > 0) {
            statistic += square(rareDrawn - rareExpected) / rareExpected;
            cells++;
        }
        return cells < 2 ? 1 : ChiSquaredDistribution.of(cells - 1).survivalProbability(statistic);
    }

    private static double square(double value) {
        return value * value;
    }
}
