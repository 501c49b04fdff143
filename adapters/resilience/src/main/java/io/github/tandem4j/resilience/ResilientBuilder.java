package io.github.tandem4j.resilience;

import io.github.tandem4j.ModelEndpoint;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link Resilient}. Each option can be set once. Times are one millisecond at least and a day at most.
 *
 * <ul>
 *   <li>attempts: 3
 *   <li>backoff: 500 ms, doubling up to 20 s, with full jitter
 *   <li>retry budget: a tenth of the calls, and {@value RetryBudget#FLOOR} beside
 *   <li>attempt timeout: none but the endpoint's own and the caller's deadline
 *   <li>breaker: opens when half of the last 10 attempts failed, for 30 s, and closes after one probe; no call is slow
 *   <li>concurrency: not limited
 *   <li>id: the endpoint's, and {@code -resilient}
 *   <li>clock: the system's; seed: none
 * </ul>
 */
public final class ResilientBuilder {

    private record Concurrency(int calls, Duration longestWait) {}

    private record Waits(Duration first, Duration longest) {}

    private record Opening(double failureShare, int attempts) {}

    private record Closing(Duration open, int probes) {}

    private final ModelEndpoint endpoint;
    private @Nullable Integer attempts;
    private @Nullable Waits waits;
    private @Nullable Double retryShare;
    private @Nullable Duration attemptTimeout;
    private @Nullable Opening opening;
    private @Nullable Closing closing;
    private @Nullable Duration slowAfter;
    private @Nullable Concurrency concurrency;
    private @Nullable String id;
    private @Nullable Clock clock;
    private @Nullable Long seed;

    ResilientBuilder(ModelEndpoint endpoint) {
        this.endpoint = Objects.requireNonNull(endpoint, "endpoint");
    }

    /** Tries so often in all, 1 or more: 3 are one call and two retries. */
    public ResilientBuilder attempts(int most) {
        Options.requireUnset("number of attempts", attempts);
        attempts = Options.requireAtLeast(1, "number of attempts", most);
        return this;
    }

    /**
     * Waits before each retry: a random time below a bound that starts with the first and doubles up to the longest. A
     * server that asks for a longer wait than the longest is not asked again.
     */
    public ResilientBuilder backoff(Duration first, Duration longest) {
        Options.requireUnset("backoff", waits);
        Options.requireTime("first wait of the backoff", first);
        Options.requireTime("longest wait of the backoff", longest);
        if (first.compareTo(longest) > 0) {
            throw new IllegalArgumentException(
                    "first wait of the backoff is " + first + "; valid is at most the longest, " + longest);
        }
        waits = new Waits(first, longest);
        return this;
    }

    /**
     * Bounds how many retries there are for each call, over all calls of this endpoint: 0 to 1. Beside them a store of
     * {@value RetryBudget#FLOOR} retries serves short faults, and is filled again from the same share.
     */
    public ResilientBuilder retryBudget(double shareOfCalls) {
        Options.requireUnset("retry budget", retryShare);
        if (!(shareOfCalls >= 0 && shareOfCalls <= 1)) {
            throw new IllegalArgumentException("retry budget is " + shareOfCalls + "; valid is 0 to 1 retries a call");
        }
        retryShare = shareOfCalls;
        return this;
    }

    /**
     * Ends an attempt that takes longer, its answer included: it has then failed in a way that may pass. What it waited for
     * its place does not count.
     */
    public ResilientBuilder attemptTimeout(Duration longest) {
        Options.requireUnset("attempt timeout", attemptTimeout);
        attemptTimeout = Options.requireTime("attempt timeout", longest);
        return this;
    }

    /** Opens the circuit breaker when at least this share, more than 0 and at most 1, of the last so many attempts failed. */
    public ResilientBuilder breakAfter(double failureShare, int lastAttempts) {
        Options.requireUnset("share of failures that opens the breaker", opening);
        if (!(failureShare > 0 && failureShare <= 1)) {
            throw new IllegalArgumentException("share of failures that opens the breaker is " + failureShare
                    + "; valid is more than 0 and at most 1");
        }
        opening = new Opening(
                failureShare, Options.requireAtLeast(1, "number of attempts that the breaker looks at", lastAttempts));
        return this;
    }

    /** Leaves the endpoint alone for so long once the breaker has opened, and then lets so many probes through, 1 or more. */
    public ResilientBuilder breakFor(Duration open, int probes) {
        Options.requireUnset("time that the breaker stays open", closing);
        closing = new Closing(
                Options.requireTime("time that the breaker stays open", open),
                Options.requireAtLeast(1, "number of probes of the breaker", probes));
        return this;
    }

    /**
     * Opens the breaker as well when the same share of attempts took longer than this, whether they answered, failed, or
     * were ended by the caller's deadline.
     */
    public ResilientBuilder breakWhenSlowerThan(Duration time) {
        Options.requireUnset("time after which an attempt is slow", slowAfter);
        slowAfter = Options.requireTime("time after which an attempt is slow", time);
        return this;
    }

    /**
     * Lets so many attempts run at once, 1 or more, over all threads. Others wait in the order of their coming, so long at
     * most, which may be zero, and are then rejected with a {@link io.github.tandem4j.CapacityExceededException}, which no
     * breaker counts and which is not tried again: who is to wait longer is given a longer wait here, in its turn.
     */
    public ResilientBuilder concurrency(int calls, Duration longestWait) {
        Options.requireUnset("concurrency", concurrency);
        concurrency = new Concurrency(
                Options.requireAtLeast(1, "number of calls at once", calls),
                Options.requireTime(Duration.ZERO, "longest wait for a place", longestWait));
        return this;
    }

    /** Names it in traces and errors. */
    public ResilientBuilder named(String name) {
        Options.requireUnset("name", id);
        id = Objects.requireNonNull(name, "name");
        return this;
    }

    /** Tells the breaker's time, and how long attempts take, by this clock. Waits and timeouts are the call's. */
    public ResilientBuilder clock(Clock time) {
        Options.requireUnset("clock", clock);
        clock = Objects.requireNonNull(time, "clock");
        return this;
    }

    /** Makes the jitter repeatable. */
    public ResilientBuilder seed(long value) {
        Options.requireUnset("seed", seed);
        seed = value;
        return this;
    }

    /** {@return the endpoint} */
    public Resilient build() {
        return new Resilient(this, id == null ? endpoint.id() + "-resilient" : id, endpoint);
    }

    int attempts() {
        return attempts == null ? 3 : attempts;
    }

    Backoff backoff() {
        Waits set = waits == null ? new Waits(Duration.ofMillis(500), Duration.ofSeconds(20)) : waits;
        Random random = seed == null ? null : new Random(seed);
        return new Backoff(
                set.first,
                set.longest,
                random == null ? () -> ThreadLocalRandom.current().nextDouble() : random::nextDouble);
    }

    RetryBudget budget() {
        return new RetryBudget(retryShare == null ? 0.1 : retryShare);
    }

    @Nullable
    Duration attemptTimeout() {
        return attemptTimeout;
    }

    Breaker breaker(String name) {
        Opening opens = opening == null ? new Opening(0.5, 10) : opening;
        Closing closes = closing == null ? new Closing(Duration.ofSeconds(30), 1) : closing;
        return new Breaker(
                name,
                new Breaker.Policy(opens.failureShare, opens.attempts, closes.open, closes.probes, slowAfter),
                clock);
    }

    ConcurrencyLimit limit(String name) {
        return concurrency == null
                ? ConcurrencyLimit.none(name)
                : ConcurrencyLimit.of(name, concurrency.calls, concurrency.longestWait);
    }
}
