package io.github.tandem4j;

import org.jspecify.annotations.Nullable;

/**
 * The call was turned away on this side because too many were under way already: a full queue, a limit of calls at once, an
 * executor that takes no more. The model was not asked, so this says nothing of its health: no circuit breaker counts it, and
 * no ladder takes the endpoint for unreachable. It may pass, but whoever tries again by itself comes back to the end of the
 * same queue, at the time at which it is fullest; so nothing in this library does. Another endpoint may have room.
 */
public final class CapacityExceededException extends TransientException {

    private static final long serialVersionUID = 1;

    /** Says whose places are all taken, and how many there are. */
    public CapacityExceededException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
