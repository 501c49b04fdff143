package io.github.tandem4j;

import org.jspecify.annotations.Nullable;

/** The call's budget does not cover what it would have needed. */
public final class BudgetExceededException extends LimitException {

    private static final long serialVersionUID = 1;

    /** Says what failed: the endpoint, the value found and what would be valid. */
    public BudgetExceededException(String message) {
        this(message, null);
    }

    /** Says what failed, and because of what. */
    public BudgetExceededException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
