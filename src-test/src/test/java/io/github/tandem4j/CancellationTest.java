package io.github.tandem4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.testkit.ScriptedEndpoint;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CancellationTest {

    @Test
    void runsEveryActionOnceEvenIfOneThrows() {
        Cancellation cancellation = Cancellation.create();
        AtomicInteger ran = new AtomicInteger();
        cancellation.onCancel(() -> {
            throw new IllegalStateException("a plug-in's fault");
        });
        cancellation.onCancel(ran::incrementAndGet);
        Cancellation.Registration takenBack = cancellation.onCancel(() -> ran.addAndGet(100));
        takenBack.close();
        cancellation.cancel();
        cancellation.cancel();
        assertThat(ran).hasValue(1);
        cancellation.onCancel(ran::incrementAndGet);
        assertThat(ran).as("an action that comes late runs at once").hasValue(2);
    }

    @Test
    void runsAnActionOnceForManyCancellations() {
        Cancellation one = Cancellation.create();
        Cancellation two = Cancellation.create();
        CallContext context = CallContext.unlimited().cancelledBy(one).cancelledBy(two);
        AtomicInteger ran = new AtomicInteger();
        context.onCancel(ran::incrementAndGet);
        one.cancel();
        two.cancel();
        assertThat(ran).hasValue(1);
    }

    @Test
    void tellsItsReason() {
        Cancellation cancellation = Cancellation.create();
        cancellation.cancel("the user left");
        assertThatThrownBy(() -> cancellation.throwIfCancelled("m"))
                .isInstanceOf(CallCancelledException.class)
                .hasMessage("call of m was cancelled: the user left");
    }

    @Test
    void aModelIsNotCalledWhenTheCallIsCancelledJustBefore() {
        Cancellation cancellation = Cancellation.create();
        // Counting the prompt comes between the admission and the call.
        LeafEndpoint endpoint = new LeafEndpoint("m", ModelProfile.local().build()) {
            @Override
            protected Completion complete(ChatRequest chat, CallContext context, TokenSink tokens) {
                throw new AssertionError("called");
            }

            @Override
            protected TokenCount countTokens(ChatRequest chat) {
                cancellation.cancel();
                return TokenCount.exactly(1);
            }
        };
        assertThatThrownBy(() ->
                        endpoint.answer(Request.of("hi").useAtMostTokens(100).cancelledBy(cancellation)))
                .isInstanceOf(CallCancelledException.class);
        assertThat(Thread.interrupted()).as("stray interrupt").isFalse();
    }

    @Test
    void keepsTheInterruptThatTheThreadCameWith() {
        Cancellation cancellation = Cancellation.create();
        ModelEndpoint endpoint = ModelEndpoint.of("m", ModelProfile.local().build(), (chat, context, tokens) -> {
            cancellation.cancel();
            return Completion.of("too late");
        });
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> endpoint.answer(Request.of("hi").cancelledBy(cancellation)))
                .isInstanceOf(CallCancelledException.class);
        assertThat(Thread.interrupted()).as("the caller's own interrupt").isTrue();
        Cancellation other = Cancellation.create();
        assertThatThrownBy(() -> ModelEndpoint.of("n", ModelProfile.local().build(), (chat, context, tokens) -> {
                            other.cancel();
                            return Completion.of("too late");
                        })
                        .answer(Request.of("hi").cancelledBy(other)))
                .isInstanceOf(CallCancelledException.class);
        assertThat(Thread.interrupted()).as("an interrupt of the guard's").isFalse();
    }

    @Test
    void anInterruptFromOutsideCancelsTheCallAndStays() throws Exception {
        ScriptedEndpoint endpoint = ScriptedEndpoint.named("m").waits().build();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        AtomicBoolean interrupted = new AtomicBoolean();
        Thread thread = new Thread(() -> {
            try {
                endpoint.answer("hi");
            } catch (TandemException e) {
                failure.set(e);
                interrupted.set(Thread.currentThread().isInterrupted());
            }
        });
        thread.start();
        endpoint.awaitCall();
        thread.interrupt();
        thread.join();
        assertThat(failure.get()).isInstanceOf(CallCancelledException.class).hasMessageContaining("m was interrupted");
        assertThat(interrupted).isTrue();
    }

    @Test
    void leavesNothingRegisteredOnALongLivedCancellation() throws Exception {
        Cancellation cancellation = Cancellation.create();
        ModelEndpoint endpoint = ScriptedEndpoint.saying("m", "hi");
        Request request = Request.of("hi").cancelledBy(cancellation).deadline(Duration.ofHours(1));
        for (int i = 0; i < 50; i++) {
            endpoint.answer(request);
            endpoint.answerAsync(request).get();
        }
        assertThat(waitingOn(cancellation)).isZero();
    }

    @Test
    void oneSlowActionHoldsUpNoOtherDeadline() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch stuck = new CountDownLatch(1);
        ModelEndpoint clumsy = ModelEndpoint.of("clumsy", ModelProfile.local().build(), (chat, context, tokens) -> {
            context.onCancel(() -> {
                stuck.countDown();
                awaitUninterruptibly(release);
            });
            new CountDownLatch(1).await();
            return Completion.of("never");
        });
        CompletableFuture<Reply> first = clumsy.answerAsync(Request.of("hi").deadline(Duration.ofMillis(500)));
        stuck.await();
        try {
            assertThatThrownBy(() -> ScriptedEndpoint.named("m")
                            .waits()
                            .build()
                            .answer(Request.of("hi").deadline(Duration.ofMillis(20))))
                    .isInstanceOf(DeadlineExceededException.class);
        } finally {
            release.countDown();
        }
        assertThatThrownBy(first::get).hasCauseInstanceOf(DeadlineExceededException.class);
    }

    @Test
    void aDeadlineReachesACallThatStillWaitsForAThread() {
        LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
        ScriptedEndpoint endpoint = ScriptedEndpoint.saying("m", "hi");
        CompletableFuture<Reply> call =
                endpoint.answerAsync(Request.of("hi").executor(queue::add).deadline(Duration.ofMillis(20)));
        assertThatThrownBy(call::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(DeadlineExceededException.class);
        queue.remove().run();
        assertThat(endpoint.calls())
                .as("calls of a model that nobody waits for any more")
                .isZero();
    }

    @Test
    void aCancellationReachesACallThatStillWaitsForAThread() {
        LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
        ScriptedEndpoint endpoint = ScriptedEndpoint.saying("m", "hi");
        Cancellation cancellation = Cancellation.create();
        Request request = Request.of("hi").executor(queue::add);
        CompletableFuture<Reply> call = endpoint.answerAsync(request.cancelledBy(cancellation));
        cancellation.cancel();
        assertThat(call).isCompletedExceptionally();
        CompletableFuture<Reply> late = endpoint.answerAsync(request.cancelledBy(cancellation));
        assertThat(late).isCompletedExceptionally();
        queue.forEach(Runnable::run);
        assertThat(endpoint.calls()).isZero();
    }

    @Test
    void anExecutorThatRejectsFailsTheFutureAndLeavesNothing() throws Exception {
        Cancellation cancellation = Cancellation.create();
        CompletableFuture<Reply> call = ScriptedEndpoint.saying("m", "hi")
                .answerAsync(Request.of("hi").cancelledBy(cancellation).executor(task -> {
                    throw new RejectedExecutionException("full");
                }));
        assertThatThrownBy(call::get)
                .hasCauseInstanceOf(CapacityExceededException.class)
                .hasMessageContaining("m was not started");
        assertThat(waitingOn(cancellation)).isZero();
    }

    @Test
    void aPastDeadlineIsToldByTheRequestsClock() {
        Instant then = Instant.parse("2001-01-01T00:00:00Z");
        Request request = Request.of("hi")
                .clock(Clock.fixed(then, ZoneOffset.UTC))
                .deadline(then.plusSeconds(1))
                .deadline(Duration.ofSeconds(9));
        assertThat(request.context().deadline())
                .as("the earlier of two deadlines")
                .contains(then.plusSeconds(1));
        assertThat(ScriptedEndpoint.saying("m", "hi").answer(request).text()).isEqualTo("hi");
        DeadlineExceededException late = catchThrowableOfType(
                DeadlineExceededException.class,
                () -> ScriptedEndpoint.saying("m", "hi")
                        .answer(request.clock(Clock.offset(Clock.fixed(then, ZoneOffset.UTC), Duration.ofSeconds(2)))));
        assertThat(late).hasMessageContaining("2001-01-01T00:00:01Z").hasMessageContaining("m");
    }

    private static int waitingOn(Cancellation cancellation) throws ReflectiveOperationException {
        var field = Cancellation.class.getDeclaredField("actions");
        field.setAccessible(true);
        return ((List<?>) Objects.requireNonNull(field.get(cancellation))).size();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        List<InterruptedException> ignored = new ArrayList<>();
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                ignored.add(e);
            }
        }
    }
}
