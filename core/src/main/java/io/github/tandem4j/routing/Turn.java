package io.github.tandem4j.routing;

import io.github.tandem4j.ModelEndpoint;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One turn of a session: what was known of the session when it began, and what the router said of it. Used by one call
 * alone.
 */
final class Turn {

    private final @Nullable SessionKey key;
    private final @Nullable Affinity known;
    private final @Nullable ModelEndpoint current;
    private final @Nullable ModelEndpoint caller;
    private final @Nullable CachedPrompt cached;
    private @Nullable String challenger;
    private boolean routerWasAsked;
    private boolean pinned;

    /**
     * A turn of this session.
     *
     * @param key the session; null if the request names none, and then nothing else is known
     * @param known what is known of it; null if nothing
     * @param current the endpoint that it is with; null exactly if nothing is known
     * @param caller the endpoint that gets the results of its tool calls; null if the turn is not amid an exchange
     * @param cached what the current endpoint's cache likely holds; null if nothing
     */
    Turn(
            @Nullable SessionKey key,
            @Nullable Affinity known,
            @Nullable ModelEndpoint current,
            @Nullable ModelEndpoint caller,
            @Nullable CachedPrompt cached) {
        this.key = key;
        this.known = known;
        this.current = current;
        this.caller = caller;
        this.cached = cached;
    }

    static Turn ofNoSession() {
        return new Turn(null, null, null, null, null);
    }

    Optional<SessionKey> key() {
        return Optional.ofNullable(key);
    }

    Optional<Affinity> known() {
        return Optional.ofNullable(known);
    }

    @Nullable
    ModelEndpoint current() {
        return current;
    }

    @Nullable
    ModelEndpoint caller() {
        return caller;
    }

    Optional<CachedPrompt> cached() {
        return Optional.ofNullable(cached);
    }

    /** Notes that the caller of the tools answers: that moves no session. */
    void pin() {
        pinned = true;
    }

    /** Notes that the router proposed the session's own endpoint, or none. */
    void unchallenged() {
        routerWasAsked = true;
    }

    /** Notes that the router proposed another endpoint, and says in how many consecutive turns it now has. */
    int challengedBy(String proposed) {
        routerWasAsked = true;
        challenger = proposed;
        return known == null ? 1 : runOf(proposed, known);
    }

    /** What is known of the session after this turn, if this was known of it just before; it may have changed meanwhile. */
    Affinity after(
            @Nullable Affinity before, ModelEndpoint answerer, Instant now, long promptTokens, @Nullable String calls) {
        String by = answerer.id();
        List<Affinity.Caller> callers = new ArrayList<>();
        if (calls != null) {
            callers.add(new Affinity.Caller(calls, by));
        }
        if (before == null) {
            return new Affinity(by, now, 1, promptTokens, null, 0, callers);
        }
        callers.addAll(before.callers());
        int turns = before.turns() + 1;
        if (before.endpoint().equals(by)) {
            String rival = routerWasAsked ? challenger : before.challenger();
            if (by.equals(rival)) {
                rival = null; // another turn has moved the session to whom this one proposed
            }
            int run = !routerWasAsked ? before.challenges() : rival == null ? 0 : runOf(rival, before);
            return new Affinity(by, now, turns, promptTokens, rival, run, callers);
        }
        boolean moves = !pinned && current != null && before.endpoint().equals(current.id());
        return moves
                ? new Affinity(by, now, turns, promptTokens, null, 0, callers)
                : new Affinity(
                        before.endpoint(),
                        before.answeredAt(),
                        turns,
                        before.promptTokens(),
                        before.challenger(),
                        before.challenges(),
                        callers);
    }

    private static int runOf(String proposed, Affinity affinity) {
        return proposed.equals(affinity.challenger()) ? affinity.challenges() + 1 : 1;
    }
}
