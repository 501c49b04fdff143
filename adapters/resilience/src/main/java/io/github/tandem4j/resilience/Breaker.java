package io.github.tandem4j.resilience;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreaker.State;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.github.tandem4j.DeadlineExceededException;
import io.github.tandem4j.TandemException;
import io.github.tandem4j.TransientException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Resilience4j's circuit breaker, which here also says why it is open, says so without being asked to let a call in, and
 * judges a phase only by the calls that were let in during it: one that was under way when it opened is no probe.
 *
 * <p>Resilience4j changes its state first and tells of it afterwards. Whatever may change it is done under a lock, so that
 * no call is let in by one state and counted in another: its permission would never be given back.
 */
final class Breaker {

    /** What opens it and how it closes; times in whole milliseconds. */
    record Policy(
            double failureShare,
            int window,
            Duration open,
            int probes,
            @Nullable Duration slowAfter) {}

    /** From one change of its state to the next. */
    private record Phase(State state, Instant since, Instant until, String why, AtomicInteger probes) {}

    /** Longer than any call: nothing is slow. */
    private static final Duration NEVER = Duration.ofDays(365);

    private final String endpoint;
    private final Policy policy;
    private final Clock clock;
    private final CircuitBreaker breaker;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile Phase phase;

    /** The clock is the system's if none is given, and calls are then measured by the time that runs evenly. */
    Breaker(String endpoint, Policy policy, @Nullable Clock given) {
        this.endpoint = endpoint;
        this.policy = policy;
        clock = given == null ? Clock.systemUTC() : given;
        CircuitBreakerConfig.Builder config = CircuitBreakerConfig.custom()
                .failureRateThreshold(percent(policy.failureShare))
                .slowCallRateThreshold(percent(policy.failureShare))
                .slowCallDurationThreshold(policy.slowAfter == null ? NEVER : policy.slowAfter)
                .slidingWindow(policy.window, policy.window, SlidingWindowType.COUNT_BASED)
                .permittedNumberOfCallsInHalfOpenState(policy.probes)
                .waitDurationInOpenState(policy.open)
                .clock(clock);
        if (given != null) {
            config.currentTimestampFunction(Clock::millis, TimeUnit.MILLISECONDS);
        }
        breaker = CircuitBreaker.of(endpoint, config.build());
        phase = phase(State.CLOSED);
        breaker.getEventPublisher()
                .onStateTransition(
                        event -> phase = phase(event.getStateTransition().getToState()));
    }

    private static float percent(double share) {
        return (float) (100 * share);
    }

    private Phase phase(State state) {
        Instant now = clock.instant();
        return new Phase(state, now, now.plus(policy.open), why(), new AtomicInteger());
    }

    private String why() {
        CircuitBreaker.Metrics metrics = breaker.getMetrics();
        return metrics.getNumberOfFailedCalls() + " of the last " + metrics.getNumberOfBufferedCalls()
                + " attempts had failed"
                + (policy.slowAfter == null
                        ? ""
                        : " and " + metrics.getNumberOfSlowCalls() + " had taken longer than " + policy.slowAfter);
    }

    /** {@return why no call would be let in now; empty if one would be} */
    Optional<TandemException> refusal() {
        Phase now = phase;
        if (now.state == State.OPEN && !isOver(now)) {
            return Optional.of(open(now));
        }
        return now.state == State.HALF_OPEN && now.probes.get() >= policy.probes
                ? Optional.of(probed())
                : Optional.empty();
    }

    /** It is open no longer than it may be: if it seems to be, the clock was set back. */
    private boolean isOver(Phase open) {
        Duration left = Duration.between(clock.instant(), open.until);
        return left.isNegative() || left.compareTo(policy.open) > 0;
    }

    private TransientException open(Phase open) {
        Duration left = Duration.between(clock.instant(), open.until);
        return new TransientException(
                "circuit breaker of " + endpoint + " is open since " + open.since + ", when " + open.why + "; it lets "
                        + probes() + " through after " + open.until,
                left.isNegative() ? Duration.ZERO : left,
                null);
    }

    private TransientException probed() {
        return new TransientException(
                "circuit breaker of " + endpoint + " is half-open and has " + probes()
                        + " under way; it lets nothing else through before they have ended",
                null);
    }

    private String probes() {
        return policy.probes + (policy.probes == 1 ? " probe" : " probes");
    }

    /**
     * Lets a call in. Always close the permission when the call has ended, whatever the end.
     *
     * @throws TransientException if it lets none in
     */
    Permission acquire() {
        lock.lock();
        try {
            if (phase.state == State.OPEN && isOver(phase)) {
                breaker.transitionToHalfOpenState();
            }
            boolean isLetIn = breaker.tryAcquirePermission();
            Phase now = phase;
            if (!isLetIn) {
                throw now.state == State.OPEN ? open(now) : probed();
            }
            if (now.state == State.HALF_OPEN) {
                now.probes.incrementAndGet();
            }
            return new Permission(now);
        } finally {
            lock.unlock();
        }
    }

    /** One call that was let in. It counts as what it is first said to be, and as nothing if that is never said. */
    final class Permission implements AutoCloseable {

        private final Phase entered;
        private final long start = breaker.getCurrentTimestamp();
        private boolean settled;

        private Permission(Phase entered) {
            this.entered = entered;
        }

        void succeeded() {
            settle(() -> breaker.onSuccess(elapsed(), breaker.getTimestampUnit()));
        }

        /**
         * What may pass counts, unless it was only too busy in here; so does a call that was slow whatever its deadline;
         * nobody else's fault does.
         */
        void failed(TandemException failure) {
            if (failure.isRetriable() && !ConcurrencyLimit.rejected(failure)) {
                settle(() -> breaker.onError(elapsed(), breaker.getTimestampUnit(), failure));
            } else if (failure instanceof DeadlineExceededException && isSlow()) {
                succeeded();
            }
        }

        @Override
        public void close() {
            settle(() -> {
                breaker.releasePermission();
                if (entered.state == State.HALF_OPEN) {
                    entered.probes.decrementAndGet();
                }
            });
        }

        @SuppressWarnings("ReferenceEquality") // each phase is one of its own, however alike
        private void settle(Runnable how) {
            if (settled) {
                return;
            }
            settled = true;
            lock.lock();
            try {
                if (entered == phase) {
                    how.run();
                }
            } finally {
                lock.unlock();
            }
        }

        private boolean isSlow() {
            return policy.slowAfter != null
                    && breaker.getTimestampUnit().toNanos(elapsed()) > policy.slowAfter.toNanos();
        }

        private long elapsed() {
            return breaker.getCurrentTimestamp() - start;
        }
    }
}
