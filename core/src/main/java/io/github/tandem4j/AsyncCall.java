package io.github.tandem4j;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * An answer under way on an executor; whoever cancels the future cancels the call. While it waits for a thread it is
 * watched already: a call whose deadline passes in the executor's queue fails at its deadline, and is never begun.
 */
final class AsyncCall extends CompletableFuture<Reply> implements Runnable {

    private final ModelEndpoint endpoint;
    private final Request request;
    private final TokenSink tokens;
    private final Cancellation cancellation;
    private final AtomicBoolean begun = new AtomicBoolean();
    private final Watch watch;
    private volatile Cancellation.@Nullable Registration waiting;

    private AsyncCall(ModelEndpoint endpoint, Request request, TokenSink tokens, Cancellation cancellation) {
        this.endpoint = endpoint;
        this.request = Objects.requireNonNull(request, "request").cancelledBy(cancellation);
        this.tokens = Objects.requireNonNull(tokens, "tokens");
        this.cancellation = cancellation;
        watch = new Watch(this.request.context());
    }

    static CompletableFuture<Reply> start(ModelEndpoint endpoint, Request request, TokenSink tokens) {
        AsyncCall call = new AsyncCall(endpoint, request, tokens, Cancellation.create());
        call.start();
        return call;
    }

    /** Starts a call whose end is told on the thread that ends it, even if that is before this returns. */
    static void start(
            ModelEndpoint endpoint,
            Request request,
            TokenSink tokens,
            BiConsumer<@Nullable Reply, @Nullable Throwable> whenDone) {
        AsyncCall call = new AsyncCall(endpoint, request, tokens, Cancellation.create());
        var unused = call.whenComplete(whenDone);
        call.start();
    }

    private void start() {
        waitForAThread();
        try {
            request.context().executor().execute(this);
        } catch (RejectedExecutionException e) {
            notStarted(new CapacityExceededException(
                    "call of " + endpoint.id() + " was not started: the request's executor rejected it", e));
        } catch (RuntimeException e) {
            notStarted(new PluginException(
                    "call of " + endpoint.id() + " was not started: the request's executor threw " + e, e));
        } catch (Error e) { // such as the lack of memory for another thread
            notStarted(e);
        }
    }

    private void notStarted(Throwable why) {
        if (begin()) {
            completeExceptionally(why);
        }
    }

    @Override
    public void run() {
        if (!begin()) {
            return;
        }
        try {
            Reply reply = endpoint.answer(request, tokens);
            if (reply == null) {
                throw new PluginException("endpoint " + endpoint.id() + " returned null; valid is a reply");
            }
            complete(reply);
        } catch (Throwable t) { // whatever it is, it belongs to whoever waits for the future
            completeExceptionally(t);
        }
    }

    private void waitForAThread() {
        Cancellation.Registration registration = watch.context().onCancel(this::giveUpWaiting);
        waiting = registration;
        if (begun.get()) {
            registration.close(); // given up before the registration was known
        }
    }

    private void giveUpWaiting() {
        if (begin()) {
            try {
                watch.context().throwIfOver(endpoint.id());
            } catch (TandemException e) {
                completeExceptionally(e);
            }
        }
    }

    /** {@return whether this is the first to begin, or to give up, the call} */
    private boolean begin() {
        if (!begun.compareAndSet(false, true)) {
            return false;
        }
        Cancellation.Registration registration = waiting;
        if (registration != null) {
            registration.close();
        }
        watch.close();
        return true;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean cancelled = super.cancel(mayInterruptIfRunning); // first, or the call might fail the future before it
        cancellation.cancel();
        return cancelled;
    }
}
