package io.github.tandem4j.router;

import io.github.tandem4j.ModelEndpoint;

/**
 * Says how long an endpoint's answer will likely be, before it exists. A lambda is one; {@link CompletionLengths} learns
 * from what was answered. Called by many threads at once.
 */
@FunctionalInterface
public interface CompletionEstimate {

    /**
     * Estimates the length of an answer that does not exist yet.
     *
     * @param endpoint who would answer; a model, no strategy
     * @param promptTokens how long the prompt is, zero or more
     * @return tokens, zero or more and finite
     */
    double tokens(ModelEndpoint endpoint, long promptTokens);

    /**
     * {@return that every answer is this long}
     *
     * @param tokens zero or more; a negative number is an {@link IllegalArgumentException}
     */
    static CompletionEstimate always(int tokens) {
        if (tokens < 0) {
            throw new IllegalArgumentException("typical completion is " + tokens + " tokens; valid is 0 or more");
        }
        return (endpoint, promptTokens) -> tokens;
    }
}
