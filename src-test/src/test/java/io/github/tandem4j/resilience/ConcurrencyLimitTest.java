package io.github.tandem4j.resilience;

import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.CapacityExceededException;
import io.github.tandem4j.Completion;
import io.github.tandem4j.ConfigurationException;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.Model;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.ModelProfile;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TransientException;
import io.github.tandem4j.fusion.Fusion;
import io.github.tandem4j.testkit.ScriptedAnswer;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The concurrency limit: how many are in at once, who comes next, and how a wait ends. */
@Timeout(60)
final class ConcurrencyLimitTest {

    private final CountDownLatch end = new CountDownLatch(1);
    private final ScriptedEndpoint holding = ScriptedEndpoint.named("large")
            .saysAfter(end, ScriptedAnswer.of("held"))
            .says("hello")
            .build();

    private Resilient limited(Duration longestWait) {
        return Resilient.endpoint(holding)
                .attempts(3)
                .concurrency(1, longestWait)
                .build();
    }

    @Test
    void neverLetsMoreInAtOnceThanItsLimit() {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Model counting = (chat, context, tokens) -> {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            Thread.sleep(2);
            inside.decrementAndGet();
            return Completion.of("hello");
        };
        Resilient resilient = Resilient.endpoint(
                        ScriptedEndpoint.named("large").plays(counting).build())
                .concurrency(3, ofSeconds(50))
                .build();
        List<CompletableFuture<Reply>> calls = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            calls.add(resilient.answerAsync(Request.of("?")));
        }
        calls.forEach(call -> assertThat(call.join().text()).isEqualTo("hello"));
        assertThat(most.get()).isBetween(1, 3);
    }

    @Test
    void rejectsAfterTheLongestWaitOnceAndInAWayThatMayPass() throws Exception {
        Resilient resilient = limited(ofMillis(20));
        CompletableFuture<Reply> holder = resilient.answerAsync(Request.of("?"));
        holding.awaitCall();
        TandemException failure = catchThrowableOfType(TandemException.class, () -> resilient.answer("?"));
        assertThat(failure)
                .isInstanceOf(TransientException.class)
                .hasMessage("large-resilient has 1 calls at once, which is its limit, and none of them ended within"
                        + " PT0.02S");
        assertThat(failure.trace().orElseThrow().children()).isEmpty();
        assertThat(resilient.refusal(Request.of("?")))
                .as("a limit is no refusal")
                .isEmpty();
        end.countDown();
        assertThat(holder.get().text()).isEqualTo("held");
        assertThat(resilient.answer("?").text()).isEqualTo("hello");
        assertThat(holding.calls()).isEqualTo(2);
    }

    @Test
    void aRejectionByAnInnerLimitDoesNotOpenAnOuterBreaker() throws Exception {
        Resilient outer = Resilient.endpoint(limited(Duration.ZERO))
                .attempts(1)
                .breakAfter(1, 2)
                .build();
        CompletableFuture<Reply> holder = outer.answerAsync(Request.of("?"));
        holding.awaitCall();
        for (int i = 0; i < 4; i++) {
            assertThat(catchThrowable(() -> outer.answer("?"))).hasMessageContaining("which is its limit");
        }
        assertThat(outer.refusal(Request.of("?"))).isEmpty();
        end.countDown();
        assertThat(holder.get().text()).isEqualTo("held");
    }

    /** A local model's queue, of which nothing is known here but the type of its refusal. */
    @Test
    void anEndpointsOwnFullQueueIsNeitherTriedAgainNorCountedAndLeadsOn() {
        AtomicInteger calls = new AtomicInteger();
        ModelEndpoint full = ModelEndpoint.of("full", ModelProfile.local().build(), (chat, context, tokens) -> {
            calls.incrementAndGet();
            throw new CapacityExceededException("all places are taken", null);
        });
        Resilient resilient =
                Resilient.endpoint(full).attempts(3).breakAfter(1, 2).build();
        for (int i = 0; i < 4; i++) {
            assertThat(catchThrowable(() -> resilient.answer("?")))
                    .isInstanceOf(CapacityExceededException.class)
                    .isInstanceOf(TransientException.class);
        }
        assertThat(calls).hasValue(4);
        assertThat(resilient.refusal(Request.of("?"))).isEmpty();
        ModelEndpoint other = ScriptedEndpoint.saying("other", "from there");
        assertThat(Failover.from(resilient).to(other).build().answer("?").author())
                .isEqualTo("other");
        OfflineLadder ladder = OfflineLadder.from(resilient).downTo(other).build();
        assertThat(ladder.answer("?").author()).isEqualTo("other");
        assertThat(ladder.isOffline()).isFalse();
    }

    @Test
    void anExecutorThatTakesNoMoreDoesNotOpenABreaker() {
        Resilient fused = Resilient.endpoint(
                        Fusion.of(ScriptedEndpoint.saying("a", "x"), ScriptedEndpoint.saying("b", "x"))
                                .build())
                .breakAfter(1, 2)
                .build();
        Request request = Request.of("?").executor(task -> {
            throw new RejectedExecutionException("full");
        });
        for (int i = 0; i < 4; i++) {
            assertThat(catchThrowable(() -> fused.answer(request))).hasMessageContaining("rejected");
        }
        assertThat(fused.refusal(Request.of("?"))).isEmpty();
        assertThat(fused.answer("?").text()).isEqualTo("x");
    }

    @Test
    void aStrategyWhoseMembersAreOnlyTooBusyIsNotUnreachable() throws Exception {
        assertThat(isOfflineWhileBusy(new ConfigurationException("wrong key"))).isFalse();
        assertThat(isOfflineWhileBusy(new TransientException("down", null))).isTrue();
    }

    /** The first member is busy, the second fails so. */
    private static boolean isOfflineWhileBusy(TandemException failure) throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        ScriptedEndpoint busy = ScriptedEndpoint.named("busy")
                .saysAfter(end, ScriptedAnswer.of("held"))
                .build();
        ScriptedEndpoint failing =
                ScriptedEndpoint.named("failing").fails(() -> failure).build();
        OfflineLadder ladder = OfflineLadder.from(Failover.from(Resilient.endpoint(busy)
                                .concurrency(1, Duration.ZERO)
                                .build())
                        .to(failing)
                        .upon(any -> true)
                        .build())
                .downTo(ScriptedEndpoint.saying("small", "from here"))
                .build();
        CompletableFuture<Reply> holder = ladder.answerAsync(Request.of("?"));
        busy.awaitCall();
        assertThat(ladder.answer("?").author()).isEqualTo("small");
        boolean isOffline = ladder.isOffline();
        end.countDown();
        holder.get();
        return isOffline;
    }

    @Test
    void theDeadlineEndsTheWait() throws Exception {
        Resilient resilient = limited(ofSeconds(50));
        CompletableFuture<Reply> holder = resilient.answerAsync(Request.of("?"));
        holding.awaitCall();
        assertThat(catchThrowable(() -> resilient.answer(Request.of("?").deadline(ofMillis(30)))))
                .isInstanceOf(DeadlineExceededException.class);
        assertThat(Thread.currentThread().isInterrupted()).isFalse();
        end.countDown();
        holder.get();
        assertThat(resilient.answer("?").text()).isEqualTo("hello");
    }

    @Test
    void aCancellationEndsTheWait() throws Exception {
        Resilient resilient = limited(ofHours(1));
        CompletableFuture<Reply> holder = resilient.answerAsync(Request.of("?"));
        holding.awaitCall();
        Cancellation cancellation = Cancellation.create();
        Request request = Request.of("?").cancelledBy(cancellation);
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        Thread waiting = new Thread(() -> failure.complete(catchThrowable(() -> resilient.answer(request))));
        waiting.start();
        while (waiting.getState() != Thread.State.TIMED_WAITING) {
            Thread.sleep(1);
        }
        cancellation.cancel();
        assertThat(failure.get()).isInstanceOf(CallCancelledException.class);
        end.countDown();
        holder.get();
        assertThat(resilient.answer("?").text()).isEqualTo("hello");
    }

    @Test
    void anInterruptEndsTheWaitAndStaysUp() throws Exception {
        Resilient resilient = limited(ofSeconds(50));
        CompletableFuture<Reply> holder = resilient.answerAsync(Request.of("?"));
        holding.awaitCall();
        Thread.currentThread().interrupt();
        assertThat(catchThrowable(() -> resilient.answer("?")))
                .isInstanceOf(CallCancelledException.class)
                .hasMessageContaining("one of its 1 places");
        assertThat(Thread.interrupted()).isTrue();
        end.countDown();
        holder.get();
    }

    @Test
    void whoeverCameFirstIsNext() throws Exception {
        List<String> order = new CopyOnWriteArrayList<>();
        ScriptedEndpoint noting = ScriptedEndpoint.named("large")
                .plays((chat, context, tokens) -> {
                    order.add(context.session().orElse("none"));
                    end.await();
                    return Completion.of("hello");
                })
                .build();
        Resilient resilient =
                Resilient.endpoint(noting).concurrency(1, ofSeconds(50)).build();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Request request = Request.of("?").session("caller " + i);
            Thread thread = new Thread(() -> resilient.answer(request));
            thread.start();
            threads.add(thread);
            while (i == 0 ? order.isEmpty() : thread.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
        }
        end.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(order).containsExactly("caller 0", "caller 1", "caller 2", "caller 3", "caller 4", "caller 5");
    }

    @Test
    void noPlaceIsHeldBetweenAttempts() {
        CountDownLatch failed = new CountDownLatch(1);
        ScriptedEndpoint flaky = ScriptedEndpoint.named("large")
                .fails(() -> {
                    failed.countDown();
                    return new TransientException("busy", ofSeconds(19), null);
                })
                .says("hello")
                .build();
        Resilient resilient =
                Resilient.endpoint(flaky).concurrency(1, Duration.ZERO).build();
        Cancellation cancellation = Cancellation.create();
        CompletableFuture<Reply> waiting = resilient.answerAsync(Request.of("?").cancelledBy(cancellation));
        assertThat(catchThrowable(failed::await)).isNull();
        // The other call is about to wait for nineteen seconds; it may still be on its way out of its place.
        while (true) {
            Throwable rejected = catchThrowable(
                    () -> assertThat(resilient.answer("?").text()).isEqualTo("hello"));
            if (rejected == null) {
                break;
            }
            assertThat(rejected).hasMessageContaining("which is its limit");
        }
        assertThat(waiting).isNotDone();
        cancellation.cancel();
    }

    @Test
    void aPlaceIsGivenBackAfterEveryEnd() {
        List<Model> ends = List.of(
                (chat, context, tokens) -> {
                    throw new TransientException("busy", null);
                },
                (chat, context, tokens) -> {
                    throw new IllegalStateException("a fault");
                },
                (chat, context, tokens) -> {
                    throw new StackOverflowError("of the model's");
                });
        ScriptedEndpoint.Builder script = ScriptedEndpoint.named("large");
        ends.forEach(script::plays);
        Resilient resilient = Resilient.endpoint(script.says("hello").build())
                .attempts(1)
                .concurrency(1, Duration.ZERO)
                .build();
        for (int i = 0; i < ends.size(); i++) {
            assertThat(catchThrowable(() -> resilient.answer("?"))).isNotNull();
        }
        assertThat(resilient.answer("?").text()).isEqualTo("hello");
    }
}
