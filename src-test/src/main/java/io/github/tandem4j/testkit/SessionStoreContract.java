package io.github.tandem4j.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.tandem4j.routing.Affinity;
import io.github.tandem4j.routing.SessionKey;
import io.github.tandem4j.routing.SessionStore;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link SessionStore} promises. Extend it in your own tests and hand it your store, with room for ten sessions
 * or more. Each test uses sessions of its own.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
public abstract class SessionStoreContract {

    private static final Instant NOON = Instant.parse("2026-01-05T12:00:00.123Z");
    private static final int THREADS = 8;
    private static final int UPDATES = 50;

    /** For subclasses. */
    protected SessionStoreContract() {}

    /** {@return the store under test} */
    protected abstract SessionStore store();

    @Test
    void knowsNothingOfANewSession() {
        assertThat(store().find(key())).isEmpty();
    }

    @Test
    void givesBackAllThatItWasGiven() {
        SessionKey key = key();
        Affinity full =
                new Affinity("small", NOON, 7, 123_456, "large", 2, List.of(new Affinity.Caller("00ff", "large")));
        store().update(key, before -> {
            assertThat(before).isNull();
            return full;
        });
        assertThat(store().find(key)).contains(full);
        Affinity plain = Affinity.first("large", NOON, 0);
        store().update(key, before -> {
            assertThat(before).isEqualTo(full);
            return plain;
        });
        assertThat(store().find(key)).contains(plain);
    }

    @Test
    void tellsSessionsApartThatReadAlike() {
        String id = UUID.randomUUID().toString();
        List<SessionKey> keys = List.of(
                new SessionKey(null, id, "r"),
                new SessionKey("null", id, "r"),
                new SessionKey("t", id, "r"),
                new SessionKey("t", id, "s"),
                new SessionKey("t:" + id, "r", "r"),
                new SessionKey("t", id + ":r", "r"),
                new SessionKey("t", id, "r:r"),
                new SessionKey("t", id.toUpperCase(java.util.Locale.ROOT) + "X", "r"),
                new SessionKey("t", id + "x", "r"));
        for (int i = 0; i < keys.size(); i++) {
            Affinity own = Affinity.first("endpoint " + i, NOON, i);
            store().update(keys.get(i), before -> own);
        }
        for (int i = 0; i < keys.size(); i++) {
            assertThat(store().find(keys.get(i))).as("key %d", i).contains(Affinity.first("endpoint " + i, NOON, i));
        }
    }

    @Test
    void parallelUpdatesOfOneSessionSeeOneAnother() throws Exception {
        SessionKey key = key();
        CyclicBarrier start = new CyclicBarrier(THREADS);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<CompletableFuture<Void>> all = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                all.add(CompletableFuture.runAsync(() -> updateMany(key, start), threads));
            }
            CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(2, TimeUnit.MINUTES);
        } finally {
            threads.shutdownNow();
        }
        assertThat(store().find(key).orElseThrow().turns()).isEqualTo(THREADS * UPDATES);
    }

    private void updateMany(SessionKey key, CyclicBarrier start) {
        try {
            start.await();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        for (int i = 0; i < UPDATES; i++) {
            store().update(
                            key,
                            before -> new Affinity(
                                    "small", NOON, before == null ? 1 : before.turns() + 1, 0, null, 0, List.of()));
        }
    }

    @Test
    void aChangeThatThrowsChangesNothing() {
        SessionKey key = key();
        Affinity known = Affinity.first("small", NOON, 1);
        store().update(key, before -> known);
        assertThatThrownBy(() -> store().update(key, before -> {
                    throw new IllegalStateException("the change's own fault");
                }))
                .isInstanceOf(RuntimeException.class);
        assertThat(store().find(key)).contains(known);
    }

    private static SessionKey key() {
        return new SessionKey("tenant", UUID.randomUUID().toString(), "routing");
    }
}
