package io.github.tandem4j.remote;

import io.github.tandem4j.ConfigurationException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long an exchange may take and how much it may bring.
 *
 * @param timeout the whole exchange, and so the time to its headers
 * @param idle the longest silence in a stream that has begun; null for no such limit
 * @param responseBytes the longest body, or stream in sum
 */
record Limits(Duration timeout, @Nullable Duration idle, long responseBytes) {

    static final Duration USUAL_TIMEOUT = Duration.ofMinutes(10);
    static final Duration USUAL_IDLE = Duration.ofMinutes(1);
    static final long USUAL_RESPONSE_BYTES = 32L * 1024 * 1024;

    private static final Duration LONGEST = Duration.ofDays(1);
    private static final Duration LONGEST_ERROR_BODY = Duration.ofSeconds(5);
    private static final long SHORTEST_RESPONSE = 64L * 1024;
    private static final long LONGEST_RESPONSE = 1024L * 1024 * 1024;
    private static final int EVENTS_IN_A_RESPONSE = 32;

    /** {@return the longest event of a stream: one part in 32 of what the stream may bring, 1 MiB unless told otherwise} */
    long eventBytes() {
        return responseBytes / EVENTS_IN_A_RESPONSE;
    }

    /**
     * {@return how long the body of an error may take after its headers: the idle timeout, at most five seconds} The status
     * has said what matters, and whoever waits for more waits in vain.
     */
    Duration errorBody() {
        return idle != null && idle.compareTo(LONGEST_ERROR_BODY) < 0 ? idle : LONGEST_ERROR_BODY;
    }

    /** Checks what an endpoint was built with. */
    Limits valid(String endpoint) {
        requireValid("timeout", endpoint, timeout);
        if (idle != null) {
            requireValid("idle timeout", endpoint, idle);
        }
        if (responseBytes < SHORTEST_RESPONSE || responseBytes > LONGEST_RESPONSE) {
            throw new ConfigurationException("longest response of " + endpoint + " is " + responseBytes
                    + " bytes; valid is " + SHORTEST_RESPONSE + " to " + LONGEST_RESPONSE);
        }
        return this;
    }

    private static void requireValid(String what, String endpoint, Duration limit) {
        if (limit.isNegative() || limit.isZero() || limit.compareTo(LONGEST) > 0) {
            throw new ConfigurationException(
                    what + " of " + endpoint + " is " + limit + "; valid is more than zero and at most " + LONGEST);
        }
    }
}
