package io.github.tandem4j.resilience;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for the way back at no caller's cost: on the library's threads, one probe at a time, only while the endpoint is
 * offline and calls still come. After {@value #MOST_UNWANTED} probes that no call has come between it rests, and the next
 * call sets it going at once. It holds no thread between probes.
 */
final class BackgroundProbe {

    private static final Logger log = LoggerFactory.getLogger(BackgroundProbe.class);

    static final int MOST_UNWANTED = 20;

    private final String endpoint;
    private final BooleanSupplier probe;
    private final Duration interval;
    private final Executor workers;
    private final AtomicBoolean isUnderWay = new AtomicBoolean();
    private final AtomicInteger unwanted = new AtomicInteger();
    private volatile Runnable next = () -> {};

    BackgroundProbe(String endpoint, BooleanSupplier probe, Duration interval, Executor workers) {
        this.endpoint = endpoint;
        this.probe = probe;
        this.interval = interval;
        this.workers = workers;
    }

    /** A call has come while the endpoint is offline and was not found again. */
    void wanted(BooleanSupplier isMissing, Runnable found) {
        boolean rested = unwanted.getAndSet(0) >= MOST_UNWANTED;
        if (isUnderWay.compareAndSet(false, true)) {
            next = () -> look(isMissing, found);
            schedule(rested ? Duration.ZERO : interval);
        }
    }

    /** What waits holds this only weakly: nobody looks for the way back of a ladder that is no longer there. */
    private void schedule(Duration delay) {
        WeakReference<BackgroundProbe> self = new WeakReference<>(this);
        begin(() -> CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS, Runnable::run)
                .execute(() -> wake(self)));
    }

    private static void wake(WeakReference<BackgroundProbe> self) {
        BackgroundProbe awake = self.get();
        if (awake != null) {
            awake.begin(() -> awake.workers.execute(awake.next));
        }
    }

    /** Whatever keeps a probe from being begun, the next call may begin one. */
    private void begin(Runnable step) {
        boolean isBegun = false;
        try {
            step.run();
            isBegun = true;
        } finally {
            if (!isBegun) {
                isUnderWay.set(false);
            }
        }
    }

    private void look(BooleanSupplier isMissing, Runnable found) {
        boolean goesOn = false;
        try {
            if (isMissing.getAsBoolean() && isReachable()) {
                found.run();
            }
            goesOn = isMissing.getAsBoolean() && unwanted.incrementAndGet() < MOST_UNWANTED;
        } finally {
            if (!goesOn) {
                isUnderWay.set(false);
            }
        }
        if (goesOn) {
            schedule(interval);
        }
    }

    private boolean isReachable() {
        try {
            return probe.getAsBoolean();
        } catch (Throwable e) { // whatever it is, declared or not, probing must go on
            log.debug("The probe of {} threw; it counts as unreachable.", endpoint, e);
            return false;
        }
    }
}
