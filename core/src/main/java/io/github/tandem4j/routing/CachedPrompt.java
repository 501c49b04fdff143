package io.github.tandem4j.routing;

import io.github.tandem4j.EvidenceKey;
import java.util.Objects;

/**
 * How much of a conversation an endpoint's provider likely holds in its prompt cache, where it costs less than elsewhere.
 * It assumes that the conversation has grown at its end since, as it does unless old messages are dropped.
 *
 * @param endpoint the id of the endpoint
 * @param tokens how many tokens, zero or more
 */
public record CachedPrompt(String endpoint, long tokens) {

    /** Under this key a router finds it, if the session is with an endpoint whose cache is likely warm. */
    public static final EvidenceKey<CachedPrompt> KEY = EvidenceKey.of("cached prompt", CachedPrompt.class);

    /** Refuses a negative number with an {@link IllegalArgumentException}. */
    public CachedPrompt {
        Objects.requireNonNull(endpoint, "endpoint");
        if (tokens < 0) {
            throw new IllegalArgumentException(
                    "cached prompt of " + endpoint + " has " + tokens + " tokens; valid is 0 or more");
        }
    }
}
