package io.github.tandem4j;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/** An answer under way on an executor; whoever cancels the future cancels the call. */
final class AsyncCall extends CompletableFuture<Reply> implements Runnable {

    private final ModelEndpoint endpoint;
    private final Request request;
    private final TokenSink tokens;
    private final Cancellation cancellation;

    private AsyncCall(ModelEndpoint endpoint, Request request, TokenSink tokens, Cancellation cancellation) {
        this.endpoint = endpoint;
        this.request = Objects.requireNonNull(request, "request").cancelledBy(cancellation);
        this.tokens = Objects.requireNonNull(tokens, "tokens");
        this.cancellation = cancellation;
    }

    static CompletableFuture<Reply> start(ModelEndpoint endpoint, Request request, TokenSink tokens) {
        AsyncCall call = new AsyncCall(endpoint, request, tokens, Cancellation.create());
        try {
            request.context().executor().execute(call);
        } catch (RejectedExecutionException e) {
            call.completeExceptionally(new TransientException(
                    "call of " + endpoint.id() + " was not started: the request's executor rejected it", e));
        }
        return call;
    }

    @Override
    public void run() {
        try {
            complete(endpoint.answer(request, tokens));
        } catch (Throwable t) { // whatever it is, it belongs to whoever waits for the future
            completeExceptionally(t);
        }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        cancellation.cancel();
        return super.cancel(mayInterruptIfRunning);
    }
}
