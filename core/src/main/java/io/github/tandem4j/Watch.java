package io.github.tandem4j;

import java.time.Duration;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Watches over a call until it is closed: when its deadline passes, its context counts as cancelled. */
final class Watch implements AutoCloseable {

    private static final Duration FAR_AWAY = Duration.ofDays(365);

    private final CallContext context;
    private final @Nullable Future<?> timer;

    Watch(CallContext outer) {
        Duration left = outer.remaining().orElse(null);
        if (left == null || left.compareTo(FAR_AWAY) > 0) {
            context = outer;
            timer = null;
        } else {
            Cancellation atDeadline = Cancellation.create();
            context = outer.cancelledBy(atDeadline);
            timer = Workers.schedule(
                    () -> atDeadline.cancel(outer::deadlineExceeded), left.isNegative() ? 0 : left.toNanos());
        }
    }

    /** {@return the context of the call, whose cancellation includes the deadline} */
    CallContext context() {
        return context;
    }

    @Override
    public void close() {
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
