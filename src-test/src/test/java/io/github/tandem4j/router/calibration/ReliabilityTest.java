package io.github.tandem4j.router.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.tandem4j.router.calibration.Reliability.Binning;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ReliabilityTest {

    private static final double[] PROBABILITIES = {0.1, 0.3, 0.6, 0.9};
    private static final double[] LABELS = {0, 1, 0, 1};

    @Test
    void measuresByHand() {
        Reliability reliability = Reliability.of(PROBABILITIES, LABELS);
        assertThat(reliability.brier(1).value()).isCloseTo((0.01 + 0.49 + 0.36 + 0.01) / 4, within(1e-12));
        assertThat(reliability.logLoss(1).value())
                .isCloseTo(-(Math.log(0.9) + Math.log(0.3) + Math.log(0.4) + Math.log(0.9)) / 4, within(1e-12));
        assertThat(reliability.ece(Binning.EQUAL_WIDTH, 2, 1).value())
                .isCloseTo((Math.abs(0.2 - 0.5) + Math.abs(0.75 - 0.5)) / 2, within(1e-12));
        List<Reliability.Bin> bins = reliability.bins(Binning.EQUAL_WIDTH, 5);
        assertThat(bins).extracting(Reliability.Bin::count).containsExactly(1, 1, 1, 1);
        assertThat(bins.get(1).low()).isCloseTo(0.2, within(1e-12));
        assertThat(reliability.bins(Binning.EQUAL_MASS, 2))
                .extracting(Reliability.Bin::count)
                .containsExactly(2, 2);
    }

    @Test
    void anIntervalHoldsTheTruthAsOftenAsItSays() {
        SplittableRandom random = new SplittableRandom(2);
        int held = 0;
        for (int trial = 0; trial < 200; trial++) {
            double[] probabilities = new double[150];
            double[] labels = new double[150];
            for (int i = 0; i < 150; i++) {
                probabilities[i] = 0.7;
                labels[i] = random.nextDouble() < 0.7 ? 1 : 0;
            }
            Interval brier = Reliability.of(probabilities, labels).brier(trial);
            held += brier.low() <= 0.21 && 0.21 <= brier.high() ? 1 : 0;
        }
        assertThat(held).isBetween(178, 200);
    }

    @Test
    void aCertainAnswerThatIsWrongCostsFinitelyMuch() {
        Reliability reliability = Reliability.of(new double[] {1, 0}, new double[] {0, 0});
        assertThat(reliability.logLoss(1).value()).isBetween(10.0, 20.0);
        assertThat(reliability.bins(Binning.EQUAL_WIDTH, 3)).hasSize(2);
    }

    @Test
    void refusesWhatIsNoProbability() {
        assertThatIllegalArgumentException().isThrownBy(() -> Reliability.of(new double[] {1.1}, new double[] {1}));
        assertThatIllegalArgumentException().isThrownBy(() -> Reliability.of(new double[] {}, new double[] {}));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Reliability.of(PROBABILITIES, LABELS).bins(Binning.EQUAL_MASS, 0));
    }
}
