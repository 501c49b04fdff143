package io.github.tandem4j.router.certificates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.tandem4j.ModelFileException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.cascade.Cascade;
import io.github.tandem4j.router.calibration.ConfidenceSequence;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromiseMonitorTest {

    private static final Certificate CERTIFICATE = Certifier.wrongAtMost(0.1)
            .model("small")
            .measuredBy("mean token probability")
            .certify(CalibrationRows.of(IntStream.range(0, 100)
                    .mapToObj(i -> LabelledAnswer.of(i / 100.0, true))
                    .toList()))
            .orElseThrow();

    @TempDir
    private Path folder;

    private final ScriptedEndpoint large = ScriptedEndpoint.saying("large", "Lyon");

    private static ScriptedEndpoint small() {
        return ScriptedEndpoint.named("small")
                .says(ScriptedAnswer.of("Paris").withTokenProbabilities(0.9))
                .build();
    }

    @Test
    void raisesFewFalseAlarmsHoweverLongItWatches() {
        SplittableRandom random = new SplittableRandom(3);
        int alarms = 0;
        for (int stream = 0; stream < 500; stream++) {
            PromiseMonitor monitor = PromiseMonitor.of(CERTIFICATE, 0.1);
            boolean audited = stream % 2 == 0;
            for (int i = 0; i < 3000 && monitor.alarm().isEmpty(); i++) {
                if (audited) { // half of the answers are looked at four times as often
                    double probability = random.nextBoolean() ? 0.8 : 0.2;
                    if (random.nextDouble() < probability) {
                        monitor.observe(
                                random.nextDouble() < (probability > 0.5 ? 0.05 : 0.15) ? 1 : 0, probability, 0.2);
                    }
                } else {
                    monitor.observe(random.nextDouble() < 0.1 ? 1 : 0);
                }
            }
            alarms += monitor.alarm().isPresent() ? 1 : 0;
        }
        assertThat(alarms).isLessThanOrEqualTo((int) (500 * (0.1 + 3 * Math.sqrt(0.1 * 0.9 / 500))));
    }

    @Test
    void noticesADriftAfterALongGoodTime() {
        SplittableRandom random = new SplittableRandom(4);
        List<Long> delays = new ArrayList<>();
        for (int stream = 0; stream < 50; stream++) {
            PromiseMonitor monitor = PromiseMonitor.of(CERTIFICATE);
            for (int i = 0; i < 2000; i++) {
                monitor.observe(random.nextDouble() < 0.05 ? 1 : 0);
            }
            assertThat(monitor.alarm()).isEmpty();
            while (monitor.alarm().isEmpty() && monitor.observed() < 10_000) {
                monitor.observe(random.nextDouble() < 0.3 ? 1 : 0);
            }
            delays.add(monitor.observed() - 2000);
        }
        assertThat(delays).allSatisfy(delay -> assertThat(delay).isLessThan(400));
    }

    @Test
    void theAlarmIsLatchedToldOnceAndDefersEverything() {
        AtomicInteger told = new AtomicInteger();
        PromiseMonitor monitor = PromiseMonitor.of(CERTIFICATE).onAlarm(alarm -> {
            told.incrementAndGet();
            throw new IllegalStateException("a pager that is broken");
        });
        Cascade cascade = Cascade.startingWith(small())
                .acceptUnder(CERTIFICATE.watchedBy(monitor))
                .deferTo(large)
                .build();
        assertThat(cascade.answer("?").author()).isEqualTo("small");
        for (int i = 0; i < 200; i++) {
            monitor.observe(1);
        }
        assertThat(told).hasValue(1);
        for (int i = 0; i < 2000; i++) {
            monitor.observe(0);
        }
        assertThat(monitor.alarm()).as("good news do not take it back").isPresent();
        Reply reply = cascade.answer("?");
        assertThat(reply.author()).isEqualTo("large");
        assertThat(reply.trace().toString()).contains("deferred: alarm since", "the promise no longer holds");
        monitor.reset();
        assertThat(monitor.observed()).isZero();
        assertThat(cascade.answer("?").author()).isEqualTo("small");
    }

    @Test
    void goesOnAfterARestart() throws IOException {
        Path file = folder.resolve("monitor.json");
        PromiseMonitor monitor = PromiseMonitor.of(CERTIFICATE);
        for (int i = 0; i < 20; i++) {
            monitor.observe(i % 4 == 0 ? 1 : 0);
        }
        monitor.save(file);
        PromiseMonitor read = PromiseMonitor.load(file, CERTIFICATE);
        assertThat(read.evidence()).isEqualTo(monitor.evidence());
        while (monitor.alarm().isEmpty()) {
            monitor.observe(1);
            read.observe(1);
        }
        assertThat(read.alarm().orElseThrow().why())
                .isEqualTo(monitor.alarm().orElseThrow().why());
        read.save(file);
        assertThat(PromiseMonitor.load(file, CERTIFICATE).alarm()).isEqualTo(read.alarm());

        Files.writeString(file, Files.readString(file).replace("\"alpha\" : 0.1", "\"alpha\" : 0.2"));
        assertThatThrownBy(() -> PromiseMonitor.load(file, CERTIFICATE))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("alpha 0.2");
        read.save(file);
        Files.writeString(file, Files.readString(file).replaceFirst("\"wealths\" : \\[ ", "\"wealths\" : [ -1, "));
        assertThatThrownBy(() -> PromiseMonitor.load(file, CERTIFICATE))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("no state of a monitor");
    }

    @Test
    void anIntervalHoldsAtAllTimesAndWeightsUndoTheChoice() {
        SplittableRandom random = new SplittableRandom(6);
        int missed = 0;
        double mean = 0;
        double width = 0;
        for (int stream = 0; stream < 100; stream++) {
            ConfidenceSequence sequence = new ConfidenceSequence(0.1);
            boolean held = true;
            for (int i = 0; i < 1000; i++) {
                boolean suspicious = random.nextInt(4) == 0;
                double probability = suspicious ? 0.9 : 0.3;
                if (random.nextDouble() < probability) {
                    sequence.see(random.nextDouble() < (suspicious ? 0.4 : 0.0667) ? 1 : 0, probability, 0.3);
                }
                held &= sequence.interval().low() <= 0.15
                        && 0.15 <= sequence.interval().high();
            }
            missed += held ? 0 : 1;
            mean += sequence.interval().value() / 100;
            width += (sequence.interval().high() - sequence.interval().low()) / 100;
        }
        assertThat(missed).isLessThanOrEqualTo(19);
        assertThat(mean).isCloseTo(0.15, within(0.01));
        assertThat(width).isLessThan(0.35);
    }

    @Test
    void refusesWhatIsNoLossOrNoProbability() {
        PromiseMonitor monitor = PromiseMonitor.of(CERTIFICATE);
        assertThatIllegalArgumentException().isThrownBy(() -> monitor.observe(2));
        assertThatIllegalArgumentException().isThrownBy(() -> monitor.observe(Double.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> monitor.observe(1, 0.1, 0.2));
        assertThatIllegalArgumentException().isThrownBy(() -> PromiseMonitor.of(CERTIFICATE, 0));
        assertThat(monitor.observed()).isZero();
    }
}
