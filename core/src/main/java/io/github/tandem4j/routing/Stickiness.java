package io.github.tandem4j.routing;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How firmly a session stays with the endpoint that it is with.
 *
 * <pre>{@code
 * Stickiness.within(InMemorySessions.ofDefaults()).switchAfter(3).switchAtOnceFrom(0.95)
 * }</pre>
 *
 * <ul>
 *   <li>the session moves when the router has proposed the same other endpoint in 2 consecutive turns
 *   <li>no confidence of the router moves it sooner
 *   <li>a provider's prompt cache is expected to last 5 minutes after an answer, and to hold prompts of 1,024 tokens or
 *       more, which is what OpenAI and Anthropic state for most of their models
 * </ul>
 *
 * <p>Immutable: every method returns a new one.
 */
public final class Stickiness {

    /** How long a provider's prompt cache is expected to last after an answer, unless stated otherwise. */
    public static final Duration USUAL_CACHE_LIFE = Duration.ofMinutes(5);

    /** The shortest prompt, in tokens, that a provider is expected to cache, unless stated otherwise. */
    public static final long USUAL_SHORTEST_CACHED_PROMPT = 1024;

    private final SessionStore store;
    private final int proposals;
    private final @Nullable Double confidence;
    private final Duration cacheLife;
    private final long shortestCached;

    private Stickiness(
            SessionStore store, int proposals, @Nullable Double confidence, Duration cacheLife, long shortestCached) {
        this.store = store;
        this.proposals = proposals;
        this.confidence = confidence;
        this.cacheLife = cacheLife;
        this.shortestCached = shortestCached;
    }

    /** {@return the usual stickiness, remembered here} */
    public static Stickiness within(SessionStore store) {
        return new Stickiness(
                Objects.requireNonNull(store, "session store"),
                2,
                null,
                USUAL_CACHE_LIFE,
                USUAL_SHORTEST_CACHED_PROMPT);
    }

    /**
     * Moves a session when the router has proposed the same other endpoint in so many consecutive turns; each answer of
     * the {@linkplain Routing routing} is one.
     *
     * @param turns one or more; at 1 the router's word is followed at once
     */
    public Stickiness switchAfter(int turns) {
        if (turns < 1) {
            throw new IllegalArgumentException("session switches after " + turns + " proposals; valid is 1 or more");
        }
        return new Stickiness(store, turns, confidence, cacheLife, shortestCached);
    }

    /**
     * Moves a session at once when the router is at least this sure of its choice: on the scale of its {@linkplain
     * Choice#confidence() confidence}, whether that is a probability or a raw score. One that is not known never is.
     */
    public Stickiness switchAtOnceFrom(double threshold) {
        if (!Double.isFinite(threshold)) {
            throw new IllegalArgumentException(
                    "confidence from which a session switches at once is " + threshold + "; valid is a finite number");
        }
        return new Stickiness(store, proposals, threshold, cacheLife, shortestCached);
    }

    /** Expects a provider's prompt cache to last so long after an answer; zero expects none. */
    public Stickiness expectingCacheFor(Duration life) {
        if (life.isNegative()) {
            throw new IllegalArgumentException("life of a prompt cache is " + life + "; valid is zero or more");
        }
        return new Stickiness(store, proposals, confidence, life, shortestCached);
    }

    /** Expects a provider to cache prompts of so many tokens or more; zero or more. */
    public Stickiness expectingCacheFrom(long tokens) {
        if (tokens < 0) {
            throw new IllegalArgumentException("shortest cached prompt has " + tokens + " tokens; valid is 0 or more");
        }
        return new Stickiness(store, proposals, confidence, cacheLife, tokens);
    }

    SessionStore store() {
        return store;
    }

    /** Why a session with such a run of proposals moves, or null if it stays. */
    @Nullable
    String reasonToMove(String proposed, int run, Choice choice) {
        if (run >= proposals) {
            return proposed + " was proposed " + times(run) + (run == 1 ? "" : " in a row");
        }
        Double enough = confidence;
        return enough != null && choice.confidence().isAtLeast(enough)
                ? choice.confidence() + " is at least " + enough
                : null;
    }

    String reasonToStay(String proposed, int run) {
        return proposed + " was proposed " + times(run) + ", switches after " + proposals;
    }

    Optional<CachedPrompt> cached(Affinity affinity, Instant now) {
        boolean warm = Duration.between(affinity.answeredAt(), now).compareTo(cacheLife) < 0;
        return warm && affinity.promptTokens() >= shortestCached
                ? Optional.of(new CachedPrompt(affinity.endpoint(), affinity.promptTokens()))
                : Optional.empty();
    }

    private static String times(int n) {
        return n == 1 ? "once" : n == 2 ? "twice" : n + " times";
    }
}
