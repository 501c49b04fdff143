package io.github.tandem4j.router.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RiskCoverageTest {

    private final RiskCoverage curve =
            RiskCoverage.of(new double[] {0.9, 0.1, 0.5, Double.NaN, 0.5}, new double[] {0, 1, 1, 1, 0});

    @Test
    void keepsFromTheSurestOnAndNeverWhatHasNoConfidence() {
        assertThat(curve.at(0.9)).isEqualTo(new RiskCoverage.Point(0.2, 0));
        assertThat(curve.at(0.5).coverage()).isEqualTo(0.6);
        assertThat(curve.at(0.5).risk()).isCloseTo(1 / 3.0, within(1e-12));
        assertThat(curve.at(Double.NEGATIVE_INFINITY)).isEqualTo(new RiskCoverage.Point(0.8, 0.5));
        assertThat(curve.at(2).coverage()).isZero();
        assertThat(curve.at(2).risk()).isNaN();
    }

    @Test
    void keepsEqualConfidencesTogether() {
        assertThat(curve.points(4)).extracting(RiskCoverage.Point::coverage).containsExactly(0.2, 0.6, 0.8);
    }

    @Test
    void theAreaIsTheMeanRiskWhereEqualsAreDrawnInAnyOrder() {
        // risks 0, then (0 or 1/2: .25), then 1/3, then 2/4
        assertThat(curve.area()).isCloseTo((0 + 0.25 + 1 / 3.0 + 0.5) / 4, within(1e-12));
        assertThat(RiskCoverage.of(new double[] {Double.NaN}, new double[] {1}).area())
                .isNaN();
    }

    @Test
    void refusesWhatIsNoLoss() {
        assertThatIllegalArgumentException().isThrownBy(() -> RiskCoverage.of(new double[] {1}, new double[] {1.5}));
        assertThatIllegalArgumentException().isThrownBy(() -> RiskCoverage.of(new double[0], new double[0]));
    }
}
