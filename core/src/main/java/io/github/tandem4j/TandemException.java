package io.github.tandem4j;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The root of every failure that Tandem reports. Its subclasses say what the caller should do about it: try again
 * ({@link TransientException}), change the request ({@link RejectedRequestException}), change the configuration
 * ({@link ConfigurationException}), raise a limit ({@link LimitException}), or nothing, because the caller itself
 * stopped the call ({@link CallCancelledException}).
 */
public abstract class TandemException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private transient volatile @Nullable Trace trace;
    private transient volatile @Nullable String heard;

    TandemException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** {@return whether the same call may succeed when it is made again} */
    public boolean isRetriable() {
        return false;
    }

    /**
     * {@return what had happened until the call failed, the cost of what was answered included; empty if the failure
     * came before any endpoint was asked}
     */
    public Optional<Trace> trace() {
        return Optional.ofNullable(trace);
    }

    /**
     * {@return the part of the answer that whoever listened had been given when the call failed; empty if nobody had
     * been given anything. It is an answer's text, so it is in no message and no trace}
     */
    public String heard() {
        String part = heard;
        return part == null ? "" : part;
    }

    /** As with the trace, the outermost speaks last: what was heard of a member need not have been heard of the whole. */
    void heardAs(String partOfTheAnswer) {
        heard = partOfTheAnswer;
    }

    /** The outermost strategy to see the exception has the whole tree, and speaks last. */
    void tracedAs(Trace whole) {
        trace = whole;
    }
}
