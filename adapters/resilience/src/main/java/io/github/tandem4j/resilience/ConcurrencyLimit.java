package io.github.tandem4j.resilience;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.bulkhead.BulkheadFullException;
import io.github.tandem4j.CapacityExceededException;
import io.github.tandem4j.NoAnswerException;
import io.github.tandem4j.StrategyCall;
import io.github.tandem4j.TandemException;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Lets so many calls in at once; others wait, in the order of their coming, as long as they may. */
final class ConcurrencyLimit {

    private final String endpoint;
    private final @Nullable Bulkhead bulkhead;

    private ConcurrencyLimit(String endpoint, @Nullable Bulkhead bulkhead) {
        this.endpoint = endpoint;
        this.bulkhead = bulkhead;
    }

    static ConcurrencyLimit none(String endpoint) {
        return new ConcurrencyLimit(endpoint, null);
    }

    static ConcurrencyLimit of(String endpoint, int places, Duration longestWait) {
        BulkheadConfig config = BulkheadConfig.custom()
                .maxConcurrentCalls(places)
                .maxWaitDuration(longestWait)
                .fairCallHandlingStrategyEnabled(true)
                .writableStackTraceEnabled(false)
                .build();
        return new ConcurrencyLimit(endpoint, Bulkhead.of(endpoint, config));
    }

    /**
     * {@return whether this failure says nothing of any endpoint behind a limit: it is the rejection of a limit or of a full
     * queue, or that of a strategy none of whose members failed otherwise in a way that may pass}
     */
    static boolean rejected(TandemException failure) {
        boolean ofMembers = failure instanceof NoAnswerException && failure.isRetriable();
        Stream<Throwable> parts = Stream.concat(
                ofMembers ? Stream.ofNullable(failure.getCause()) : Stream.empty(),
                Arrays.stream(failure.getSuppressed()));
        return (ofMembers || failure instanceof CapacityExceededException)
                && parts.allMatch(
                        part -> !(part instanceof TandemException other) || !other.isRetriable() || rejected(other));
    }

    /**
     * Waits for a place.
     *
     * @throws CapacityExceededException if none was free in time
     * @throws TandemException why the call is over, if that ended the wait
     */
    void enter(StrategyCall call) {
        Bulkhead limit = bulkhead;
        if (limit == null) {
            return;
        }
        int places = limit.getBulkheadConfig().getMaxConcurrentCalls();
        if (!Boolean.TRUE.equals(call.await("one of its " + places + " places", () -> enter(limit)))) {
            throw new CapacityExceededException(
                    endpoint + " has " + places + " calls at once, which is its limit, and none of them ended within "
                            + limit.getBulkheadConfig().getMaxWaitDuration(),
                    BulkheadFullException.createBulkheadFullException(limit));
        }
    }

    /** Gives back the place that was waited for. */
    void leave() {
        if (bulkhead != null) {
            bulkhead.releasePermission();
        }
    }

    /** The bulkhead tells of an interrupt as it tells of being full, with the thread's flag up. */
    private static boolean enter(Bulkhead limit) throws InterruptedException {
        boolean entered = limit.tryAcquirePermission();
        if (!entered && Thread.interrupted()) {
            throw new InterruptedException();
        }
        return entered;
    }
}
