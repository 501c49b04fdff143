package io.github.tandem4j.router.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class BootstrapTest {

    @Test
    void groupsAreDrawnAsAWhole() {
        Bootstrap bootstrap = Bootstrap.ofGroups(List.of("a", "a", "b", "a"), 50, 1);
        bootstrap.each((r, times) -> {
            assertThat(times[0]).isEqualTo(times[1]).isEqualTo(times[3]);
            assertThat(times[0] + times[2]).isEqualTo(2);
        });
    }

    @Test
    void oneGroupWouldMakeAnIntervalWithoutWidth() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Bootstrap.ofGroups(List.of("a", "a"), 100, 1))
                .withMessageContaining("1 groups");
    }

    @Test
    void whatIsNotKnownIsInNoMean() {
        Bootstrap bootstrap = Bootstrap.ofRows(3, 100, 1);

        assertThat(bootstrap.mean(new double[] {1, Double.NaN, 1}).value()).isEqualTo(1);
        assertThat(bootstrap.mean(new double[] {Double.NaN, Double.NaN, Double.NaN}))
                .satisfies(mean -> assertThat(mean.isMeasured()).isFalse())
                .hasToString("not known");
    }

    @Test
    void anyStatisticHasTheIntervalOfItsResamples() {
        double[] values = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
        Bootstrap bootstrap = Bootstrap.ofRows(values.length, 7);
        Interval mean = bootstrap.mean(values);

        assertThat(bootstrap.interval(times -> Bootstrap.mean(values, times))).isEqualTo(mean);
        assertThat(mean.value()).isCloseTo(4.5, within(1e-12));
        assertThat(mean.level()).isEqualTo(0.95);
        // the normal interval: 1.96 standard errors of .908 each way
        assertThat(mean.low()).isCloseTo(4.5 - 1.78, within(0.2));
        assertThat(mean.high()).isCloseTo(4.5 + 1.78, within(0.2));
    }
}
