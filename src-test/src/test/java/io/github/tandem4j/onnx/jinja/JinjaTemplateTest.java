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
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JinjaTemplateTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2025-03-04T05:06:07Z"), ZoneOffset.UTC);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Made with Jinja2 as {@code apply_chat_template} sets it up, by {@code golden/make_jinja_golden.py}. */
    static Stream<Named<JsonNode>> goldens() throws IOException {
        JsonNode cases = JSON.readTree(Path.of("golden/jinja-golden.json").toFile());
        return StreamSupport.stream(cases.spliterator(), false)
                .map(each -> Named.of(each.get("name").asText(), each));
    }

    @ParameterizedTest
    @MethodSource("goldens")
    @SuppressWarnings("unchecked")
    void rendersAsJinja2Does(JsonNode golden) {
        String template = golden.get("template").asText();
        Map<String, Object> variables = JSON.convertValue(golden.get("vars"), Map.class);

        if (golden.get("want").asText().startsWith("ERR")) {
            assertThatThrownBy(() -> render(template, variables)).isInstanceOf(JinjaException.class);
        } else {
            assertThat(render(template, variables)).isEqualTo(golden.get("want").asText());
        }
    }

    @ParameterizedTest
    @Timeout(60)
    @ValueSource(
            strings = {
                "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
                "{% for a in range(1000000000000) %}{% endfor %}",
                "{% set ns = namespace(s='x') %}{% for i in range(64) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(s=[1]) %}{% for i in range(64) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(s='x') %}{% for i in range(64) %}{% set ns.s = ns.s|replace('x','xxxxxxxx') %}{% endfor %}",
                "{% set ns = namespace(s='x') %}{% for i in range(64) %}{% set ns.s = [ns.s,ns.s]|join('') %}{% endfor %}",
                "{% set ns = namespace(s='x') %}{% for i in range(64) %}{% set ns.s = [ns.s,ns.s]|tojson %}{% endfor %}",
                "{% set ns = namespace(s='x') %}{% for i in range(64) %}{% set ns.s = [ns.s,ns.s]|string %}{% endfor %}",
                "{% set ns = namespace(a=[],b=[]) %}{% for i in range(64) %}{% set ns.a = [ns.a,ns.a] %}"
                        + "{% set ns.b = [ns.b,ns.b] %}{% endfor %}{{ ns.a == ns.b }}",
                "{% set s = 'x' * 5000000 %}{{ s.join([s] * 1000)|length }}",
                "{% set s = 'x' * 7000 %}{% set ns = namespace(l=[]) %}"
                        + "{% for i in range(2000) %}{% set ns.l = ns.l + [s.replace('x', s)] %}{% endfor %}",
                "{% set s = 'x' * 5000000 %}{{ ([s] * 1000)|map('upper')|list|length }}",
                "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
                "{% set ns = namespace() %}{% set ns.x = ns %}{{ [ns]|tojson }}",
                "{{ ''.getClass() }}",
                "{{ messages.getClass().forName('java.lang.Runtime') }}"
            })
    void hostileTemplatesEndInARefusal(String template) {
        assertThatThrownBy(() -> render(template, Map.of("messages", List.of())))
                .isInstanceOf(JinjaException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "[", "not ", "-", "{% if 1 %}"})
    void endlessNestingIsRefused(String opening) {
        String nested = opening.repeat(100_000);
        String template = opening.startsWith("{") ? nested : "{{ " + nested + " }}";

        assertThatThrownBy(() -> render(template, Map.of())).isInstanceOf(JinjaException.class);
    }

    @Test
    void anEndlessChainOfConditionsIsRefused() {
        String template = "{% if 1 %}" + "{% elif 1 %}".repeat(80_000) + "{% endif %}";

        assertThatThrownBy(() -> render(template, Map.of())).isInstanceOf(JinjaException.class);
    }

    private static String render(String template, Map<String, Object> variables) {
        return JinjaTemplate.parse(template, CLOCK).render(variables);
    }
}
