package io.github.tandem4j;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Stands around one call of a model on the current thread: when the call is cancelled or its deadline passes, whatever
 * the model registered with {@link CallContext#onCancel} runs, and the thread is interrupted, so that what blocks ends.
 * After {@link #close} the thread is never interrupted any more, and carries no interrupt of the guard's.
 */
final class Guard implements AutoCloseable {

    private static final Guard OPEN = new Guard();

    private final CallContext context;
    private final @Nullable Thread thread;
    private final @Nullable Future<?> timer;
    private final Cancellation.Registration registration;
    private final ReentrantLock lock = new ReentrantLock();
    private boolean closed;
    private boolean fired;

    private Guard() {
        context = CallContext.unlimited();
        thread = null;
        timer = null;
        registration = () -> {};
    }

    private Guard(CallContext outer) {
        thread = Thread.currentThread();
        Duration left = outer.remaining().orElse(null);
        if (left == null || left.compareTo(Duration.ofDays(365)) > 0) {
            context = outer;
            timer = null;
        } else {
            Cancellation atDeadline = Cancellation.create();
            context = outer.cancelledBy(atDeadline);
            timer = Workers.schedule(() -> atDeadline.cancel(outer::deadlineExceeded), Math.max(0, left.toNanos()));
        }
        registration = context.onCancel(this::fire);
    }

    static Guard around(CallContext context) {
        return context.deadline().isEmpty() && !context.isCancellable() ? OPEN : new Guard(context);
    }

    /** The context for the model: its cancellation includes the deadline. */
    CallContext context(CallContext outer) {
        return this == OPEN ? outer : context;
    }

    /** Throws why the call was stopped, if it was. */
    void throwIfFired(String endpoint) {
        if (this != OPEN && context.isCancelled()) {
            context.throwIfOver(endpoint);
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
        if (this == OPEN) {
            return;
        }
        registration.close();
        if (timer != null) {
            timer.cancel(false);
        }
        lock.lock();
        try {
            closed = true;
            if (fired) {
                Thread.interrupted();
            }
        } finally {
            lock.unlock();
        }
    }
}
