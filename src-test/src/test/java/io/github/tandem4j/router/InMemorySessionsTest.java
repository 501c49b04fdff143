package io.github.tandem4j.router;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.tandem4j.routing.Affinity;
import io.github.tandem4j.routing.SessionKey;
import io.github.tandem4j.routing.SessionStore;
import io.github.tandem4j.testkit.SessionStoreContract;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

/** Sessions in memory keep the contract of every store, and their bounds. */
final class InMemorySessionsTest extends SessionStoreContract {

    private final SessionStore store = InMemorySessions.ofDefaults();

    @Override
    protected SessionStore store() {
        return store;
    }

    @Test
    void forgetsWhatWasNotUsedForAWhile() {
        Hand hand = new Hand();
        InMemorySessions sessions = InMemorySessions.builder().clock(hand).build();
        remember(sessions, "used");
        remember(sessions, "unused");
        hand.move(Duration.ofMinutes(40));
        assertThat(sessions.find(key("used"))).isPresent();
        hand.move(Duration.ofMinutes(40));
        assertThat(sessions.find(key("used"))).as("to look it up is to use it").isPresent();
        assertThat(sessions.find(key("unused"))).isEmpty();
        assertThat(sessions.size()).isOne();
        hand.move(Duration.ofMinutes(61));
        assertThat(sessions.size()).isZero();
    }

    @Test
    void forgetsAfterTheTimeThatItWasGiven() {
        Hand hand = new Hand();
        InMemorySessions sessions = InMemorySessions.builder()
                .forgetAfter(Duration.ofSeconds(10))
                .clock(hand)
                .build();
        remember(sessions, "a");
        hand.move(Duration.ofSeconds(9));
        assertThat(sessions.size()).isOne();
        hand.move(Duration.ofSeconds(2));
        assertThat(sessions.find(key("a"))).isEmpty();
    }

    @Test
    void holdsNoMoreThanItsBound() {
        InMemorySessions sessions = InMemorySessions.builder().atMost(100).build();
        for (int i = 0; i < 10_000; i++) {
            remember(sessions, "session " + i);
        }
        assertThat(sessions.size()).isLessThanOrEqualTo(100).isPositive();
    }

    @Test
    void refusesBoundsThatHoldNothing() {
        InMemorySessions.Builder builder = InMemorySessions.builder();
        assertThatIllegalArgumentException().isThrownBy(() -> builder.atMost(0)).withMessageContaining("0; valid is 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.forgetAfter(Duration.ZERO))
                .withMessageContaining("more than zero");
        assertThatIllegalArgumentException().isThrownBy(() -> builder.forgetAfter(Duration.ofSeconds(-1)));
    }

    private static void remember(SessionStore sessions, String session) {
        sessions.update(key(session), before -> Affinity.first("small", Instant.EPOCH, 1));
    }

    private static SessionKey key(String session) {
        return new SessionKey(null, session, "routing");
    }

    /** A clock that moves by hand. */
    private static final class Hand extends Clock {

        private Instant now = Instant.parse("2026-01-05T12:00:00Z");

        void move(Duration by) {
            now = now.plus(by);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
