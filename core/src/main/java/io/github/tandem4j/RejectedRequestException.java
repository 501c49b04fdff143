package io.github.tandem4j;

import org.jspecify.annotations.Nullable;

/** The request itself cannot be answered: change it. Nothing about the service is wrong. */
public class RejectedRequestException extends TandemException {

    private static final long serialVersionUID = 1;

    /** Says what failed: the endpoint, the value found and what would be valid. */
    public RejectedRequestException(String message) {
        this(message, null);
    }

    /** Says what failed, and because of what. */
    public RejectedRequestException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
