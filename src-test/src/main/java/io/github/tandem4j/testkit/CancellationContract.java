package io.github.tandem4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.abort;

import io.github.tandem4j.Budget;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.CallListener;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TandemException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/**
 * What every {@link ModelEndpoint} promises about the end of a call that is not its own: by a deadline, by a cancellation,
 * or by an interrupt, on threads of any kind. It is part of {@link ModelEndpointContract}.
 */
public abstract class CancellationContract extends StreamingContract {

    /** For subclasses. */
    protected CancellationContract() {}

    @Test
    void refusesADeadlineInThePastBeforeAnyCall() {
        assertRefused(request().deadline(Duration.ZERO), DeadlineExceededException.class);
        assertRefused(request().deadline(Instant.EPOCH), DeadlineExceededException.class);
        assertRefused(request().deadline(Instant.MIN), DeadlineExceededException.class);
    }

    @Test
    void takesADeadlineFarAway() {
        assertThat(endpoint().answer(request().deadline(Instant.MAX)).text()).isNotBlank();
        assertThat(endpoint()
                        .answer(request().deadline(Duration.ofSeconds(Long.MAX_VALUE)))
                        .text())
                .isNotBlank();
        assertThat(endpoint().answer(request().deadline(Duration.ofHours(1))).text())
                .isNotBlank();
    }

    @Test
    void deadlineEndsARunningCall() {
        Request slow = slowRequest();
        Budget budget = Budget.ofTokens(PLENTY_OF_TOKENS);
        RecordingSink sink = new RecordingSink();
        ModelEndpoint endpoint = endpoint();
        TandemException failure = catchThrowableOfType(
                TandemException.class,
                () -> endpoint.answer(slow.within(budget).deadline(Duration.ofMillis(150)), sink));
        sink.close();
        assertThat(failure).isInstanceOf(DeadlineExceededException.class).hasMessageContaining("deadline");
        assertThat(Thread.currentThread().isInterrupted())
                .as("interrupt left on the caller's thread")
                .isFalse();
        assertBrokeOff(failure, sink, budget);
        assertThat(sink.violations()).isEmpty();
        assertThat(endpoint.answer(request()).text())
                .as("answer after a call that was cut off")
                .isNotBlank();
        assertThat(sink.violations()).isEmpty();
    }

    @Test
    void refusesACancelledCallBeforeAnyCall() {
        Cancellation cancellation = Cancellation.create();
        cancellation.cancel();
        assertRefused(request().cancelledBy(cancellation), CallCancelledException.class);
    }

    @Test
    void cancellationEndsARunningCall() throws Exception {
        Request slow = slowRequest();
        Budget budget = Budget.ofTokens(PLENTY_OF_TOKENS);
        Cancellation cancellation = Cancellation.create();
        RecordingSink sink = new RecordingSink();
        ModelEndpoint endpoint = endpoint();
        CompletableFuture<Reply> call = endpoint.answerAsync(slow.within(budget).cancelledBy(cancellation), sink);
        awaitRunning(sink);
        cancellation.cancel();
        ExecutionException failure = catchThrowableOfType(ExecutionException.class, call::get);
        sink.close();
        if (!(failure.getCause() instanceof CallCancelledException cancelled)) {
            throw new AssertionError("a cancelled call ended with", failure.getCause());
        }
        assertBrokeOff(cancelled, sink, budget);
        assertThat(endpoint.answer(request()).text()).isNotBlank();
        assertThat(sink.violations()).isEmpty();
    }

    @Test
    void cancellingTheFutureEndsTheCall() throws Exception {
        Request slow = slowRequest();
        RecordingSink sink = new RecordingSink();
        Ended ended = new Ended(endpoint().id());
        CompletableFuture<Reply> call = endpoint().answerAsync(slow.listener(ended), sink);
        awaitRunning(sink);
        call.cancel(true);
        assertThat(call).isCancelled();
        assertThat(ended.failure.get()).isInstanceOf(CallCancelledException.class);
    }

