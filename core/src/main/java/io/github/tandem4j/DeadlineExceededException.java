package io.github.tandem4j;

import org.jspecify.annotations.Nullable;

/** The call's deadline had passed, or passed during the call. */
public final class DeadlineExceededException extends LimitException {

    private static final long serialVersionUID = 1;

    /** Says what failed: the endpoint, the value found and what would be valid. */
    public DeadlineExceededException(String message) {
        this(message, null);
    }

    /** Says what failed, and because of what. */
    public DeadlineExceededException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
