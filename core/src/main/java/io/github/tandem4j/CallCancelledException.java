package io.github.tandem4j;

import org.jspecify.annotations.Nullable;

/** The caller cancelled the call. */
public final class CallCancelledException extends TandemException {

    private static final long serialVersionUID = 1;

    /** Says what failed: the endpoint, the value found and what would be valid. */
    public CallCancelledException(String message) {
        this(message, null);
    }

    /** Says what failed, and because of what. */
    public CallCancelledException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
