package io.github.tandem4j.router;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.tandem4j.routing.Affinity;
import io.github.tandem4j.routing.SessionKey;
import io.github.tandem4j.routing.SessionStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sessions in the memory of this process: bounded in number, and forgotten when they were not used for a while. They are
 * gone when the process ends, and other processes do not see them.
 *
 * <pre>{@code
 * Routing.among(small, large).by(router).stickyWithin(InMemorySessions.ofDefaults())
 * }</pre>
 *
 * <p>Beyond the bound, those go that were used least often and least recently (Caffeine's W-TinyLFU: Einziger, Friedman
 * and Manes, TinyLFU: A Highly Efficient Cache Admission Policy, ACM TOS 13(4), 2017). It starts no thread.
 *
 * <p>Thread-safe.
 */
public final class InMemorySessions implements SessionStore {

    private final Cache<SessionKey, Affinity> sessions;

    private InMemorySessions(Builder builder) {
        Caffeine<Object, Object> caffeine = Caffeine.newBuilder()
                .maximumSize(builder.atMost)
                .expireAfterAccess(builder.unused)
                .executor(Runnable::run); // upkeep is little, and on the threads of the calls
        Clock clock = builder.clock;
        if (clock != null) {
            caffeine.ticker(() -> nanos(clock.instant()));
        }
        sessions = caffeine.build();
    }

    /** {@return room for 100,000 sessions, each forgotten an hour after its last use} */
    public static InMemorySessions ofDefaults() {
        return builder().build();
    }

    /** Starts with the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public Optional<Affinity> find(SessionKey key) {
        return Optional.ofNullable(sessions.getIfPresent(key));
    }

    @Override
    public void update(SessionKey key, Function<@Nullable Affinity, Affinity> change) {
        sessions.asMap().compute(key, (same, before) -> change.apply(before));
    }

    /** {@return how many sessions are remembered now} */
    public long size() {
        sessions.cleanUp();
        return sessions.estimatedSize();
    }

    private static long nanos(Instant instant) {
        return TimeUnit.SECONDS.toNanos(instant.getEpochSecond()) + instant.getNano();
    }

    /**
     * Builds a store.
     *
     * <ul>
     *   <li>at most 100,000 sessions
     *   <li>forgotten an hour after the last use
     *   <li>time: the monotonic clock of the JVM
     * </ul>
     */
    public static final class Builder {

        private long atMost = 100_000;
        private Duration unused = Duration.ofHours(1);
        private @Nullable Clock clock;

        private Builder() {}

        /** Remembers at most so many sessions, one or more. */
        public Builder atMost(long sessions) {
            if (sessions < 1) {
                throw new IllegalArgumentException("most sessions are " + sessions + "; valid is 1 or more");
            }
            atMost = sessions;
            return this;
        }

        /** Forgets a session that was not used for so long; more than zero. */
        public Builder forgetAfter(Duration time) {
            if (time.isNegative() || time.isZero()) {
                throw new IllegalArgumentException(
                        "sessions are forgotten after " + time + "; valid is more than zero");
            }
            unused = time;
            return this;
        }

        /** Tells the time by this clock. */
        public Builder clock(Clock source) {
            clock = Objects.requireNonNull(source, "clock");
            return this;
        }

        /** {@return the store} */
        public InMemorySessions build() {
            return new InMemorySessions(this);
        }
    }
}
