package io.github.tandem4j.router.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BoundsTest {

    /** The expected numbers are scipy.stats.beta.ppf(1 - delta, k + 1, n - k) of SciPy 1.17.1. */
    @ParameterizedTest
    @CsvSource({
        "0, 30, 0.05, 0.09503385285530411",
        "2, 61, 0.05, 0.0996348801942324",
        "5, 100, 0.05, 0.1022533776432745",
        "42, 268, 0.05, 0.19792917378072208",
        "29, 30, 0.1, 0.9964941427304151"
    })
    void clopperPearsonIsThatOfScipy(int k, int n, double delta, double expected) {
        assertThat(Bounds.clopperPearsonUpper(k, n, delta)).isCloseTo(expected, within(1e-10));
        assertThat(Bounds.clopperPearsonLower(n - k, n, delta)).isCloseTo(1 - expected, within(1e-10));
    }

    @Test
    void nothingIsKnownOfNoTrial() {
        assertThat(Bounds.clopperPearsonUpper(0, 0, 0.05)).isEqualTo(1);
        assertThat(Bounds.clopperPearsonUpper(7, 7, 0.05)).isEqualTo(1);
        assertThat(Bounds.clopperPearsonLower(0, 7, 0.05)).isZero();
        assertThat(Bounds.bettingUpper(new double[0], 0.05)).isCloseTo(1, within(1e-9));
    }

    @Property(tries = 300)
    void theBoundIsWhereThePValueIsDelta(
            @ForAll @IntRange(min = 1, max = 500) int n,
            @ForAll @DoubleRange(min = 0, max = 0.99) double share,
            @ForAll @DoubleRange(min = 0.01, max = 0.5) double delta) {
        int k = (int) (share * n);
        double bound = Bounds.clopperPearsonUpper(k, n, delta);
        assertThat(Bounds.binomialPValue(k, n, bound)).isCloseTo(delta, within(1e-6));
        assertThat(bound).isGreaterThan((double) k / n);
    }

    /** Of 1,000 samples of a law no more may miss than delta and three standard errors: of losses whose variance is large and small. */
    @Test
    void boundsOnGradedLossesHoldAndBettingIsTheCloser() {
        SplittableRandom random = new SplittableRandom(1);
        double delta = 0.1;
        for (double[] law : new double[][] {{0, 1}, {0.1, 0.3}, {0, 0.5}, {0.02, 0.02}}) {
            double mean = 0.9 * law[0] + 0.1 * law[1];
            int bettingMisses = 0;
            int bernsteinMisses = 0;
            double betting = 0;
            double bernstein = 0;
            for (int trial = 0; trial < 1000; trial++) {
                double[] losses = new double[150];
                Arrays.setAll(losses, i -> random.nextDouble() < 0.1 ? law[1] : law[0]);
                double bet = Bounds.bettingUpper(losses, delta);
                double closed = Bounds.empiricalBernsteinUpper(losses, delta);
                bettingMisses += bet < mean - 1e-9 ? 1 : 0;
                bernsteinMisses += closed < mean - 1e-9 ? 1 : 0;
                betting += bet;
                bernstein += closed;
            }
            double allowed = 1000 * (delta + 3 * Math.sqrt(delta * (1 - delta) / 1000));
            assertThat((double) bettingMisses).isLessThanOrEqualTo(allowed);
            assertThat((double) bernsteinMisses).isLessThanOrEqualTo(allowed);
            assertThat(betting).isLessThan(bernstein);
        }
    }

    @Test
    void wilsonHoldsTheRateAndStaysInside() {
        Interval interval = Bounds.wilson(3, 20, 0.05);
        assertThat(interval.low()).isCloseTo(0.0524, within(1e-3)); // Brown, Cai and DasGupta's formula by hand
        assertThat(interval.high()).isCloseTo(0.3604, within(1e-3));
        assertThat(Bounds.wilson(0, 20, 0.05).low()).isZero();
    }

    @Test
    void refusesCountsAndLevelsOutOfRange() {
        assertThatIllegalArgumentException().isThrownBy(() -> Bounds.clopperPearsonUpper(3, 2, 0.05));
        assertThatIllegalArgumentException().isThrownBy(() -> Bounds.clopperPearsonUpper(1, 2, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> Bounds.bettingUpper(new double[] {1.5}, 0.05));
        assertThatIllegalArgumentException().isThrownBy(() -> Bounds.empiricalBernsteinUpper(new double[] {-1}, 0.05));
        assertThatIllegalArgumentException().isThrownBy(() -> Bounds.wilson(0, 0, 0.05));
    }
}
