package io.github.tandem4j.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Map;

/**
 * What a command reads from and writes to, so that it runs in a test as it does in a shell.
 *
 * @param environment the environment variables
 * @param in standard input
 * @param out standard output: results alone
 * @param err standard error: progress and complaints
 */
record Surroundings(Map<String, String> environment, InputStream in, PrintStream out, PrintStream err) {

    private static final JsonMapper JSON = new JsonMapper();

    /** {@return the variable's value; empty if it is not set} */
    String variable(String name) {
        return environment.getOrDefault(name, "").strip();
    }

    /** Says what went wrong, on standard error. */
    void complain(String message) {
        err.println("tandem: " + message);
    }

    /** Prints one JSON object on one line. */
    void print(JsonNode json) {
        try {
            out.println(JSON.writeValueAsString(json));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of JSON nodes can always be written", e);
        }
        out.flush();
    }
}
