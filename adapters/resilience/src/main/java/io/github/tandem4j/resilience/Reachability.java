package io.github.tandem4j.resilience;

import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TransientException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is known of whether an endpoint can be reached: it is taken to be until a call fails, and then not to be until a
 * probe succeeds. One call at a time is let through as the probe, after an interval that doubles with each one that
 * failed. If a {@link BackgroundProbe} is given, no call is before it has found the endpoint: that a server is there does
 * not say that its model answers, so a call still has to confirm it.
 *
 * <p>One reference to an immutable state, replaced only by whoever has seen it: a call that was begun in an earlier state
 * changes nothing in a later one. Lock-free.
 */
final class Reachability {

    /** Each time online is a state of its own; a state with an outage is offline. */
    private record State(@Nullable Outage outage) {}

    /** A call may probe it once it is found, and it is the turn of no other call. */
    private record Outage(
            Instant since, String why, Instant nextProbe, int failedProbes, boolean isFound, boolean isProbed) {

        Outage found() {
            return new Outage(since, why, nextProbe, failedProbes, true, isProbed);
        }

        Outage probed(boolean now) {
            return new Outage(since, why, nextProbe, failedProbes, isFound, now);
        }
    }

    private final String endpoint;
    private final Duration first;
    private final Duration longest;
    private final Clock clock;
    private final @Nullable BackgroundProbe background;
    private final AtomicReference<State> state = new AtomicReference<>(new State(null));

    Reachability(String endpoint, Duration first, Duration longest, Clock clock, @Nullable BackgroundProbe background) {
        this.endpoint = endpoint;
        this.first = first;
        this.longest = longest;
        this.clock = clock;
        this.background = background;
    }

    private State now() {
        return Objects.requireNonNull(state.get(), "state");
    }

    boolean isOffline() {
        return now().outage != null;
    }

    /** {@return why a call would not be let through now; empty if it would be} To ask is to want it back. */
    Optional<TandemException> refusal() {
        Outage outage = now().outage;
        if (outage == null || isDue(outage)) {
            return Optional.empty();
        }
        probeInBackground();
        return Optional.of(refusal(outage));
    }

    /** No wait is longer than the longest: one that seems to be is that of a clock that was set back. */
    private boolean isDue(Outage outage) {
        Duration left = Duration.between(clock.instant(), outage.nextProbe);
        boolean isOver = left.isNegative() || left.isZero() || left.compareTo(longest) > 0;
        return outage.isFound && !outage.isProbed && isOver;
    }

    private TransientException refusal(Outage outage) {
        Duration left = Duration.between(clock.instant(), outage.nextProbe);
        String probed = outage.isFound
                ? (outage.isProbed ? "a call is probing it now" : "a call probes it after " + outage.nextProbe)
                : "it is probed in the background";
        return new TransientException(
                endpoint + " is known to be unreachable since " + outage.since + ", by " + outage.why + "; " + probed,
                outage.isFound && !left.isNegative() ? left : null,
                null);
    }

    /**
     * Lets a call through. Always close the pass when the call has ended.
     *
     * @throws TransientException if the endpoint is known to be unreachable, and this call is not to probe it
     */
    Pass enter() {
        while (true) {
            State seen = now();
            Outage outage = seen.outage;
            if (outage == null) {
                return new Pass(seen);
            }
            if (!isDue(outage)) {
                throw refusal(outage);
            }
            State probing = new State(outage.probed(true));
            if (state.compareAndSet(seen, probing)) {
                return new Pass(probing);
            }
        }
    }

    /**
     * {@return notes that the endpoint itself could not even be asked, such as behind an open circuit breaker, unless
     * anything else is known by then}
     */
    Consumer<TandemException> foundUnreachable() {
        State seen = now();
        return refusal -> {
            if (seen.outage == null) {
                new Pass(seen).failed(refusal);
            } else {
                probeInBackground();
            }
        };
    }

    private void probeInBackground() {
        if (background != null && isMissing()) {
            background.wanted(this::isMissing, this::found);
        }
    }

    private boolean isMissing() {
        Outage outage = now().outage;
        return outage != null && !outage.isFound;
    }

    private void found() {
        State seen = now();
        if (seen.outage != null && !seen.outage.isFound) { // what a call is probing by now is left to it
            state.compareAndSet(seen, new State(seen.outage.found()));
        }
    }

    /** One call that was let through: as one of all, or as the probe. */
    final class Pass implements AutoCloseable {

        private final State seen;

        private Pass(State seen) {
            this.seen = seen;
        }

        /** {@return since when the endpoint was unreachable, if this call has just found that it no longer is} */
        Optional<Instant> reached() {
            return seen.outage != null && state.compareAndSet(seen, new State(null))
                    ? Optional.of(seen.outage.since)
                    : Optional.empty();
        }

        /**
         * Draws the conclusion from a failure: what may pass makes the endpoint unreachable, unless it was only too busy
         * in here; a probe that its caller's deadline cut off has not found it either.
         */
        void failed(TandemException failure) {
            boolean isProbe = seen.outage != null;
            boolean mayPass = failure.isRetriable() && !ConcurrencyLimit.rejected(failure);
            if (mayPass || (isProbe && failure instanceof DeadlineExceededException)) {
                if (state.compareAndSet(seen, new State(after(failure)))) {
                    probeInBackground();
                }
            }
        }

        private Outage after(TandemException failure) {
            Instant now = clock.instant();
            Outage before = seen.outage;
            int failed = before == null ? 0 : before.failedProbes + 1;
            return new Outage(
                    before == null ? now : before.since,
                    failure.getClass().getSimpleName() + ": " + failure.getMessage(),
                    now.plus(interval(failed, failure)),
                    failed,
                    background == null,
                    false);
        }

        /** A probe that found out nothing leaves its turn to the next call. */
        @Override
        public void close() {
            if (seen.outage != null && seen.outage.isProbed) {
                state.compareAndSet(seen, new State(seen.outage.probed(false)));
            }
        }
    }

    private Duration interval(int failedProbes, TandemException failure) {
        Duration interval = first;
        for (int i = 0; i < failedProbes && interval.compareTo(longest) < 0; i++) {
            interval = interval.multipliedBy(2);
        }
        Duration asked = failure instanceof TransientException passing
                ? passing.retryAfter().orElse(Duration.ZERO)
                : Duration.ZERO;
        Duration wanted = asked.compareTo(interval) > 0 ? asked : interval;
        return wanted.compareTo(longest) > 0 ? longest : wanted;
    }
}
