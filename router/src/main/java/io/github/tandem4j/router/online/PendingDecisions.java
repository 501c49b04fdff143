package io.github.tandem4j.router.online;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.github.tandem4j.Usd;
import io.github.tandem4j.router.VersionedFile;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The decisions that wait for their reward, and those that had it, each for a while. Thread-safe. */
final class PendingDecisions {

    private final Clock clock;
    private final long expiryMillis;
    private final Cache<Pending.Key, Pending> waiting;
    private final Cache<Pending.Key, Long> rewarded;

    PendingDecisions(BanditBuilder settings) {
        clock = settings.clock;
        expiryMillis = millis(settings.expiry);
        waiting = remembered(settings, Pending::atMillis);
        rewarded = remembered(settings, at -> at);
    }

    /** A decision expires so long after it was made, also if it was read from a file in between. */
    private interface Made<V> {
        long at(V value);
    }

    private <V> Cache<Pending.Key, V> remembered(BanditBuilder settings, Made<V> made) {
        return Caffeine.newBuilder()
                .maximumSize(settings.mostPending)
                .expireAfter(Expiry.<Pending.Key, V>creating(
                        (key, value) -> Duration.ofMillis(Math.max(1, left(made.at(value))))))
                .executor(Runnable::run)
                .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
                .build();
    }

    private long left(long atMillis) {
        return expiryMillis - Math.max(0, clock.millis() - atMillis);
    }

    private static long millis(Duration time) {
        try {
            return time.toMillis();
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE / 4; // some 70 million years
        }
    }

    @Nullable
    Pending find(Pending.Key key) {
        return waiting.getIfPresent(key);
    }

    /** {@return the decision of this key that was there already; null if this one is now} */
    @Nullable
    Pending add(Pending.Key key, Pending decision) {
        return waiting.asMap().putIfAbsent(key, decision);
    }

    void change(Pending.Key key, UnaryOperator<Pending> change) {
        waiting.asMap().computeIfPresent(key, (any, decision) -> change.apply(decision));
    }

    /** {@return the decision, which from now on counts as rewarded; null if none waits that somebody has answered} */
    @Nullable
    Pending take(Pending.Key key) {
        Pending[] taken = new Pending[1];
        waiting.asMap().computeIfPresent(key, (any, decision) -> {
            if (decision.answeredBy() == null) {
                return decision;
            }
            rewarded.put(key, decision.atMillis());
            taken[0] = decision;
            return null;
        });
        return taken[0];
    }

    boolean isRewarded(Pending.Key key) {
        return rewarded.getIfPresent(key) != null;
    }

    long size() {
        waiting.cleanUp();
        return waiting.estimatedSize();
    }

    void write(ObjectNode file) {
        ArrayNode all = file.putArray("pending");
        waiting.asMap().forEach((key, decision) -> {
            ObjectNode one = all.addObject();
            put(one, key);
            one.put("arm", decision.arm())
                    .put("decided", decision.decided())
                    .put("at", decision.atMillis())
                    .put("features", VersionedFile.encode(decision.features()));
            if (decision.answeredBy() != null) {
                one.put("answered", decision.answeredBy())
                        .put("cost_nanos", decision.cost().nanos());
            }
        });
        ArrayNode known = file.putArray("rewarded");
        rewarded.asMap().forEach((key, at) -> {
            ObjectNode one = known.addObject();
            put(one, key);
            one.put("at", at);
        });
    }

    private static void put(ObjectNode one, Pending.Key key) {
        one.put("id", key.id());
        if (!key.tenant().isEmpty()) {
            one.put("tenant", key.tenant());
        }
    }

    /** Takes in what was written; of more than are remembered the oldest are forgotten, as they would have been. */
    void read(VersionedFile file, int features, long decisions) {
        for (JsonNode node : file.content().path("pending")) {
            Pending.Key key = key(file, node);
            Pending decision = new Pending(
                    file.text(node, "arm"),
                    file.vector(node.path("features"), features),
                    (long) file.number(node, "decided", 0, (double) decisions),
                    at(file, node),
                    node.has("answered") ? file.text(node, "answered") : null,
                    new Usd(node.has("answered") ? (long) file.number(node, "cost_nanos", 0, 9e18) : 0));
            if (left(decision.atMillis()) > 0 && add(key, decision) != null) {
                throw file.refused("pending", "decision " + node.path("id") + " twice", "each once");
            }
        }
        for (JsonNode node : file.content().path("rewarded")) {
            Pending.Key key = key(file, node);
            long at = at(file, node);
            if (left(at) > 0) {
                rewarded.put(key, at);
            }
        }
    }

    private static Pending.Key key(VersionedFile file, JsonNode node) {
        return new Pending.Key(node.has("tenant") ? file.text(node, "tenant") : "", file.text(node, "id"));
    }

    private static long at(VersionedFile file, JsonNode node) {
        return (long) file.number(node, "at", -1e15, 1e15);
    }
}
