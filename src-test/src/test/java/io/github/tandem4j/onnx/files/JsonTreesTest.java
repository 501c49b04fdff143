package io.github.tandem4j.onnx.files;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trees of JSON, beside those of the mapper. */
final class JsonTreesTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " null",
                "true",
                "[false, {}, []]",
                "-0",
                "1.5e300",
                "1e999",
                "2147483648",
                "123456789012345678901234567890",
                "\"\\u0000 \\ud83d\\ude00 \\\" /\"",
                "{\"a\": {\"b\": [1, 2.0, null]}, \"a\": 3, \"\": \"\"}",
                "{\"first\": 1} {\"second\": 2}"
            })
    void readsAndWritesAsTheMapperDoes(String json) throws IOException {
        JsonNode expected = MAPPER.readTree(json.getBytes(UTF_8));
        JsonNode found = JsonTrees.read(json.getBytes(UTF_8));
        assertThat(found).isEqualTo(expected);
        if (!found.isMissingNode()) {
            assertThat(JsonTrees.text(found)).isEqualTo(expected.toString());
        }
        assertThat(JsonTrees.read(json.getBytes(UTF_16LE))).isEqualTo(MAPPER.readTree(json.getBytes(UTF_16LE)));
    }

    /** Numbers, names, texts and depths that are too large to be meant well. */
    @Test
    void hasTheMappersLimits() throws IOException {
        for (String json : new String[] {
            "1".repeat(1_000),
            "1".repeat(1_001),
            "0." + "1".repeat(1_001),
            "{\"" + "n".repeat(50_000) + "\":1}",
            "{\"" + "n".repeat(50_001) + "\":1}",
            "\"" + "t".repeat(20_000_001) + "\"",
            "[".repeat(1_000) + "]".repeat(1_000),
            "[".repeat(1_001) + "]".repeat(1_001),
            "\uFEFF{}"
        }) {
            JsonNode expected;
            try {
                expected = MAPPER.readTree(json.getBytes(UTF_8));
            } catch (IOException e) {
                assertThatThrownBy(() -> JsonTrees.read(json.getBytes(UTF_8))).hasMessage(e.getMessage());
                continue;
            }
            assertThat(JsonTrees.read(json.getBytes(UTF_8))).isEqualTo(expected);
        }
    }

    @Test
    void refusesWhatIsNoJson() {
        for (String json :
                new String[] {"{", "[1", "{\"a\" 1}", "[1 2]", "tru", "]", "[".repeat(5000), "{\"a\":", "'a'"}) {
            assertThatThrownBy(() -> JsonTrees.read(json.getBytes(UTF_8)))
                    .as(json)
                    .isInstanceOf(IOException.class);
        }
    }
}
