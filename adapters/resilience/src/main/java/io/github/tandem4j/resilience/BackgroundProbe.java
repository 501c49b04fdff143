package io.github.tandem4j.resilience;

import io.github.tandem4j.CallContext;
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
    private final AtomicBoolean isUnderWay = new AtomicBoolean();
    private final AtomicInteger unwanted = new AtomicInteger();

    BackgroundProbe(String endpoint, BooleanSupplier probe, Duration interval) {
        this.endpoint = endpoint;
        this.probe = probe;
        this.interval = interval;
    }

    /** A call has come while the endpoint is offline. */
    void wanted(BooleanSupplier isOffline, Runnable backOnline) {
        boolean rested = unwanted.getAndSet(0) >= MOST_UNWANTED;
        if (isUnderWay.compareAndSet(false, true)) {
            schedule(rested ? Duration.ZERO : interval, isOffline, backOnline);
        }
    }

    private void schedule(Duration delay, BooleanSupplier isOffline, Runnable backOnline) {
        Executor later = CompletableFuture.delayedExecutor(
                delay.toNanos(), TimeUnit.NANOSECONDS, CallContext.unlimited().executor());
        later.execute(() -> look(isOffline, backOnline));
    }

    private void look(BooleanSupplier isOffline, Runnable backOnline) {
        if (isReachable()) {
            backOnline.run();
        }
        if (isOffline.getAsBoolean() && unwanted.incrementAndGet() < MOST_UNWANTED) {
            schedule(interval, isOffline, backOnline);
        } else {
            isUnderWay.set(false);
        }
    }

    private boolean isReachable() {
        try {
            return probe.getAsBoolean();
        } catch (RuntimeException | Error e) { // whatever it is, probing must go on
            log.debug("The probe of {} threw; it counts as unreachable.", endpoint, e);
            return false;
        }
    }
}
