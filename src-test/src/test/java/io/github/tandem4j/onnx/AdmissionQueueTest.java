package io.github.tandem4j.onnx;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.CallContext;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.EndpointClosedException;
import io.github.tandem4j.Request;
import io.github.tandem4j.TransientException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each caller has a thread of its own, and comes only when the one before it waits: so every order is known. */
@Timeout(20)
class AdmissionQueueTest {
    private final List<Caller> callers = new ArrayList<>();
    private final List<String> order = Collections.synchronizedList(new ArrayList<>());

    /** Enters, says so, and stays until it is let go. */
    private final class Caller {
        private final CountDownLatch go = new CountDownLatch(1);
        private final CompletableFuture<Void> entered = new CompletableFuture<>();
        private final String name;
        private final Thread thread;

        Caller(AdmissionQueue queue, String name, String tenant, CallContext context, boolean patient) {
            this.name = name;
            thread = new Thread(() -> {
                try (AdmissionQueue.Place place =
                        patient ? queue.enterPatiently(context, tenant) : queue.enter(context, tenant)) {
                    assertThat(place).isNotNull();
                    order.add(name);
                    entered.complete(null);
                    go.await();
                } catch (Throwable e) {
                    entered.completeExceptionally(e);
                }
            });
            thread.start();
            callers.add(this);
        }

        void leave() throws InterruptedException {
            go.countDown();
            thread.join();
        }

        Throwable failure() throws InterruptedException {
            try {
                entered.get();
                throw new AssertionError("it was let in");
            } catch (ExecutionException e) {
                return requireNonNull(e.getCause());
            }
        }
    }

    @AfterEach
    void end() throws InterruptedException {
        callers.forEach(caller -> caller.go.countDown()); // whoever still waits comes in, and goes
        for (Caller caller : callers) {
            caller.thread.join();
        }
    }

    private Caller inside(AdmissionQueue queue, String name) {
        Caller caller = new Caller(queue, name, name, CallContext.unlimited(), false);
        caller.entered.join();
        return caller;
    }

    private Caller waiting(AdmissionQueue queue, String name, String tenant, CallContext context)
            throws InterruptedException {
        return waiting(queue, name, tenant, context, false);
    }

    private Caller waiting(AdmissionQueue queue, String name, String tenant, CallContext context, boolean patient)
            throws InterruptedException {
        int before = queue.waiting();
        Caller caller = new Caller(queue, name, tenant, context, patient);
        awaitWaiting(queue, before + 1);
        return caller;
    }

    private static void awaitWaiting(AdmissionQueue queue, int count) throws InterruptedException {
        while (queue.waiting() != count) {
            Thread.sleep(1);
        }
    }

    private static AdmissionQueue queue(int running, int waiting) {
        return new AdmissionQueue("tiny", running, waiting);
    }

    @Test
    void tenantsTakeTurnsAndATenantsCallsComeInTheirOrder() throws InterruptedException {
        AdmissionQueue queue = queue(1, 10);
        Caller running = inside(queue, "first");
        for (String name : List.of("a1", "a2", "a3", "a4", "b1", "c1", "b2")) {
            waiting(queue, name, name.substring(0, 1), CallContext.unlimited());
        }
        running.leave();
        for (String name : List.of("a1", "b1", "c1", "a2", "b2", "a3", "a4")) { // one goes, and the next comes
            Caller now = callers.stream()
                    .filter(caller -> caller.name.equals(name))
                    .findFirst()
                    .orElseThrow();
            now.entered.join();
            now.leave();
        }
        assertThat(order).containsExactly("first", "a1", "b1", "c1", "a2", "b2", "a3", "a4");
    }

    @Test
    void soManyRunAtOnceAndNoMore() throws InterruptedException {
        AdmissionQueue queue = queue(2, 10);
        Caller one = inside(queue, "one");
        inside(queue, "two");
        Caller third = waiting(queue, "three", "", CallContext.unlimited());
        assertThat(third.entered).isNotDone();
        one.leave();
        third.entered.join();
        assertThat(queue.waiting()).isZero();
    }

    @Test
    void whenAllPlacesAreTakenTheNextCallIsRefusedAsWhatMayPass() throws InterruptedException {
        AdmissionQueue queue = queue(1, 2);
        inside(queue, "running");
        waiting(queue, "a1", "a", CallContext.unlimited());
        waiting(queue, "a2", "a", CallContext.unlimited());

        assertThatThrownBy(() -> queue.enter(CallContext.unlimited(), "a"))
                .isInstanceOf(TransientException.class)
                .hasMessageContaining("tiny runs 1 calls at once and lets 2 wait");
        assertThat(queue.waiting()).isEqualTo(2);
        AdmissionQueue none = queue(1, 0);
        inside(none, "alone");
        assertThatThrownBy(() -> none.enter(CallContext.unlimited(), "b")).isInstanceOf(TransientException.class);
    }

