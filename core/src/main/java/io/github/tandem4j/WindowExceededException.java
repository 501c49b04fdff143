package io.github.tandem4j;

import org.jspecify.annotations.Nullable;

/** The prompt, or prompt and completion together, is longer than the model's context window. */
public final class WindowExceededException extends RejectedRequestException {

    private static final long serialVersionUID = 1;

    /** Says what failed: the endpoint, the value found and what would be valid. */
    public WindowExceededException(String message) {
        this(message, null);
    }

    /** Says what failed, and because of what. */
    public WindowExceededException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
