package io.github.tandem4j.resilience;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * How long to wait before a retry: exponential backoff with full jitter (Brooker, "Exponential Backoff And Jitter", AWS
 * Architecture Blog, 2015), so that clients which failed together do not come back together.
 *
 * @param base the longest wait before the first retry; it doubles with each further one
 * @param longest the longest wait before any retry
 * @param random 0 to 1, 1 excluded
 */
record Backoff(Duration base, Duration longest, DoubleSupplier random) {

    /** {@return the wait before that retry, 1 for the first: uniform between nothing and its longest} */
    Duration before(int retry) {
        long ceiling = longest.toNanos();
        int doublings = retry - 1;
        if (doublings < Long.numberOfLeadingZeros(base.toNanos()) - 1) {
            ceiling = Math.min(ceiling, base.toNanos() << doublings);
        }
        return Duration.ofNanos((long) (random.getAsDouble() * ceiling));
    }
}
