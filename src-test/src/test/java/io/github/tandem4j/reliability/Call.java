package io.github.tandem4j.reliability;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.github.tandem4j.Budget;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.TokenSink;
import io.github.tandem4j.testkit.RecordingSink;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One call: how it is made and stopped, and every end that its caller is told. */
final class Call {

    /** No call takes so long; one that does hangs. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final int number;
    private final ModelEndpoint endpoint;
    private final Way way;
    private final Stop stop;
    private final Duration deadline;
    private final Duration stopAfter;
    private final int stopAtPiece;
    private final @Nullable Budget budget;
    private final Chance chance;

    private final Account account;
    private final RecordingSink sink = new RecordingSink();
    private final Cancellation cancellation = Cancellation.create();
    private final List<Object> ends = new CopyOnWriteArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile long startNanos;
    private volatile long stopNanos;
    private volatile long endNanos;
    private volatile boolean sinkThrew;
    private volatile boolean toldAfterHandle;
    private volatile @Nullable Request request;

    /** The call of this number, planned by chance. */
    Call(int number, ModelEndpoint endpoint, boolean isStopped, @Nullable Budget budget, Leaves leaves, Chance seed) {
        this.number = number;
        this.endpoint = endpoint;
        this.budget = budget;
        chance = seed.of("call", number);
        List<Way> ways = List.of(Way.values());
        way = ways.get(chance.of("way").below(ways.size()));
        List<Stop> stops = Stop.of(way);
        stop = isStopped ? stops.get(chance.of("stop").below(stops.size())) : Stop.NONE;
        deadline = Duration.ofMillis(
                stop == Stop.DEADLINE
                        ? 1 + chance.of("short").below(40)
                        : 300 + chance.of("deadline").below(1500));
        stopAfter =
                Duration.ofNanos(chance.of("after").below(chance.of("scale").below(3) == 0 ? 2_000_000 : 80_000_000));
        stopAtPiece = 1 + chance.of("piece").below(6);
        account = new Account(endpoint.id(), leaves);
    }

    int number() {
        return number;
    }

    ModelEndpoint endpoint() {
        return endpoint;
    }

    Way way() {
        return way;
    }

    Stop stop() {
        return stop;
    }

    Account account() {
        return account;
    }

    @Nullable
    Budget budget() {
        return budget;
    }

    RecordingSink sink() {
        return sink;
    }

    /** Replies, responses and exceptions that the caller was told; one, if all is well. */
    List<Object> ends() {
        return List.copyOf(ends);
    }

    boolean sinkThrew() {
        return sinkThrew;
    }

    boolean wasToldAfterHandle() {
        return toldAfterHandle;
    }

    @Nullable
    Request request() {
        return request;
    }

    /** How long after its deadline it ended; negative if before. */
    Duration lateness() {
        return Duration.ofNanos(endNanos - startNanos).minus(deadline);
    }

    /** How long after it was stopped all of its work had ended; null if it was not, or had ended before. */
    @Nullable
    Duration timeToStop() {
        long end = Math.max(endNanos, account.endNanos());
        return stopNanos == 0 || stopNanos > end ? null : Duration.ofNanos(end - stopNanos);
    }