    /** A thread that is interrupted, by a server that shuts down, say, is wanted elsewhere, and must learn of it. */
    @Test
    void anInterruptOfTheCallersThreadEndsTheCallAndIsKept() throws Exception {
        Request slow = slowRequest();
        Budget budget = Budget.ofTokens(PLENTY_OF_TOKENS);
        RecordingSink sink = new RecordingSink();
        ModelEndpoint endpoint = endpoint();
        CompletableFuture<Boolean> kept = new CompletableFuture<>();
        CompletableFuture<TandemException> failure = new CompletableFuture<>();
        Thread caller = new Thread(
                () -> {
                    try {
                        failure.completeExceptionally(new AssertionError(
                                "the interrupted call answered: " + endpoint.answer(slow.within(budget), sink)));
                    } catch (TandemException e) {
                        failure.complete(e);
                    } finally {
                        kept.complete(Thread.currentThread().isInterrupted());
                    }
                },
                "contract-interrupted");
        caller.start();
        awaitRunning(sink);
        caller.interrupt();
        TandemException cancelled = failure.get();
        sink.close();
        assertThat(cancelled).isInstanceOf(CallCancelledException.class).hasMessageContaining("interrupted");
        assertThat(kept.get()).as("interrupt status of the caller's thread").isTrue();
        assertBrokeOff(cancelled, sink, budget);
        assertThat(endpoint.answer(request()).text()).isNotBlank();
        assertThat(sink.violations()).isEmpty();
    }

    @Test
    void aVirtualThreadIsAnsweredAsAnyOther() throws Exception {
        ModelEndpoint endpoint = endpoint();
        RecordingSink sink = new RecordingSink();
        Reply there = onAVirtualThread(() -> endpoint.answer(request(), sink));
        assertThat(sink.text()).isEqualTo(there.text()).isNotBlank();
        assertThat(sink.violations()).isEmpty();
        if (isDeterministic()) {
            assertThat(there.text()).isEqualTo(endpoint.answer(request()).text());
        }
    }

    @Test
    void aDeadlineEndsACallOfAVirtualThread() throws Exception {
        Request slow = slowRequest();
        Budget budget = Budget.ofTokens(PLENTY_OF_TOKENS);
        RecordingSink sink = new RecordingSink();
        TandemException failure = onAVirtualThread(() -> catchThrowableOfType(
                TandemException.class,
                () -> endpoint().answer(slow.within(budget).deadline(Duration.ofMillis(150)), sink)));
        assertThat(failure).isInstanceOf(DeadlineExceededException.class);
        assertBrokeOff(failure, sink, budget);
    }

    @Test
    void aCancellationEndsACallOfAVirtualThread() throws Exception {
        Request slow = slowRequest();
        Budget budget = Budget.ofTokens(PLENTY_OF_TOKENS);
        Cancellation cancellation = Cancellation.create();
        RecordingSink sink = new RecordingSink();
        CompletableFuture<TandemException> call = startOnAVirtualThread(() -> catchThrowableOfType(
                TandemException.class,
                () -> endpoint().answer(slow.within(budget).cancelledBy(cancellation), sink)));
        awaitRunning(sink);
        cancellation.cancel();
        assertThat(call.get()).isInstanceOf(CallCancelledException.class);
        assertBrokeOff(call.get(), sink, budget);
    }

    private static <T> T onAVirtualThread(Callable<T> task) throws Exception {
        return startOnAVirtualThread(task).get();
    }

    private static <T> CompletableFuture<T> startOnAVirtualThread(Callable<T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Runnable run = () -> {
            try {
                result.complete(task.call());
            } catch (Throwable t) { // an assertion too: it belongs to whoever waits for the result
                result.completeExceptionally(t);
            }
        };
        try {
            Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, run);
        } catch (ReflectiveOperationException e) {
            abort("Java " + Runtime.version().feature() + " has no virtual threads");
        }
        return result;
    }

    /** Waits for the end of an endpoint's call. */
    private static final class Ended implements CallListener {

        private final String endpoint;
        private final CompletableFuture<TandemException> failure = new CompletableFuture<>();

        Ended(String endpoint) {
            this.endpoint = endpoint;
        }

        @Override
        public void onError(String id, TandemException reason) {
            if (id.equals(endpoint)) {
                failure.complete(reason);
            }
        }

        @Override
        public void onReply(String id, Reply reply) {
            if (id.equals(endpoint)) {
                failure.completeExceptionally(new AssertionError("the cancelled call answered: " + reply));
            }
        }
    }
}
