package io.github.tandem4j;

import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One call of a strategy: whom it asks, what it decides, and the reply that comes of it. Whatever it asks is asked within
 * the limits of the call, and counts in the reply's cost and trace, failures included.
 *
 * <p>Members may be asked from several threads at once.
 */
public final class StrategyCall {

    private final StrategyEndpoint strategy;
    private final Request request;
    private final StreamedText streamed;
    private final long start = System.nanoTime();
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Trace> children = new ArrayList<>(2);
    private final List<Decision> decisions = new ArrayList<>(2);

    StrategyCall(StrategyEndpoint strategy, Request request, TokenSink tokens) {
        this.strategy = strategy;
        this.request = request;
        streamed = new StreamedText(strategy.id(), request.context(), tokens);
    }

    Reply run() {
        List<CallListener> listeners = request.context().listeners();
        Listeners.tell(listeners, listener -> listener.onStart(strategy.id(), request));
        try {
            request.context().throwIfOver(strategy.id());
            Reply reply = strategy.conduct(this);
            if (reply == null) {
                throw new PluginException(strategy.kind() + " " + strategy.id() + " returned null; valid is a reply");
            }
            streamed.throwIfSinkThrew();
            Listeners.tell(listeners, listener -> listener.onReply(strategy.id(), reply));
            return reply;
        } catch (RuntimeException e) {
            TandemException failure = e instanceof TandemException known ? known : strategy.threw(e);
            failure.heardAs(streamed.heard());
            failure.tracedAs(trace(Trace.Outcome.ofFailure(failure), message(failure), Confidence.unknown()));
            Listeners.tell(listeners, listener -> listener.onError(strategy.id(), failure));
            throw failure;
        } finally {
            streamed.end();
        }
    }

    /** {@return what is asked, with its limits} */
    public Request request() {
        return request;
    }

    /** {@return who listens to the answer as it comes; give it nothing that may be taken back} */
    public TokenSink tokens() {
        return streamed.sink();
    }

    /**
     * {@return whether whoever listens has been given any of the answer, so that it can no longer change}
     *
     * <p>What a member has said is not heard while somebody further out {@linkplain RevocableSink holds it back}: when
     * the next member is asked for the answer, it is taken back.
     */
    public boolean wasHeard() {
        return streamed.wasHeard();
    }

    /** Gives the whole text of an answer that was held back until now to whoever listens. */
    public void deliver(Reply answer) {
        streamed.startOver();
        if (!answer.text().isEmpty()) {
            tokens().accept(answer.text());
        }
    }

    /** Asks a member the strategy's own question, unheard. See {@link #ask(String, ModelEndpoint, ChatRequest, TokenSink)}. */
    public Reply ask(String role, ModelEndpoint member) {
        return ask(role, member, request.chat(), TokenSink.NONE);
    }

    /**
     * Asks a member, within the limits of the call.
     *
     * @param role why it is asked, for the trace, such as {@code stage 1 of 2}
     * @param member whom to ask
     * @param chat what to ask
     * @param sink who listens: {@link #tokens()} if this is the answer, {@link TokenSink#NONE} if it may not be
     * @throws TandemException as the member threw it; it is in the trace already
     */
    public Reply ask(String role, ModelEndpoint member, ChatRequest chat, TokenSink sink) {
        return ask(role, member, request.chat(chat), sink);
    }

    /**
     * Asks a member the strategy's own question, and can stop it: what the member has said by then is paid for, and it
     * fails with a {@link CallCancelledException}.
     *
     * @param role why it is asked, for the trace, such as {@code stage 1 of 2}
     * @param member whom to ask
     * @param sink who listens
     * @param stop stops this member, and nothing else of the call
     */
    public Reply ask(String role, ModelEndpoint member, TokenSink sink, Cancellation stop) {
        return ask(role, member, request.cancelledBy(stop), sink);
    }

    /**
     * Asks a member the strategy's own question, with less time than the call has.
     *
     * @param role why it is asked, for the trace, such as {@code attempt 1 of 3}
     * @param member whom to ask
     * @param sink who listens
     * @param longest the member's own deadline, from now
     * @throws DeadlineExceededException if the member took longer, or the call itself is over
     */
    public Reply ask(String role, ModelEndpoint member, TokenSink sink, Duration longest) {
        return ask(role, member, request.deadline(longest), sink);
    }