    /** Makes the call and waits for its end. */
    void make(ScheduledExecutorService stopper) throws InterruptedException {
        startNanos = System.nanoTime();
        switch (way) {
            case BLOCKING ->
                onThisThread(stopper, () -> endpoint.answer(limited(Request.of(Leaves.chat(number, chance)))));
            case HEARD ->
                onThisThread(
                        stopper, () -> endpoint.answer(limited(Request.of(Leaves.chat(number, chance))), listener()));
            case CHAT_MODEL ->
                onThisThread(stopper, () -> endpoint.asChatModel(this::limited).chat(Leaves.chat(number, chance)));
            case ASYNC -> elsewhere(stopper, endpoint.answerAsync(limited(Request.of(Leaves.chat(number, chance)))));
            case ASYNC_HEARD ->
                elsewhere(stopper, endpoint.answerAsync(limited(Request.of(Leaves.chat(number, chance))), listener()));
            case STREAMING_CHAT_MODEL -> {
                endpoint.asStreamingChatModel(this::limited).chat(Leaves.chat(number, chance), new Handler());
                later(stopper, cancellation::cancel);
            }
        }
        if (stop == Stop.HANDLE) {
            awaitUnheard();
        } else {
            assertThat(ended.await(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("end of " + this)
                    .isTrue();
        }
    }

    /** Nobody may be told the end of a call that was stopped by its handle; its listener is. */
    private void awaitUnheard() throws InterruptedException {
        while (ended.getCount() > 0 && account.timesOver() == 0) {
            assertThat(Duration.ofNanos(System.nanoTime() - startNanos))
                    .as("time of " + this)
                    .isLessThan(PATIENCE);
            Thread.sleep(1);
        }
    }

    private Request limited(Request plain) {
        Request limited = plain.deadline(deadline)
                .listener(account)
                .session("session " + number % 50)
                .cancelledBy(cancellation);
        limited = budget == null ? limited : limited.within(budget);
        request = limited;
        return limited;
    }

    private interface Blocking {
        Object call();
    }

    private void onThisThread(ScheduledExecutorService stopper, Blocking blocking) {
        Thread caller = Thread.currentThread();
        later(stopper, () -> {
            if (stop == Stop.INTERRUPT) {
                synchronized (this) {
                    if (ended.getCount() > 0) { // or it would be another call's interrupt
                        caller.interrupt();
                    }
                }
            } else {
                cancellation.cancel();
            }
        });
        Object end;
        try {
            end = blocking.call();
        } catch (Throwable t) {
            end = t;
        }
        sink.close();
        synchronized (this) {
            end(end);
            var unused = Thread.interrupted();
        }
    }

    private void elsewhere(ScheduledExecutorService stopper, CompletableFuture<Reply> future) {
        var unused = future.whenComplete((reply, failure) -> {
            if (!future.isCancelled()) { // its sink may hear more until the call has noticed
                sink.close();
            }
            end(failure == null ? reply : failure);
        });
        later(stopper, () -> {
            if (stop == Stop.FUTURE) {
                future.cancel(true);
            } else {
                cancellation.cancel();
            }
        });
    }

    private void later(ScheduledExecutorService stopper, Runnable how) {
        if (stop.isTimed()) {
            var unused = stopper.schedule(
                    () -> {
                        stopNanos = System.nanoTime();
                        how.run();
                    },
                    stopAfter.toNanos(),
                    TimeUnit.NANOSECONDS);
        }
    }

    private void end(Object end) {
        endNanos = System.nanoTime();
        ends.add(end);
        ended.countDown();
    }

    private TokenSink listener() {
        return text -> {
            sink.accept(text);
            if (sink.pieces().size() == stopAtPiece) {
                if (stop == Stop.SINK_CANCELS) {
                    stopNanos = System.nanoTime();
                    cancellation.cancel();
                } else if (stop == Stop.SINK_THROWS) {
                    sinkThrew = true;
                    throw new IllegalStateException("the reader has gone");
                }
            }
        };
    }

    private final class Handler implements StreamingChatResponseHandler {

        private volatile boolean cancelled;

        @Override
        public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
            toldAfterHandle |= cancelled;
            listener().accept(piece.text());
            if (stop == Stop.HANDLE && sink.pieces().size() == stopAtPiece) {
                cancelled = true;
                stopNanos = System.nanoTime();
                context.streamingHandle().cancel();
            }
        }

        @Override
        public void onCompleteResponse(ChatResponse response) {
            toldAfterHandle |= cancelled;
            sink.close();
            end(response);
        }

        @Override
        public void onError(Throwable failure) {
            toldAfterHandle |= cancelled;
            sink.close();
            end(failure);
        }
    }

    @Override
    public String toString() {
        return "call " + number + " (" + way + ", stopped by " + stop + ", deadline " + deadline.toMillis() + " ms)";
    }
}
