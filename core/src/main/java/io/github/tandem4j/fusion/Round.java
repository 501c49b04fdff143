package io.github.tandem4j.fusion;

import dev.langchain4j.model.chat.request.ChatRequest;
import io.github.tandem4j.CallCancelledException;
import io.github.tandem4j.Cancellation;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.NoAnswerException;
import io.github.tandem4j.PluginException;
import io.github.tandem4j.Reply;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.TandemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Members that answer at once. Whatever happens, every one is waited for and recorded: none outlives the call, and no
 * cost is lost.
 */
final class Round {

    private final String strategy;
    private final StrategyCall call;
    private final List<ModelEndpoint> asked;
    private final Cancellation stop = Cancellation.create();
    private final Set<Integer> unstopped = ConcurrentHashMap.newKeySet();
    private final List<CompletableFuture<Reply>> futures;

    /** Asks the members, each with one of so many shares of what the budgets hold. */
    Round(String strategy, StrategyCall call, List<ModelEndpoint> asked, ChatRequest chat, int shares) {
        this.strategy = strategy;
        this.call = call;
        this.asked = asked;
        futures = call.askAll(asked, chat, shares, stop);
    }

    /** As soon as more than this many have failed, in whatever order, the others' answers are of no use. */
    Round stopsBeyond(int failures) {
        AtomicInteger tolerable = new AtomicInteger(failures);
        for (int i = 0; i < futures.size(); i++) {
            int member = i;
            var unused = futures.get(i).whenComplete((reply, failure) -> {
                if (failure == null) {
                    return;
                }
                int left = tolerable.getAndDecrement();
                if (left >= 0) { // noted before the stop, so that whoever sees that sees also what set it off
                    unstopped.add(member);
                }
                if (left == 0) {
                    stop.cancel("too few others of " + strategy + " can still answer");
                }
            });
        }
        return this;
    }

    /**
     * Waits for all.
     *
     * @param role the role in the trace of the i-th that was asked
     * @param failures takes the failures, but for those of members that were stopped after the one that set off the stop:
     *     they do not explain why there is no answer
     * @return the replies, in the order of asking
     */
    List<Reply> replies(IntFunction<String> role, List<TandemException> failures) {
        List<Reply> replies = new ArrayList<>(asked.size());
        boolean interrupted = false;
        Error error = null;
        for (int i = 0; i < asked.size(); i++) {
            interrupted |= await(futures.get(i));
            Throwable cause = causeOf(futures.get(i));
            if (cause == null) {
                Reply reply = futures.get(i).join();
                call.record(role.apply(i), reply);
                replies.add(reply);
            } else {
                TandemException failure = failure(asked.get(i), cause);
                call.record(role.apply(i), asked.get(i), failure);
                if (!(failure instanceof CallCancelledException)) {
                    failures.add(failure);
                } else if (!stop.isCancelled() || unstopped.contains(i)) {
                    failures.add(stoppedByOthers(asked.get(i), failure));
                }
                error = cause instanceof Error thrown ? thrown : error;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (error != null) {
            throw error;
        }
        if (interrupted) {
            throw new CallCancelledException("call of " + strategy + " was interrupted");
        }
        return replies;
    }

    /** Waits to the end even if the thread is interrupted, which stops the members, and says whether it was. */
    private boolean await(CompletableFuture<Reply> future) {
        boolean interrupted = false;
        while (!future.isDone()) {
            try {
                future.get();
            } catch (InterruptedException e) {
                interrupted = true;
                stop.cancel("the thread of " + strategy + " was interrupted");
            } catch (ExecutionException | CancellationException e) {
                // looked at by the caller
            }
        }
        return interrupted;
    }

    private static @Nullable Throwable causeOf(CompletableFuture<Reply> done) {
        if (!done.isCompletedExceptionally()) {
            return null;
        }
        try {
            done.join();
            return null;
        } catch (CompletionException e) {
            return e.getCause() == null ? e : e.getCause();
        } catch (CancellationException e) {
            return e;
        }
    }

    /** A member's own thread was interrupted, such as by a pool that shuts down: that cancels nobody's call. */
    private static TandemException stoppedByOthers(ModelEndpoint member, TandemException failure) {
        return new NoAnswerException(
                member.id() + " was stopped, and not by its call: " + failure.getMessage(), List.of(failure));
    }

    private static TandemException failure(ModelEndpoint member, Throwable cause) {
        return cause instanceof TandemException known
                ? known
                : new PluginException("endpoint " + member.id() + " threw " + cause, cause);
    }
}
