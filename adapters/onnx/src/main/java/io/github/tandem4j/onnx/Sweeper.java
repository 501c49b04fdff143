package io.github.tandem4j.onnx;

import java.lang.ref.WeakReference;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Frees what has become too old even where no call comes by any more. Waits on the JDK's own timer, so that nobody's
 * thread is kept for it, and does not keep alive what it sweeps. Thread-safe.
 */
final class Sweeper {
    /** Runs a task after some time. */
    interface Timer {
        void after(long nanos, Runnable task);
    }

    /** What grows old. */
    interface Swept {
        /** Frees what is too old; gives the nanoseconds until the next will be, or a negative number if nothing is left. */
        long sweep();
    }

    /** The JDK's. */
    static final Timer TIMER = (nanos, task) ->
            CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS).execute(task);

    private final Timer timer;
    private final AtomicBoolean pending = new AtomicBoolean();
    private final WeakReference<Swept> swept;

    Sweeper(Timer timer, Swept swept) {
        this.timer = timer;
        this.swept = new WeakReference<>(swept);
    }

    /** Something will be too old in so many nanoseconds; nothing is sooner than what was told before. */
    void expect(long nanos) {
        if (pending.compareAndSet(false, true)) {
            timer.after(nanos, this::sweep);
        }
    }

    private void sweep() {
        pending.set(false);
        Swept what = swept.get();
        long next = what == null ? -1 : what.sweep();
        if (next >= 0) {
            expect(next);
        }
    }
}