    @Test
    void aFloodShutsOutNobodyButItself() throws InterruptedException {
        AdmissionQueue queue = queue(1, 4);
        Caller running = inside(queue, "running");
        for (String name : List.of("a1", "a2", "a3", "a4")) {
            waiting(queue, name, "a", CallContext.unlimited());
        }
        Caller newest = callers.get(4);
        Caller b1 = new Caller(queue, "b1", "b", CallContext.unlimited(), false);
        assertThat(newest.failure())
                .isInstanceOf(TransientException.class)
                .hasMessageContaining("gave way to a call of a tenant that has fewer");
        Caller b2 = new Caller(queue, "b2", "b", CallContext.unlimited(), false);
        assertThat(callers.get(3).failure()).isInstanceOf(TransientException.class);
        awaitWaiting(queue, 4);
        assertThatThrownBy(() -> queue.enter(CallContext.unlimited(), "b"))
                .as("by now both have as many")
                .isInstanceOf(TransientException.class);
        running.leave();
        callers.get(1).entered.join();
        callers.get(1).leave();
        b1.entered.join();
        assertThat(order).containsExactly("running", "a1", "b1");
        assertThat(b2.entered).isNotDone();
    }

    @Test
    void aPatientOneWaitsHoweverManyDoAndGivesWayToNobody() throws InterruptedException {
        AdmissionQueue queue = queue(1, 1);
        Caller running = inside(queue, "running");
        Caller a = waiting(queue, "a", "a", CallContext.unlimited());
        Caller first = waiting(queue, "p1", "p", CallContext.unlimited(), true);
        Caller second = waiting(queue, "p2", "p", CallContext.unlimited(), true);
        assertThatThrownBy(() -> queue.enter(CallContext.unlimited(), "b")).isInstanceOf(TransientException.class);
        running.leave();
        a.entered.join();
        a.leave();
        first.entered.join();
        first.leave();
        second.entered.join();
    }

    @Test
    void cancellationEndsTheWaitingAndNothingElse() throws InterruptedException {
        AdmissionQueue queue = queue(1, 2);
        Caller running = inside(queue, "running");
        Cancellation cancellation = Cancellation.create();
        Caller cancelled = waiting(
                queue, "a", "", Request.of("x").cancelledBy(cancellation).context());
        Caller next = waiting(queue, "b", "", CallContext.unlimited());
        cancellation.cancel();
        assertThat(cancelled.failure()).isInstanceOf(CallCancelledException.class);
        assertThat(queue.waiting()).isEqualTo(1);
        running.leave();
        next.entered.join();
    }

    @Test
    void aDeadlineEndsTheWaiting() throws InterruptedException {
        AdmissionQueue queue = queue(1, 2);
        inside(queue, "running");
        CallContext context = Request.of("x").deadline(Duration.ofMillis(50)).context();
        Caller late = new Caller(queue, "a", "", context, false);
        assertThat(late.failure()).isInstanceOf(DeadlineExceededException.class).hasMessageContaining("tiny");
        assertThat(queue.waiting()).isZero();
    }

    @Test
    void anInterruptEndsTheWaitingAndTheFlagStays() throws InterruptedException {
        AdmissionQueue queue = queue(1, 2);
        inside(queue, "running");
        AtomicInteger flags = new AtomicInteger();
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try (AdmissionQueue.Place place = queue.enter(CallContext.unlimited(), "")) {
                failure.complete(new AssertionError("let in to " + place));
            } catch (RuntimeException e) {
                flags.addAndGet(Thread.currentThread().isInterrupted() ? 1 : 0);
                failure.complete(e);
            }
        });
        thread.start();
        awaitWaiting(queue, 1);
        thread.interrupt();
        assertThat(failure.join()).isInstanceOf(CallCancelledException.class).hasMessageContaining("interrupted");
        assertThat(flags).hasValue(1);
        assertThat(queue.waiting()).isZero();
    }

    @Test
    void closingEndsAllWaitingAndLetsNobodyIn() throws InterruptedException {
        AdmissionQueue queue = queue(1, 2);
        inside(queue, "running");
        Caller a = waiting(queue, "a", "a", CallContext.unlimited());
        Caller b = waiting(queue, "b", "b", CallContext.unlimited());
        queue.close();
        assertThat(a.failure()).isInstanceOf(EndpointClosedException.class);
        assertThat(b.failure()).isInstanceOf(EndpointClosedException.class);
        assertThatThrownBy(() -> queue.enter(CallContext.unlimited(), ""))
                .isInstanceOf(EndpointClosedException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void whoeverIsInsideEntersAgainAtOnceAndStaysInsideUntilTheOuterCallEnds() throws InterruptedException {
        AdmissionQueue queue = queue(1, 2);
        Caller waiting;
        try (AdmissionQueue.Place outer = queue.enter(CallContext.unlimited(), "a")) {
            waiting = waiting(queue, "b", "b", CallContext.unlimited());
            try (AdmissionQueue.Place inner = queue.enter(CallContext.unlimited(), "a")) {
                assertThat(inner).isNotSameAs(outer);
            }
            assertThat(queue.waiting()).isEqualTo(1);
        }
        waiting.entered.join();
    }
}
