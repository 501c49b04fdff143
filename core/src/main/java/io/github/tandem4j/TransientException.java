package io.github.tandem4j;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The endpoint failed in a way that may pass: a rate limit, a server's error, a broken connection, a timeout. */
public class TransientException extends TandemException {

    private static final long serialVersionUID = 1;

    private final @Nullable Duration retryAfter;

    /** Says what failed, and because of what. */
    public TransientException(String message, @Nullable Throwable cause) {
        this(message, null, cause);
    }

    /** Says what failed, how long the endpoint asked to be left alone, and because of what. */
    public TransientException(String message, @Nullable Duration retryAfter, @Nullable Throwable cause) {
        super(message, cause);
        this.retryAfter = retryAfter;
    }

    /** {@return how long the endpoint asked to be left alone, if it said so} */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    @Override
    public boolean isRetriable() {
        return true;
    }
}
