package io.github.tandem4j;

import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops a call from outside, from any thread. One cancellation may be handed to many calls; it is cancelled once and
 * stays so. Thread-safe.
 */
public final class Cancellation {

    /** Takes back an action that waits for a cancellation. */
    @FunctionalInterface
    public interface Registration extends AutoCloseable {
        /** From now on the action does not run; one that is running is not waited for. */
        @Override
        void close();
    }

    private static final Logger log = LoggerFactory.getLogger(Cancellation.class);
    private static final Registration NOTHING = () -> {};

    private final AtomicReference<@Nullable Function<String, TandemException>> reason = new AtomicReference<>();
    private final CopyOnWriteArrayList<Waiting> actions = new CopyOnWriteArrayList<>();

    private Cancellation() {}

    /** {@return a cancellation that nobody has cancelled yet} */
    public static Cancellation create() {
        return new Cancellation();
    }

    /** Cancels: every call that was handed this one ends with a {@link CallCancelledException}. Further calls do nothing. */
    public void cancel() {
        cancel(endpoint -> new CallCancelledException("call of " + endpoint + " was cancelled by the caller"));
    }

    /**
     * Cancels for a reason that the exceptions will tell.
     *
     * @param why in words, such as {@code its answer is no longer needed}
     */
    public void cancel(String why) {
        Objects.requireNonNull(why, "why");
        cancel(endpoint -> new CallCancelledException("call of " + endpoint + " was cancelled: " + why));
    }

    /** Cancels for a reason of the library's own, such as a deadline. */
    void cancel(Function<String, TandemException> why) {
        if (reason.compareAndSet(null, why)) {
            for (Waiting waiting : actions) {
                if (actions.remove(waiting)) {
                    waiting.run();
                }
            }
        }
    }

    /** {@return whether it was cancelled} */
    public boolean isCancelled() {
        return reason.get() != null;
    }

    /**
     * Runs an action once when this is cancelled, on the cancelling thread, or at once if it already was. The action
     * must be quick; what it throws is logged and keeps no other action from running. Endpoints use it to end what
     * blocks: to close a connection, to terminate a native run.
     *
     * @return takes the action back; always close it when the call has ended
     */
    public Registration onCancel(Runnable action) {
        Waiting waiting = new Waiting(Objects.requireNonNull(action, "action"));
        actions.add(waiting);
        if (isCancelled()) {
            if (actions.remove(waiting)) {
                waiting.run();
            }
            return NOTHING;
        }
        return () -> actions.remove(waiting);
    }

    /** Throws the reason of the cancellation, in the name of that endpoint, if there was one. */
    public void throwIfCancelled(String endpoint) {
        Function<String, TandemException> why = reason.get();
        if (why != null) {
            throw why.apply(endpoint);
        }
    }

    /** A registered action; compared by identity, since one action may be registered twice. */
    private static final class Waiting {

        private final Runnable action;

        Waiting(Runnable action) {
            this.action = action;
        }

        void run() {
            try {
                action.run();
            } catch (RuntimeException e) {
                log.warn("An action on the cancellation of a call threw; the others are run all the same.", e);
            }
        }
    }
}
