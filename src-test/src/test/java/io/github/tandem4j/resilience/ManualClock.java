package io.github.tandem4j.resilience;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A clock that stands still until it is moved. */
final class ManualClock extends Clock {

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-24T12:00:00Z"));

    private final AtomicReference<@Nullable Runnable> second = new AtomicReference<>();
    private int readings;

    /** Does this once, when the clock is read for the second time from now on, before it tells the time. */
    void atSecondReading(Runnable action) {
        readings = 0;
        second.set(action);
    }

    void advance(Duration time) {
        now.updateAndGet(before -> before.plus(time));
    }

    @Override
    public Instant instant() {
        Runnable action = second.get();
        if (action != null && ++readings == 2) {
            second.set(null);
            action.run();
        }
        return Objects.requireNonNull(now.get());
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("this clock is for instants");
    }
}
