package io.github.tandem4j.router.online;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.tandem4j.Usd;
import io.github.tandem4j.router.VersionedFile;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The decisions that wait for their reward, and those that had it, each for a while. Thread-safe. */
final class PendingDecisions {

    private final Remembered<Pending.Key, Pending> waiting;
    private final Remembered<Pending.Key, Long> rewarded;

    PendingDecisions(BanditBuilder settings) {
        long expiry = millis(settings.expiry);
        waiting = new Remembered<>(settings.clock, expiry, settings.mostPending, Pending::atMillis);
        rewarded = new Remembered<>(settings.clock, expiry, settings.mostPending, at -> at);
    }

    private static long millis(Duration time) {
        try {
            return time.toMillis();
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE / 4; // some 70 million years
        }
    }

    @Nullable
    synchronized Pending find(Pending.Key key) {
        return waiting.find(key);
    }

    /** {@return the decision of this key that was there already; null if this one is now} */
    @Nullable
    synchronized Pending add(Pending.Key key, Pending decision) {
        Pending before = waiting.find(key);
        if (before == null) {
            waiting.put(key, decision);
        }
        return before;
    }

    synchronized void change(Pending.Key key, UnaryOperator<Pending> change) {
        Pending decision = waiting.find(key);
        if (decision != null) {
            waiting.put(key, change.apply(decision));
        }
    }

    /** {@return the decision, which from now on counts as rewarded; null if none waits that somebody has answered} */
    @Nullable
    synchronized Pending take(Pending.Key key) {
        Pending decision = waiting.find(key);
        if (decision == null || decision.answeredBy() == null) {
            return null;
        }
        waiting.remove(key);
        rewarded.put(key, decision.atMillis());
        return decision;
    }

    synchronized boolean isRewarded(Pending.Key key) {
        return rewarded.find(key) != null;
    }

    synchronized long size() {
        return waiting.size();
    }

    synchronized void write(ObjectNode file) {
        ArrayNode all = file.putArray("pending");
        waiting.forEach((key, decision) -> {
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
        rewarded.forEach((key, at) -> {
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
    synchronized void read(VersionedFile file, int features, long decisions) {
        for (JsonNode node : file.content().path("pending")) {
            Pending.Key key = key(file, node);
            Pending decision = new Pending(
                    file.text(node, "arm"),
                    file.vector(node.path("features"), features),
                    (long) file.number(node, "decided", 0, (double) decisions),
                    at(file, node),
                    node.has("answered") ? file.text(node, "answered") : null,
                    new Usd(node.has("answered") ? (long) file.number(node, "cost_nanos", 0, 9e18) : 0));
            if (!waiting.isExpired(decision.atMillis()) && add(key, decision) != null) {
                throw file.refused("pending", "decision " + node.path("id") + " twice", "each once");
            }
        }
        for (JsonNode node : file.content().path("rewarded")) {
            Pending.Key key = key(file, node);
            long at = at(file, node);
            if (!rewarded.isExpired(at)) {
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
