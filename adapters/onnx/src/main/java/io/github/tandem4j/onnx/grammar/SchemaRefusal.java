package io.github.tandem4j.onnx.grammar;

import com.fasterxml.jackson.databind.JsonNode;

/** Words for what is wrong with a schema, and where. */
final class SchemaRefusal {
    private static final int LONGEST_QUOTE = 80;

    private SchemaRefusal() {}

    /** @param at a JSON pointer */
    static IllegalArgumentException at(String at, String found, String valid) {
        return new IllegalArgumentException(
                "schema at " + (at.isEmpty() ? "its root" : at) + " " + found + "; valid: " + valid);
    }

    static String quoted(JsonNode value) {
        String text = value.toString();
        return text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "...";
    }
}