    /**
     * Asks a member the strategy's own question, and tells it more than the request does, such as what its reply shall
     * carry.
     *
     * @param role why it is asked, for the trace, such as {@code stage 1 of 2}
     * @param member whom to ask
     * @param told what it is told besides, for this once
     * @param sink who listens
     * @param stop stops this member, and nothing else of the call; null if nothing does
     */
    public Reply ask(String role, ModelEndpoint member, Evidence told, TokenSink sink, @Nullable Cancellation stop) {
        Request question = request.told(told);
        return ask(role, member, stop == null ? question : question.cancelledBy(stop), sink);
    }

    /**
     * Asks a member as {@link #ask(String, ModelEndpoint, ChatRequest, TokenSink)} does, once the text has been masked:
     * a request labelled {@link PrivacyLabel#MASKED_ONLY} may then travel.
     */
    public Reply askMasked(String role, ModelEndpoint member, ChatRequest chat, TokenSink sink) {
        return ask(role, member, request.chat(chat).with(request.context().masked()), sink);
    }

    /**
     * Asks several members the strategy's own question at once, each on the request's executor, and gives each its share
     * of what the budgets hold.
     *
     * @param asked whom to ask
     * @param cancellation stops those that still work, when their answers are no longer needed
     * @return one future a member, in their order; each is to be counted by {@link #record}
     */
    public List<CompletableFuture<Reply>> askAll(List<ModelEndpoint> asked, Cancellation cancellation) {
        return askAll(asked, request.chat(), asked.size(), cancellation);
    }

    /**
     * Asks several members another question at once, as {@link #askAll(List, Cancellation)} does.
     *
     * @param chat what to ask
     * @param shares into how many parts what the budgets hold is cut, of which each member has one: as many as there are
     *     members, or more if others will be asked after them
     */
    public List<CompletableFuture<Reply>> askAll(
            List<ModelEndpoint> asked, ChatRequest chat, int shares, Cancellation cancellation) {
        Request question = request.chat(chat);
        CallContext context = request.context().cancelledBy(cancellation);
        // All shares are cut before the first member reserves any of the whole.
        List<Request> questions = asked.stream()
                .map(member -> question.with(context.share(shares)))
                .toList();
        List<CompletableFuture<Reply>> futures = new ArrayList<>(asked.size());
        for (int i = 0; i < asked.size(); i++) {
            futures.add(start(asked.get(i), questions.get(i)));
        }
        return futures;
    }

    /** A member that cannot even be started is one that failed: those beside it are under way. */
    private static CompletableFuture<Reply> start(ModelEndpoint member, Request question) {
        try {
            CompletableFuture<Reply> future = member.answerAsync(question);
            return future == null ? CompletableFuture.failedFuture(returnedNull(member)) : future;
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(threw(member, e));
        }
    }

    private static PluginException returnedNull(ModelEndpoint member) {
        return new PluginException("endpoint " + member.id() + " returned null; valid is a reply");
    }

    private static PluginException threw(ModelEndpoint member, Throwable cause) {
        return new PluginException("endpoint " + member.id() + " threw " + cause, cause);
    }

