package io.github.tandem4j;

import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Stands around one call of a model on the current thread: when the call is cancelled or its deadline passes, whatever
 * the model registered with {@link CallContext#onCancel} runs, and the thread is interrupted, so that what blocks ends.
 * After {@link #close} the thread is never interrupted any more, and carries no interrupt of the guard's: only one that
 * it had before.
 */
final class Guard implements AutoCloseable {

    private static final Guard OPEN = new Guard();

    private final @Nullable Watch watch;
    private final @Nullable Thread thread;
    private final boolean wasInterrupted;
    private final Cancellation.Registration registration;
    private final ReentrantLock lock = new ReentrantLock();
    private boolean closed;
    private boolean fired;

    private Guard() {
        watch = null;
        thread = null;
        wasInterrupted = false;
        registration = () -> {};
    }

    private Guard(Watch watch) {
        this.watch = watch;
        thread = Thread.currentThread();
        wasInterrupted = thread.isInterrupted();
        registration = watch.context().onCancel(this::fire);
    }

    static Guard around(CallContext context) {
        return context.deadline().isEmpty() && !context.isCancellable() ? OPEN : new Guard(new Watch(context));
    }

    /** The context for the model: its cancellation includes the deadline. */
    CallContext context(CallContext outer) {
        return watch == null ? outer : watch.context();
    }

    /** Throws why the call was stopped, if it was. */
    void throwIfFired(String endpoint) {
        if (watch != null && watch.context().isCancelled()) {
            watch.context().throwIfOver(endpoint);
        }
    }

    private void fire() {
        lock.lock();
        try {
            if (!closed && thread != null) {
                fired = true;
                thread.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        if (watch == null) {
            return;
        }
        registration.close();
        watch.close();
        lock.lock();
        try {
            closed = true;
            if (fired) {
                boolean unused = Thread.interrupted();
                if (wasInterrupted) {
                    Thread.currentThread().interrupt(); // whether or not the model has consumed it
                }
            }
        } finally {
            lock.unlock();
        }
    }
}
