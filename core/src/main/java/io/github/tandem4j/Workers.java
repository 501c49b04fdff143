package io.github.tandem4j;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads of the library: made at first use, daemons all, and only where a caller brings no executor. */
final class Workers {

    private static final Executor EXECUTOR = task -> Pool.TASKS.execute(task);

    private Workers() {}

    static Executor executor() {
        return EXECUTOR;
    }

    /** Runs an action after that many nanoseconds; one that is slow holds up no other. */
    static ScheduledFuture<?> schedule(Runnable action, long nanos) {
        return Timer.TIMER.schedule(() -> EXECUTOR.execute(action), nanos, TimeUnit.NANOSECONDS);
    }

    private static ThreadFactory daemons(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    private static final class Pool {
        static final ExecutorService TASKS = virtualThreads();

        private static ExecutorService virtualThreads() {
            try {
                return (ExecutorService) Executors.class
                        .getMethod("newVirtualThreadPerTaskExecutor")
                        .invoke(null);
            } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
                return Executors.newCachedThreadPool(daemons("tandem")); // before JDK 21
            }
        }
    }

    private static final class Timer {
        static final ScheduledThreadPoolExecutor TIMER = timer();

        private static ScheduledThreadPoolExecutor timer() {
            ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, daemons("tandem-timer"));
            timer.setRemoveOnCancelPolicy(true);
            return timer;
        }
    }
}
