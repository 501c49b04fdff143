package io.github.tandem4j.onnx.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The templates of the families that people use; {@code golden/make_chat_golden.py} rendered them with Jinja2. */
class ChatTemplateGoldenTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2025-03-04T05:06:07Z"), ZoneOffset.UTC);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNode GOLDEN = read();

    private static JsonNode read() {
        try {
            return JSON.readTree(Path.of("golden/chat-golden.json").toFile());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static Stream<Named<JsonNode>> cases() {
        return StreamSupport.stream(GOLDEN.get("cases").spliterator(), false)
                .map(each -> Named.of(
                        each.get("template").asText() + ": "
                                + each.get("conversation").asText() + " " + each.get("options"),
                        each));
    }

    @ParameterizedTest
    @MethodSource("cases")
    @SuppressWarnings("unchecked")
    void rendersAsTheReferenceDoes(JsonNode each) {
        JsonNode template = GOLDEN.get("templates").get(each.get("template").asText());
        Map<String, Object> variables = new HashMap<>(JSON.convertValue(template.get("variables"), Map.class));
        variables.put(
                "messages",
                JSON.convertValue(
                        GOLDEN.get("conversations").get(each.get("conversation").asText()), Object.class));
        each.get("options")
                .forEach(option -> variables.put(
                        option.asText(), JSON.convertValue(GOLDEN.get("options").get(option.asText()), Object.class)));
        JinjaTemplate parsed = JinjaTemplate.parse(template.get("source").asText(), CLOCK);
        String want = each.get("want").asText();

        if (want.startsWith("ERR")) {
            assertThatThrownBy(() -> parsed.render(variables)).isInstanceOf(JinjaException.class);
        } else {
            assertThat(parsed.render(variables)).isEqualTo(want);
        }
    }
}
