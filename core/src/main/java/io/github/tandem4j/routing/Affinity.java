package io.github.tandem4j.routing;

import io.github.tandem4j.EvidenceKey;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which endpoint a session is with, and since what. It holds no text of prompts and answers. Immutable; made of texts,
 * numbers and an instant alone, so that a store can keep it in any form.
 *
 * @param endpoint the id of the endpoint that the session is with: the one that answered last, unless it only ended a tool
 *     exchange of its own
 * @param answeredAt when that endpoint last answered
 * @param turns how many turns of the session were answered, by whomever; one or more
 * @param promptTokens how many prompt tokens its last answer took, which is what its provider's prompt cache may hold; zero
 *     or more
 * @param challenger the id of another endpoint that the router proposed in the last turn in which it was asked; null if it
 *     proposed no other
 * @param challenges in how many consecutive turns the challenger was proposed; zero without one
 * @param callers who made the latest tool calls, the newest first; {@value #MOST_CALLERS} at most
 */
public record Affinity(
        String endpoint,
        Instant answeredAt,
        int turns,
        long promptTokens,
        @Nullable String challenger,
        int challenges,
        List<Caller> callers) {

    /** Under this key a router finds the affinity of the request's session, if it has one. */
    public static final EvidenceKey<Affinity> KEY = EvidenceKey.of("session's affinity", Affinity.class);

    private static final int MOST_CALLERS = 8;

    /**
     * Who made certain tool calls, so that their results go back to it, even if other turns of the session went elsewhere
     * meanwhile.
     *
     * @param calls a {@linkplain ToolExchange#fingerprint() fingerprint} of the calls
     * @param endpoint the id of the endpoint that made them
     */
    public record Caller(String calls, String endpoint) {

        /** Refuses nulls. */
        public Caller {
            Objects.requireNonNull(calls, "calls");
            Objects.requireNonNull(endpoint, "endpoint");
        }
    }

    /** Refuses what cannot be with an {@link IllegalArgumentException}, and keeps the newest callers. */
    public Affinity {
        Objects.requireNonNull(endpoint, "endpoint");
        Objects.requireNonNull(answeredAt, "answered at");
        if (turns < 1 || promptTokens < 0 || challenges < 0 || (challenger == null) != (challenges == 0)) {
            throw new IllegalArgumentException(
                    "affinity to " + endpoint + " has " + turns + " turns, " + promptTokens
                            + " prompt tokens and " + challenges + " challenges by " + challenger
                            + "; valid are 1 turn or more, 0 tokens or more, and a challenger with 1 challenge or more or none");
        }
        if (endpoint.equals(challenger)) {
            throw new IllegalArgumentException(
                    "affinity to " + endpoint + " has it for its own challenger; valid is another endpoint or none");
        }
        callers = List.copyOf(callers.size() > MOST_CALLERS ? callers.subList(0, MOST_CALLERS) : callers);
    }

    /** {@return the affinity of a session whose first turn this endpoint has answered} */
    public static Affinity first(String endpoint, Instant answeredAt, long promptTokens) {
        return new Affinity(endpoint, answeredAt, 1, promptTokens, null, 0, List.of());
    }

    /** {@return the id of the endpoint that made these tool calls, if it is remembered} */
    public Optional<String> callerOf(ToolExchange exchange) {
        if (callers.isEmpty()) {
            return Optional.empty();
        }
        String calls = exchange.fingerprint();
        return callers.stream()
                .filter(caller -> caller.calls().equals(calls))
                .map(Caller::endpoint)
                .findFirst();
    }
}
