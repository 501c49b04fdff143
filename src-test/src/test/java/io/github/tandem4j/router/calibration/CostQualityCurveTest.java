package io.github.tandem4j.router.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class CostQualityCurveTest {

    private static final double[] WEAK = {1, 0, 0, 1};
    private static final double[] STRONG = {1, 1, 1, 0};

    @Test
    void isWhatOneReckonsByHand() {
        // By score: +1, +1, 0, -1. PGR after 0 to 4 calls: 0, 1, 2, 2, 1; its area (.5 + 1.5 + 2 + 1.5) / 4.
        CostQualityCurve curve = CostQualityCurve.of(new double[] {0.2, 0.9, 0.8, 0.1}, WEAK, STRONG);

        assertThat(curve.apgr()).isCloseTo(5.5 / 4, within(1e-12));
        assertThat(curve.cpt(0.5)).isCloseTo(0.125, within(1e-12));
        assertThat(curve.cpt(1)).isCloseTo(0.25, within(1e-12));
        assertThat(curve.pgr(0.5)).isCloseTo(2, within(1e-12));
        assertThat(curve.weakQuality()).isEqualTo(0.5);
        assertThat(curve.strongQuality()).isEqualTo(0.75);
        assertThat(curve.firstShareAt(0.6)).isCloseTo(0.1, within(1e-12));
        assertThat(curve.apgr())
                .isEqualTo(CostQualityCurve.ofOracle(WEAK, STRONG).apgr());
    }

    @Test
    void crossesForTheFirstTimeAndNotForTheLast() {
        // gain +1, -1, -1, +1, +1: PGR 0, 1, 0, -1, 0, 1
        CostQualityCurve curve = CostQualityCurve.of(
                new double[] {5, 4, 3, 2, 1}, new double[] {0, 1, 1, 0, 0}, new double[] {1, 0, 0, 1, 1});

        assertThat(curve.cpt(0.8)).isCloseTo(0.16, within(1e-12));
    }

    @Test
    void aConstantScoreIsChance() {
        CostQualityCurve curve = CostQualityCurve.of(new double[4], WEAK, STRONG);

        assertThat(curve.apgr()).isEqualTo(0.5);
        assertThat(curve.cpt(0.8)).isCloseTo(0.8, within(1e-12));
        assertThat(curve.points()).hasSize(2);
    }

    @Test
    void nothingIsRecoveredOfAGapThatIsNotThere() {
        CostQualityCurve curve = CostQualityCurve.of(new double[] {1, 2, 3, 4}, /* weak= */ STRONG, /* strong= */ WEAK);

        assertThat(curve.apgr()).isNaN();
        assertThat(curve.cpt(0.5)).isNaN();
        assertThat(curve.pgr(0.5)).isNaN();
    }

    @Test
    void refusesWhatIsNoCurve() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CostQualityCurve.of(new double[] {Double.NaN}, new double[1], new double[1]));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CostQualityCurve.of(new double[0], new double[0], new double[0]));
    }

    @Test
    void randomScoresHaveHalfOfTheAreaOnEitherGrid() {
        Random random = new Random(3);
        int n = 200_000;
        double[] scores = random.doubles(n).toArray();
        double[] weak = random.doubles(n).map(u -> u < 0.68 ? 1 : 0).toArray();
        double[] strong = random.doubles(n).map(u -> u < 0.81 ? 1 : 0).toArray();
        CostQualityCurve curve = CostQualityCurve.of(scores, weak, strong);

        assertThat(curve.apgr()).isCloseTo(0.5, within(0.02));
        assertThat(curve.apgrOnDeciles(scores)).isCloseTo(curve.apgr(), within(0.01));
        assertThat(curve.cpt(0.8)).isCloseTo(0.8, within(0.03));
    }

    /** Every threshold by itself, from its definition. */
    @Property
    void theAreaIsThatOfAllThresholds(@ForAll @IntRange(min = 1, max = 30) int n, @ForAll long seed) {
        Random random = new Random(seed);
        double[] scores = random.doubles(n).map(u -> Math.floor(u * 8)).toArray(); // with ties
        double[] weak = random.doubles(n).toArray();
        double[] strong = random.doubles(n).toArray();
        double gap = Arrays.stream(strong).average().orElseThrow()
                - Arrays.stream(weak).average().orElseThrow();
        Assume.that(gap > 0.02);

        double area = 0;
        double shareBefore = 0;
        double pgrBefore = 0;
        for (double threshold : Arrays.stream(scores)
                .distinct()
                .sorted()
                .map(s -> -s)
                .sorted()
                .map(s -> -s)
                .toArray()) {
            double sum = 0;
            int calls = 0;
            for (int i = 0; i < n; i++) {
                sum += scores[i] >= threshold ? strong[i] - weak[i] : 0;
                calls += scores[i] >= threshold ? 1 : 0;
            }
            double share = (double) calls / n;
            double pgr = sum / n / gap;
            area += (share - shareBefore) * (pgr + pgrBefore) / 2;
            shareBefore = share;
            pgrBefore = pgr;
        }
        CostQualityCurve curve = CostQualityCurve.of(scores, weak, strong);

        assertThat(curve.apgr()).isCloseTo(area, within(1e-9));
        assertThat(curve.apgr())
                .isLessThanOrEqualTo(CostQualityCurve.ofOracle(weak, strong).apgr() + 1e-9);
        assertThat(curve.pgr(curve.cpt(0.5))).isCloseTo(0.5, within(1e-6));
        double[] shares = {0, 0.3, 1};
        int[] once = new int[n];
        Arrays.fill(once, 1);
        double[] qualities = curve.qualities(shares, once);
        for (int i = 0; i < shares.length; i++) {
            assertThat(qualities[i]).isCloseTo(curve.quality(shares[i]), within(1e-9));
        }
    }

    /** A resample is the data in which each query stands as often as it was drawn. */
    @Property
    void aResampleIsTheCurveOfTheDrawnQueries(@ForAll @IntRange(min = 2, max = 20) int n, @ForAll long seed) {
        Random random = new Random(seed);
        double[] scores = random.doubles(n).map(u -> Math.floor(u * 6)).toArray();
        double[] weak = random.doubles(n).toArray();
        double[] strong = random.doubles(n).toArray();
        int[] times = new int[n];
        int[] drawn = random.ints(n, 0, n).toArray();
        Arrays.stream(drawn).forEach(i -> times[i]++);
        CostQualityCurve again = CostQualityCurve.of(
                Arrays.stream(drawn).mapToDouble(i -> scores[i]).toArray(),
                Arrays.stream(drawn).mapToDouble(i -> weak[i]).toArray(),
                Arrays.stream(drawn).mapToDouble(i -> strong[i]).toArray());
        Assume.that(again.strongQuality() - again.weakQuality() > 0.02);
        CostQualityCurve curve = CostQualityCurve.of(scores, weak, strong);

        assertThat(curve.apgr(times)).isCloseTo(again.apgr(), within(1e-9));
        assertThat(curve.cpt(0.5, times)).isCloseTo(again.cpt(0.5), within(1e-9));
    }

    @Test
    void theHullMixesItsCornersAndNeverFalls() {
        List<Hull.Point> points = List.of(
                new Hull.Point(0, 0.4), new Hull.Point(1, 0.45), new Hull.Point(2, 0.8), new Hull.Point(4, 0.6));

        assertThat(Hull.of(points)).containsExactly(new Hull.Point(0, 0.4), new Hull.Point(2, 0.8));
        // a line from .4 to .8 over half of the cost, and .8 over the other half
        assertThat(Hull.aiq(points)).isCloseTo(0.7, within(1e-12));
        assertThat(Hull.aiq(points.subList(0, 1))).isNaN();
    }

    @Test
    void intervalsHoldTheTruthAboutAsOftenAsTheySay() {
        int held = 0;
        for (int trial = 0; trial < 300; trial++) {
            double[] draws =
                    new Random(trial).doubles(120).map(u -> u < 0.7 ? 1 : 0).toArray();
            Interval interval = Bootstrap.ofRows(120, 300, trial).mean(draws);
            held += interval.low() <= 0.7 && 0.7 <= interval.high() ? 1 : 0;
        }
        assertThat(held / 300.0).isBetween(0.90, 0.98);
    }
}