    /**
     * Waits on this thread for something other than a member, such as a permit or a pause: the end of the call
     * interrupts it.
     *
     * @param what is waited for, in words, such as {@code one of its 16 places}
     * @param wait blocks, and ends when its thread is interrupted
     * @throws TandemException why the call is over, if that ended the wait; whatever else the wait threw becomes a
     *     {@link PluginException}
     */
    public <T> @Nullable T await(String what, Callable<? extends @Nullable T> wait) {
        try (Guard guard = Guard.around(request.context())) {
            guard.throwIfFired(strategy.id());
            try {
                return wait.call();
            } catch (Exception e) {
                guard.throwIfFired(strategy.id());
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                    throw new CallCancelledException(strategy.id() + " was interrupted while it waited for " + what, e);
                }
                throw e instanceof TandemException known
                        ? known
                        : new PluginException(strategy.id() + " waited for " + what + ", which threw " + e, e);
            }
        }
    }

    /** Pauses for this time, or until the call is over. */
    public void pause(Duration time) {
        await("the end of a pause", () -> {
            Thread.sleep(time.toMillis(), time.toNanosPart() % 1_000_000);
            return null;
        });
    }

    /** Throws why the call is over, if its caller cancelled it. */
    public void throwIfCancelled() {
        request.context().throwIfCancelled(strategy.id());
    }

    /** Counts the reply of a member asked by {@link #askAll}, as {@link #ask} would have done. */
    public void record(String role, Reply reply) {
        add(reply.trace().as(role));
    }

    /** Counts the failure of a member asked by {@link #askAll}, as {@link #ask} would have done. */
    public void record(String role, ModelEndpoint member, TandemException failure) {
        add(failure.trace()
                .orElseGet(() -> Trace.failed(member.id(), "endpoint", failure, Duration.ZERO))
                .as(role));
    }

    /** Notes that a member was not asked, because of this. */
    public void passOver(String role, ModelEndpoint member, TandemException why) {
        add(Trace.passedOver(member.id(), role, message(why)));
    }

    /** Notes a decision, and tells the listeners. */
    public void decide(Decision decision) {
        lock.lock();
        try {
            decisions.add(decision);
        } finally {
            lock.unlock();
        }
        Listeners.tell(request.context().listeners(), listener -> listener.onDecision(strategy.id(), decision));
    }

    /**
     * Calls a plug-in. What it throws, and a null that it returns, becomes a {@link PluginException} that names it.
     *
     * @param what the plug-in, such as {@code router}
     */
    public <T> T plugIn(String what, Supplier<? extends @Nullable T> call) {
        T result;
        try {
            result = call.get();
        } catch (TandemException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new PluginException(what + " of " + strategy.id() + " threw " + e, e);
        }
        if (result == null) {
            throw new PluginException(what + " of " + strategy.id() + " returned null");
        }
        return result;
    }

    /** {@return the strategy's reply: a member's answer, with its confidence} */
    public Reply reply(Reply answer) {
        return reply(answer, answer.confidence());
    }

    /** {@return the strategy's reply: a member's answer, with the confidence that the strategy has in it} */
    public Reply reply(Reply answer, Confidence confidence) {
        return reply(answer.response(), answer.author(), confidence, answer.evidence());
    }

    /** {@return the strategy's reply: an answer that it made of what its members said} */
    public Reply reply(ChatResponse response, Confidence confidence, Evidence evidence) {
        return reply(response, strategy.id(), confidence, evidence);
    }

    private Reply reply(ChatResponse response, String author, Confidence confidence, Evidence evidence) {
        Trace trace = trace(Trace.Outcome.ANSWERED, null, confidence);
        return new Reply(response, author, confidence, evidence, trace.cost(), trace);
    }

    private Reply ask(String role, ModelEndpoint member, Request question, TokenSink sink) {
        long asked = System.nanoTime();
        if (sink != TokenSink.NONE) {
            streamed.startOver();
        }
        try {
            Reply reply = member.answer(question, sink);
            if (reply == null) {
                throw returnedNull(member);
            }
            record(role, reply);
            return reply;
        } catch (TandemException e) {
            record(role, member, e);
            throw e;
        } catch (RuntimeException e) { // an endpoint of somebody's own that keeps no contract
            add(Trace.failed(member.id(), "endpoint", e, Duration.ofNanos(System.nanoTime() - asked))
                    .as(role));
            throw threw(member, e);
        }
    }

    private void add(Trace child) {
        lock.lock();
        try {
            children.add(child);
        } finally {
            lock.unlock();
        }
    }

    private Trace trace(Trace.Outcome outcome, @Nullable String failure, Confidence confidence) {
        lock.lock();
        try {
            List<Cost> costs = new ArrayList<>(children.size());
            for (Trace child : children) {
                costs.add(child.cost());
            }
            return new Trace(
                    strategy.id(),
                    strategy.kind(),
                    "",
                    outcome,
                    failure,
                    confidence,
                    decisions,
                    Cost.sum(costs),
                    Duration.ofNanos(System.nanoTime() - start),
                    children);
        } finally {
            lock.unlock();
        }
    }

    private static String message(TandemException e) {
        return e.getClass().getSimpleName() + ": " + e.getMessage();
    }
}
