package io.github.tandem4j;

import org.jspecify.annotations.Nullable;

/** A limit that travels with the call would not have held: raise it, or ask for less. */
public class LimitException extends TandemException {

    private static final long serialVersionUID = 1;

    /** Says what failed: the endpoint, the value found and what would be valid. */
    public LimitException(String message) {
        this(message, null);
    }

    /** Says what failed, and because of what. */
    public LimitException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
