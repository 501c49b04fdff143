package io.github.tandem4j;

import org.jspecify.annotations.Nullable;

/** The call's privacy label forbids every place that could have answered. */
public final class PrivacyException extends LimitException {

    private static final long serialVersionUID = 1;

    /** Says what failed: the endpoint, the value found and what would be valid. */
    public PrivacyException(String message) {
        this(message, null);
    }

    /** Says what failed, and because of what. */
    public PrivacyException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
