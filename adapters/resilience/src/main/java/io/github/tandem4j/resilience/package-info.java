/** What to do about faults: retries, circuit breaker, concurrency limit, failover, and an offline ladder. */
@NullMarked
package io.github.tandem4j.resilience;

import org.jspecify.annotations.NullMarked;
