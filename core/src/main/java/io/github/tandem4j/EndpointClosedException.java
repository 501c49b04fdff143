package io.github.tandem4j;

import org.jspecify.annotations.Nullable;

/** The endpoint was closed before or during the call. */
public final class EndpointClosedException extends ConfigurationException {

    private static final long serialVersionUID = 1;

    /** Says what failed: the endpoint, the value found and what would be valid. */
    public EndpointClosedException(String message) {
        this(message, null);
    }

    /** Says what failed, and because of what. */
    public EndpointClosedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
