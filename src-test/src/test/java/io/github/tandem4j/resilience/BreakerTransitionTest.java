package io.github.tandem4j.resilience;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.tandem4j.Completion;
import io.github.tandem4j.Model;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The moment at which a breaker becomes half-open: calls that come then find it as it was or as it will be, never between. */
@Timeout(60)
final class BreakerTransitionTest {

    /** Stops one thread as it notes that the breaker has become half-open. */
    private static final class StallingClock extends Clock {

        private final ManualClock time = new ManualClock();
        private final CountDownLatch stalled = new CountDownLatch(1);
        private final CountDownLatch goesOn = new CountDownLatch(1);
        private volatile @Nullable Thread victim;

        @Override
        public Instant instant() {
            if (Thread.currentThread() == victim && isNoting()) {
                victim = null;
                stalled.countDown();
                try {
                    goesOn.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            return time.instant();
        }

        private static boolean isNoting() {
            return StackWalker.getInstance()
                    .walk(frames ->
                            frames.anyMatch(frame -> frame.getMethodName().equals("phase")));
        }

        @Override
        public ZoneId getZone() {
            return time.getZone();
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return time.withZone(zone);
        }
    }

    private final StallingClock clock = new StallingClock();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch end = new CountDownLatch(1);

    private volatile Model behaviour = (chat, context, tokens) -> {
        throw new TransientException("busy", null);
    };

    private final Resilient resilient = Resilient.endpoint(ScriptedEndpoint.named("large")
                    .plays((chat, context, tokens) -> behaviour.complete(chat, context, tokens))
                    .build())
            .attempts(1)
            .breakAfter(1, 1)
            .breakFor(ofSeconds(30), 1)
            .clock(clock)
            .build();

    private Thread call() {
        return new Thread(() -> answers(resilient));
    }

    private static boolean answers(ModelEndpoint asked) {
        try {
            return asked.answer("?").text().equals("hello");
        } catch (TandemException e) {
            return false;
        }
    }

    private static void awaitRest(Thread thread) {
        while (thread.getState() != Thread.State.WAITING && thread.getState() != Thread.State.TERMINATED) {
            Thread.onSpinWait();
        }
    }

    /** One call makes it half-open and stops on the way; another comes meanwhile, and waits in the model or for the first. */
    private Thread[] twoCallsOfWhichTheFirstStops() throws InterruptedException {
        assertThat(answers(resilient)).isFalse();
        clock.time.advance(ofSeconds(31));
        behaviour = (chat, context, tokens) -> {
            begun.countDown();
            end.await();
            return Completion.of("hello");
        };
        Thread first = call();
        Thread second = call();
        clock.victim = first;
        first.start();
        clock.stalled.await();
        second.start();
        awaitRest(second);
        return new Thread[] {first, second};
    }

    private void requireThatItIsBack(Thread[] calls) throws InterruptedException {
        for (Thread call : calls) {
            call.join();
        }
        clock.time.advance(ofDays(1));
        assertThat(resilient.refusal(Request.of("?"))).isEmpty();
        assertThat(resilient.answer("?").text()).isEqualTo("hello");
    }

    @Test
    void aCallThatComesMeanwhileAndEndsAfterwardsLeavesNoProbeBehind() throws Exception {
        Thread[] calls = twoCallsOfWhichTheFirstStops();
        clock.goesOn.countDown();
        awaitRest(calls[0]);
        end.countDown();
        requireThatItIsBack(calls);
    }

    @Test
    void aCallThatComesMeanwhileAndEndsBeforeLeavesNoPhaseBehind() throws Exception {
        Thread[] calls = twoCallsOfWhichTheFirstStops();
        end.countDown();
        if (begun.getCount() == 0) {
            calls[1].join();
        }
        clock.goesOn.countDown();
        requireThatItIsBack(calls);
    }

    @Test
    void itClosesAgainHoweverManyCallAtOnce() throws Exception {
        int openings = Boolean.getBoolean("tandem.thorough") ? 2000 : 40;
        for (int i = 0; i < openings; i++) {
            AtomicBoolean isUp = new AtomicBoolean();
            Resilient flaky = Resilient.endpoint(ModelEndpoint.of(
                            "m", ModelProfile.local().build(), (chat, context, tokens) -> {
                                if (!isUp.get()) {
                                    throw new TransientException("busy", null);
                                }
                                return Completion.of("hello");
                            }))
                    .attempts(1)
                    .breakAfter(1, 1)
                    .breakFor(ofMillis(1), 1)
                    .build();
            assertThat(answers(flaky)).isFalse();
            isUp.set(true);
            List<CompletableFuture<Void>> callers = new ArrayList<>();
            for (int k = 0; k < 8; k++) {
                callers.add(CompletableFuture.runAsync(() -> {
                    long over = System.nanoTime() + ofMillis(6).toNanos();
                    while (System.nanoTime() < over) {
                        answers(flaky);
                    }
                }));
            }
            callers.forEach(CompletableFuture::join);
            Thread.sleep(2);
            assertThat(answers(flaky)).as("opening " + i).isTrue();
        }
    }
}
