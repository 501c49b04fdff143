package io.github.tandem4j.resilience;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tandem4j.TransientException;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Probing in the background goes on, whatever becomes of one probe. */
@Timeout(60)
final class BackgroundProbeTest {

    private static final Executor WORKERS = task -> new Thread(task).start();

    private final CountDownLatch found = new CountDownLatch(1);

    private boolean isMissing() {
        return found.getCount() > 0;
    }

    @SuppressWarnings("unchecked") // as Kotlin, or Lombok's SneakyThrows, throws where nothing is declared
    private static <E extends Throwable> void throwUndeclared(Throwable any) throws E {
        throw (E) any;
    }

    @Test
    void aProbeThatThrowsWhatItDoesNotDeclareHasNotReachedItAndIsFollowedByTheNext() throws Exception {
        AtomicInteger probes = new AtomicInteger();
        BackgroundProbe probe = new BackgroundProbe(
                "large",
                () -> {
                    if (probes.incrementAndGet() == 1) {
                        BackgroundProbeTest.<RuntimeException>throwUndeclared(new IOException("no route to host"));
                    }
                    return true;
                },
                ofMillis(1),
                WORKERS);
        probe.wanted(this::isMissing, found::countDown);
        found.await();
        assertThat(probes.get()).isEqualTo(2);
    }

    @Test
    void aThreadThatCannotBeStartedDoesNotEndProbing() throws Exception {
        CountDownLatch refused = new CountDownLatch(1);
        Executor busy = task -> {
            if (refused.getCount() > 0) {
                refused.countDown();
                throw new OutOfMemoryError("unable to create native thread");
            }
            WORKERS.execute(task);
        };
        BackgroundProbe probe = new BackgroundProbe("large", () -> true, ofMillis(1), busy);
        probe.wanted(this::isMissing, found::countDown);
        refused.await();
        while (isMissing()) {
            probe.wanted(this::isMissing, found::countDown);
            Thread.sleep(1);
        }
    }

    @Test
    void aFailureToTakeUpTheWayBackDoesNotEndProbing() throws Exception {
        AtomicBoolean isBroken = new AtomicBoolean(true);
        BackgroundProbe probe = new BackgroundProbe("large", () -> true, ofMillis(1), task -> {
            if (isBroken.get()) {
                assertThatThrownBy(task::run).hasMessage("a clock that throws");
                isBroken.set(false);
            } else {
                WORKERS.execute(task);
            }
        });
        Runnable back = () -> {
            if (isBroken.get()) {
                throw new IllegalStateException("a clock that throws");
            }
            found.countDown();
        };
        while (isMissing()) {
            probe.wanted(this::isMissing, back);
            Thread.sleep(1);
        }
    }

    @Test
    void aLadderThatNobodyHasAnyMoreIsNotKeptByItsProbe() throws Exception {
        WeakReference<AtomicBoolean> ofTheLadder = offlineFor(ofHours(20));
        while (ofTheLadder.get() != null) {
            System.gc();
            Thread.sleep(10);
        }
    }

    /** {@return something that only a ladder has which waits so long for its probe} */
    private static WeakReference<AtomicBoolean> offlineFor(Duration interval) {
        AtomicBoolean isReachable = new AtomicBoolean();
        OfflineLadder ladder = OfflineLadder.from(ScriptedEndpoint.named("large")
                        .fails(() -> new TransientException("away", null))
                        .build())
                .downTo(ScriptedEndpoint.saying("small", "from here"))
                .probing(isReachable::get, interval)
                .build();
        assertThat(ladder.answer("?").author()).isEqualTo("small");
        assertThat(ladder.answer("?").author()).isEqualTo("small");
        return new WeakReference<>(isReachable);
    }
}
