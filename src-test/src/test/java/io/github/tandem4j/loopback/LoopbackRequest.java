package io.github.tandem4j.loopback;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A request as the loopback server received it.
 *
 * @param number how many requests came before it
 * @param protocol whose protocol its path belongs to
 * @param path the path it asked for
 * @param headers by name in lower case
 * @param body the JSON that was sent
 */
public record LoopbackRequest(int number, Protocol protocol, String path, Map<String, String> headers, JsonNode body) {

    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
    }

    public String model() {
        return body.path("model").asText();
    }

    public boolean isStreaming() {
        return protocol == Protocol.OLLAMA
                ? body.path("stream").asBoolean(true)
                : body.path("stream").asBoolean(false);
    }

    /** The text of the last message. */
    public String prompt() {
        JsonNode messages = body.path("messages");
        JsonNode content = messages.path(messages.size() - 1).path("content");
        return content.isArray() ? content.path(content.size() - 1).path("text").asText() : content.asText();
    }
}
