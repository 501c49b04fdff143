package io.github.tandem4j.router.rules;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** A text as a judge is shown it: one JSON string, out of which nothing can break, of a long one the two ends. */
final class ShownText {

    /** So many characters are shown of either end. */
    static final int HALF = 2_000;

    private static final JsonMapper JSON = new JsonMapper();

    private ShownText() {}

    static String of(String text) {
        String shown = text.length() <= 2 * HALF
                ? text
                : text.substring(0, HALF) + " […] " + text.substring(text.length() - HALF);
        try {
            return JSON.writeValueAsString(shown);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a text could not be written as JSON: " + e.getMessage(), e);
        }
    }

    /** {@return the start of what a judge said, for a message} */
    static String start(String verdict) {
        return verdict.length() > 40 ? verdict.substring(0, 40) + "…" : verdict;
    }
}
