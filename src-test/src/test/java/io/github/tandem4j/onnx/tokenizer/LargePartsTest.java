package io.github.tandem4j.onnx.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The large parts of a tokenizer's file, cut out of it, or left to the parser. */
final class LargePartsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void whatIsCutOutIsWhatTheParserReads() throws IOException {
        String file = """
                {"version": "1.0", "added_tokens": [{"id": 3, "content": "}]\\"{", "special": true}],
                 "model": {"type": "BPE", "nested": {"vocab": {"no": 1}, "merges": []},
                  "vocab": {"a": 0, "\\u0120b" : 10 ,"\\"\\\\": 2, "\u0120c": 3, "\ud83d\ude00": 4, "": 5},
                  "merges": ["a b", ["\\"]", "c"]]}, "decoder": null}
                """;
        JsonNode parsed = JSON.readTree(file);
        byte[] bytes = file.getBytes(UTF_8);

        LargeParts parts = Objects.requireNonNull(LargeParts.of(bytes));

        assertThat(parts.vocabulary())
                .isEqualTo(JSON.convertValue(parsed.at("/model/vocab"), Map.class))
                .containsEntry("\"\\", 2)
                .containsEntry("\u0120b", 10);
        assertThat(JSON.readTree(slice(bytes, parts.vocabularyFrom(), parts.vocabularyTo())))
                .isEqualTo(parsed.at("/model/vocab"));
        assertThat(JSON.readTree(slice(bytes, parts.mergesFrom(), parts.mergesTo())))
                .isEqualTo(parsed.at("/model/merges"));
        JsonNode rest = JSON.readTree(parts.rest());
        assertThat(rest.at("/model/vocab")).isEmpty();
        assertThat(rest.at("/model/merges")).isEmpty();
        assertThat(rest.at("/model/nested")).isEqualTo(parsed.at("/model/nested"));
        assertThat(rest.at("/added_tokens")).isEqualTo(parsed.at("/added_tokens"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{}",
                "{\"model\"",
                "{\"model\": {\"vocab\": {\"a\": 0}}}",
                "{\"model\": {\"vocab\": {}, \"merges\": []}}",
                "{\"model\": {\"vocab\": {\"a\": 0}, \"merges\": [",
                "{\"model\": {\"vocab\": {\"a\": 0}, \"merges\": [1]}}",
                "{\"model\": {\"vocab\": {\"a\": 0}, \"merges\": [[\"a\"]]}}",
                "{\"model\": {\"vocab\": {\"a\": -1}, \"merges\": []}}",
                "{\"model\": {\"vocab\": {\"a\": 01}, \"merges\": []}}",
                "{\"model\": {\"vocab\": {\"a\": 1.5}, \"merges\": []}}",
                "{\"model\": {\"vocab\": {\"a\": 9999999999}, \"merges\": []}}",
                "{\"model\": {\"vocab\": {\"a\": 1, \"a\": 2}, \"merges\": []}}",
                "{\"model\": {\"vocab\": {\"a\": 1}, \"vocab\": {\"b\": 1}, \"merges\": []}}",
                "{\"model\": {\"vocab\": {\"a\": 1}, \"merges\": [], \"merges\": [\"a a\"]}}",
                "{\"model\": {\"vocab\": {\"a\": 1}, \"merges\": []}, \"model\": {}}",
                "{\"model\": {\"vocab\": {\"a\": 1}, \"merges\": [], \"voc\\u0061b\": {}}}",
                "{\"model\": {\"vocab\": {\"a\u0001\": 1}, \"merges\": []}}",
                "{\"model\": {\"vocab\": [[\"a\", 0.5]], \"merges\": []}}"
            })
    void whatIsOfAnotherFormIsLeftToTheParser(String file) {
        assertThat(LargeParts.of(file.getBytes(UTF_8))).isNull();
    }

    @Test
    void bytesThatAreNoTextAreLeftToTheParser() {
        byte[] file = "{\"model\": {\"vocab\": {\"a?\": 0}, \"merges\": []}}".getBytes(UTF_8);
        file[23] = (byte) 0xC3;
        assertThat(LargeParts.of(file)).isNull();
    }

    private static byte[] slice(byte[] bytes, int from, int to) {
        return Arrays.copyOfRange(bytes, from, to);
    }
}
