package io.github.tandem4j.router.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import io.github.tandem4j.Confidence;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Request;
import io.github.tandem4j.router.QualityEstimator;
import io.github.tandem4j.routing.Routing;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/** A share of traffic is held for any scale of gains, through drift, and where most gains are equal. */
final class TrafficShareTest {

    private static final EvidenceKey<Double> GAIN = EvidenceKey.of("gain", Double.class);

    private final ModelEndpoint weak = ScriptedEndpoint.saying("weak", "from weak");
    private final ModelEndpoint strong = ScriptedEndpoint.saying("strong", "from strong");
    private final QualityEstimator gains = (request, endpoint) -> Confidence.rawScore(
            endpoint == weak ? 0 : request.evidence().get(GAIN).orElseThrow(), "quality");
    private final SplittableRandom random = new SplittableRandom(11);

    @Test
    void holdsTheShareOnAnyScaleAndThroughDrift() {
        for (double share : new double[] {0, 0.05, 0.3, 0.9, 1}) {
            assertThat(shareOf(share, 4_000, i -> random.nextGaussian() * 1e6)).isCloseTo(share, within(0.015));
            assertThat(shareOf(share, 4_000, i -> 0.001 * random.nextDouble() + 0.001 * i))
                    .as("ever rising")
                    .isCloseTo(share, within(0.15));
            assertThat(shareOf(share, 4_000, i -> random.nextInt(2))).isCloseTo(share, within(0.015));
            assertThat(shareOf(share, 4_000, i -> 0)).isCloseTo(share, within(0.001));
        }
    }

    @Test
    void givesTheStrongOneWhatGainsMost() {
        TrafficShare router = TrafficShare.of(0.25).to(strong).otherwise(weak).byGain(gains);
        double strongGains = 0;
        double all = 0;
        for (int i = 0; i < 4_000; i++) {
            double gain = random.nextDouble();
            all += gain;
            strongGains += chooses(router, gain) == strong ? gain : 0;
        }
        // A quarter of the requests at random have a quarter of the gains; the best quarter has 7/16 of them.
        assertThat(strongGains / all).isCloseTo(7 / 16.0, within(0.02));
    }

    @Test
    void saysTheThresholdAndAbstainsWhereAnEstimateIsMissing() {
        TrafficShare router = TrafficShare.of(0.25).to(strong).otherwise(weak).byGain(gains);
        Request request = Request.of("Hello").evidence(GAIN, 0.5);
        assertThat(router.choose(request, List.of(weak, strong)).why())
                .contains("gain of strong 0.5", "0.250 of traffic");
        TrafficShare blind = TrafficShare.of(0.25)
                .to(strong)
                .otherwise(weak)
                .byGain((asked, endpoint) -> Confidence.unknown("never seen"));
        assertThat(blind.choose(request, List.of(weak, strong)).endpoint()).isEmpty();
        ModelEndpoint other = ScriptedEndpoint.saying("other", "hi");
        assertThat(router.choose(request, List.of(weak, other)).why()).contains("strong cannot take the request");
    }

    @Test
    void refusesWhatCouldNeverCount() {
        assertThatIllegalArgumentException().isThrownBy(() -> TrafficShare.of(1.1));
        assertThatIllegalArgumentException().isThrownBy(() -> TrafficShare.of(Double.NaN));
        assertThatIllegalStateException()
                .isThrownBy(() -> TrafficShare.of(0.1).to(strong).byGain(gains));
        TrafficShare router = TrafficShare.of(0.25).to(strong).otherwise(weak).byGain(gains);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Routing.among(weak).by(router).build())
                .withMessageContaining("strong");
    }

    private double shareOf(double share, int requests, IntToDoubleFunction gain) {
        TrafficShare router = TrafficShare.of(share).to(strong).otherwise(weak).byGain(gains);
        int toStrong = 0;
        for (int i = 0; i < requests; i++) {
            toStrong += chooses(router, gain.applyAsDouble(i)) == strong ? 1 : 0;
        }
        return (double) toStrong / requests;
    }

    private ModelEndpoint chooses(TrafficShare router, double gain) {
        return router.choose(Request.of("Hello").evidence(GAIN, gain), List.of(weak, strong))
                .endpoint()
                .orElseThrow();
    }
}
