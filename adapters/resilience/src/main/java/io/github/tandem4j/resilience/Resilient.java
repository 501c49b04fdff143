package io.github.tandem4j.resilience;

import io.github.tandem4j.CallContext;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.Decision;
import io.github.tandem4j.EvidenceKey;
import io.github.tandem4j.ModelEndpoint;
import io.github.tandem4j.Reply;
import io.github.tandem4j.Request;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.StrategyEndpoint;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TransientException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint that gets over what may pass: it tries again where that may help, and leaves the endpoint alone where it
 * would not.
 *
 * <pre>{@code
 * ModelEndpoint large = Resilient.endpoint(RemoteEndpoint.openAi(key, "gpt-4o"))
 *         .attempts(3)
 *         .backoff(Duration.ofMillis(500), Duration.ofSeconds(20))
 *         .attemptTimeout(Duration.ofSeconds(30))
 *         .concurrency(16, Duration.ofSeconds(2))
 *         .build();
 * }</pre>
 *
 * <p>Its parts stand around one another like this: {@code attempts(concurrency(breaker(timeout(endpoint))))}. So each
 * attempt has a place and a permission of its own, and holds neither while it waits for the next.
 *
 * <ul>
 *   <li>Only a failure that {@linkplain TandemException#isRetriable() may pass} leads to another attempt, and none once a
 *       token was heard: an answer never starts twice. Waits have full jitter, on top of what the server asked for, and
 *       are never longer than the longest. If the server asks for more than that, or the wait does not fit the deadline,
 *       or retries have used up their budget, the failure is thrown at once, and the trace says why no attempt followed.
 *   <li>The circuit breaker counts attempts: those that failed in a way that may pass, and slow ones if that is said. A
 *       request's own fault, a cancellation, the caller's deadline and a full queue or limit on this side ({@link
 *       io.github.tandem4j.CapacityExceededException}, which is not tried again either) count neither way. While it is open, {@link
 *       #refusal} says so too, so that a routing or a cascade passes the endpoint over without a call.
 *   <li>An attempt that takes longer than its time fails as a connection would; the caller's own deadline does not, nor does
 *       one of the endpoint's own.
 * </ul>
 *
 * <p>Budgets, privacy and price are the endpoint's own; all attempts count. Thread-safe; one object for each endpoint, since
 * breaker, limit and budget are kept in it.
 */
public final class Resilient extends StrategyEndpoint {

    private final ModelEndpoint endpoint;
    private final int attempts;
    private final Backoff backoff;
    private final RetryBudget budget;
    private final @Nullable Duration attemptTimeout;
    private final Breaker breaker;
    private final ConcurrencyLimit limit;

    Resilient(ResilientBuilder settings, String id, ModelEndpoint endpoint) {
        super(id, "resilient", List.of(endpoint), endpoint.profile());
        this.endpoint = endpoint;
        attempts = settings.attempts();
        backoff = settings.backoff();
        budget = settings.budget();
        attemptTimeout = settings.attemptTimeout();
        breaker = settings.breaker(id);
        limit = settings.limit(id);
    }

    /** Starts with the endpoint that faults are to be expected of; it is never closed here. */
    public static ResilientBuilder endpoint(ModelEndpoint endpoint) {
        return new ResilientBuilder(endpoint);
    }

    @Override
    protected Reply conduct(StrategyCall call) {
        budget.countCall();
        TandemException last = null;
        for (int n = 1; ; n++) {
            Attempt attempt = new Attempt(call, n);
            try {
                return call.reply(attempt.answer());
            } catch (TandemException e) {
                if (last != null && e.isRetriable() && !attempt.wasAsked) { // that it was not even tried explains less
                    throw withoutRetry(call, last, e.getMessage());
                }
                pauseBefore(n + 1, e, call);
                last = e;
            }
        }
    }

    /** Pauses before the next attempt, or throws the failure if none may follow it. */
    private void pauseBefore(int next, TandemException failure, StrategyCall call) {
        if (!failure.isRetriable() || next > attempts || ConcurrencyLimit.rejected(failure)) {
            throw failure;
        }
        if (call.wasHeard()) {
            throw withoutRetry(call, failure, "part of the answer was heard");
        }
        Duration asked = failure instanceof TransientException passing
                ? passing.retryAfter().orElse(Duration.ZERO)
                : Duration.ZERO;
        if (asked.compareTo(backoff.longest()) > 0) {
            throw withoutRetry(
                    call, failure, "to wait " + asked + " was asked; the longest wait is " + backoff.longest());
        }
        Duration jittered = backoff.before(next - 1);
        Duration both = asked.plus(jittered); // those who are asked to wait alike do not come back together either
        Duration wait = both.compareTo(backoff.longest()) < 0 ? both : backoff.longest();
        Duration left = call.request().context().remaining().orElse(null);
        if (left != null && wait.compareTo(left) >= 0) {
            throw withoutRetry(call, failure, "to wait " + wait + " does not fit the deadline in " + left);
        }
        TandemException refusal = breaker.refusal().orElse(null);
        if (refusal != null) {
            throw withoutRetry(call, failure, refusal.getMessage());
        }
        if (!budget.tryRetry()) {
            throw withoutRetry(call, failure, "the budget of retries, " + budget + ", is used up");
        }
        call.decide(Decision.of("waits", wait + " before attempt " + next + " of " + attempts));
        call.pause(wait);
    }

    private static TandemException withoutRetry(StrategyCall call, TandemException failure, @Nullable String why) {
        call.decide(Decision.of("no retry", why == null ? "" : why));
        return failure;
    }

    /** One attempt: a place, a permission, and then the call. */
    private final class Attempt {

        private final StrategyCall call;
        private final String role;
        private boolean wasAsked;

        Attempt(StrategyCall call, int number) {
            this.call = call;
            role = "attempt " + number + " of " + attempts;
        }

        Reply answer() {
            refusal(call.request()).ifPresent(refusal -> {
                throw refusal;
            });
            limit.enter(call);
            try (Breaker.Permission permission = breaker.acquire()) {
                wasAsked = true;
                return answer(permission);
            } finally {
                limit.leave();
            }
        }

        private Reply answer(Breaker.Permission permission) {
            try {
                Reply reply = ask();
                permission.succeeded();
                return reply;
            } catch (TandemException e) {
                permission.failed(e);
                throw e;
            }
        }

        private Reply ask() {
            Duration timeout = attemptTimeout;
            Duration left = call.request().context().remaining().orElse(timeout);
            if (timeout == null || left == null || left.compareTo(timeout) < 0) {
                return call.ask(role, endpoint, call.request().chat(), call.tokens());
            }
            CallContext own = call.request().deadline(timeout).context();
            long start = System.nanoTime();
            try {
                return call.ask(role, endpoint, call.tokens(), timeout);
            } catch (DeadlineExceededException e) {
                call.request().context().throwIfOver(id()); // then it is the caller's deadline, whichever came first
                Duration ownLeft = own.remaining().orElse(Duration.ZERO);
                if (ownLeft.compareTo(Duration.ZERO) > 0 && System.nanoTime() - start < timeout.toNanos()) {
                    throw e; // a deadline that the endpoint knows of by itself
                }
                throw new TransientException(
                        role + " of " + endpoint.id() + " took longer than " + timeout + ", the time that it may take",
                        e);
            }
        }
    }

    @Override
    protected Optional<TandemException> refusalByMembers(Request request) {
        Optional<TandemException> refusal = endpoint.refusal(request);
        return refusal.isPresent() ? refusal : breaker.refusal();
    }

    /** {@return the evidence of the endpoint itself} */
    @Override
    public <T> Optional<T> evidence(EvidenceKey<T> key, Request request) {
        return endpoint.evidence(key, request);
    }
}
