package io.github.tandem4j.onnx.exported;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What stands before the vocabulary in a {@code tokenizer.json}: the tokens that were added, and what a text begins with.
 * Reading ends there, so that it costs little beside that of the vocabulary.
 */
final class TokenizerHead {
    private static final ObjectMapper JSON = new ObjectMapper();

    private JsonNode added = JsonNodeFactory.instance.arrayNode();
    private JsonNode processor = JsonNodeFactory.instance.missingNode();

    private TokenizerHead() {}

    static TokenizerHead read(Path path, byte[] bytes) {
        TokenizerHead head = new TokenizerHead();
        try (JsonParser in = JSON.getFactory().createParser(bytes)) {
            in.nextToken();
            while (in.nextToken() == JsonToken.FIELD_NAME) {
                String name = in.currentName();
                in.nextToken();
                if (name.equals("added_tokens")) {
                    head.added = JSON.readTree(in);
                } else if (name.equals("post_processor")) {
                    head.processor = JSON.readTree(in);
                    break;
                } else {
                    in.skipChildren();
                }
            }
            return head;
        } catch (IOException e) {
            throw new ModelFileException(path + " cannot be read as JSON: " + e.getMessage(), e);
        }
    }

    /** The id of an added token, by its text. */
    OptionalInt idOf(String token) {
        for (JsonNode each : added) {
            if (!token.isEmpty() && each.path("content").asText().equals(token)) {
                return OptionalInt.of(each.path("id").asInt(-1));
            }
        }
        return OptionalInt.empty();
    }

    /** The special token that the tokenizer puts before each text. */
    Optional<String> beginning() {
        Optional<String> found = beginning(processor);
        for (JsonNode each : processor.path("processors")) {
            found = found.or(() -> beginning(each));
        }
        return found;
    }

    private static Optional<String> beginning(JsonNode processor) {
        return Optional.of(processor.path("single").path(0).path("SpecialToken").path("id"))
                .filter(JsonNode::isTextual)
                .map(JsonNode::asText);
    }
}
