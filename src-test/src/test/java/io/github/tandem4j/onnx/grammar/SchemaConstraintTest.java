package io.github.tandem4j.onnx.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SchemaConstraintTest {
    @Property(tries = 250)
    void whatItLetsThroughIsValid(@ForAll("schemas") String schema, @ForAll long seed) {
        String text = Texting.random(OutputConstraint.jsonSchema(schema), seed, 400);

        if (text != null) {
            assertThat(Validator.flaws(schema, text))
                    .as("%s by %s", text, schema)
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("io.github.tandem4j.onnx.grammar.Schemas#all")
    void whatItLetsThroughOfEachSchemaIsValid(String name, String schema) {
        OutputConstraint constraint = OutputConstraint.jsonSchema(schema);
        int whole = 0;
        for (int seed = 0; seed < 40; seed++) {
            String text = Texting.random(constraint, seed, 1500);
            if (text != null) {
                whole++;
                assertThat(Validator.flaws(schema, text)).as(text).isEmpty();
            }
        }
        assertThat(whole).isGreaterThan(30);
    }

    @Property(tries = 100)
    void itLetsThroughWhatIsWithinBounds(
            @ForAll int low, @ForAll int high, @ForAll int value, @ForAll boolean exclusive) {
        int least = Math.min(low, high);
        int most = Math.max(low, high);
        String word = exclusive ? "exclusiveM" : "m";
        for (String type : List.of("integer", "number")) {
            String schema = """
                {"type": "%s", "%sinimum": %d, "%saximum": %d}\
                """.formatted(type, word, least, word, most);
            if (most - (long) least < 2) {
                continue;
            }
            OutputConstraint constraint = OutputConstraint.jsonSchema(schema);
            for (long each : new long[] {value, least, most, least - 1L, most + 1L, least + 1L, most - 1L, 0, -value}) {
                assertThat(Texting.allows(constraint, Long.toString(each)))
                        .as("%d by %s", each, schema)
                        .isEqualTo(Validator.flaws(schema, Long.toString(each)).isEmpty());
            }
        }
    }

    @Property(tries = 300)
    void boundsWithFractionsAreKept(
            @ForAll("decimals") String low, @ForAll("decimals") String high, @ForAll("decimals") String value) {
        boolean ordered = new BigDecimal(low).compareTo(new BigDecimal(high)) < 0;
        String schema = "{\"type\": \"number\", \"minimum\": %s, \"exclusiveMaximum\": %s}"
                .formatted(ordered ? low : high, ordered ? high : low);
        OutputConstraint constraint;
        try {
            constraint = OutputConstraint.jsonSchema(schema);
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageContaining("can't be met");
            return;
        }
        assertThat(Texting.allows(constraint, value))
                .as("%s by %s", value, schema)
                .isEqualTo(Validator.flaws(schema, value).isEmpty());
        String drawn = Texting.random(constraint, value.hashCode(), 60);
        if (drawn != null) {
            assertThat(Validator.flaws(schema, drawn))
                    .as("%s by %s", drawn, schema)
                    .isEmpty();
        }
    }

    @Provide
    Arbitrary<String> decimals() {
        return Arbitraries.of(
                "0.5", "-0.5", "1.25", "-1.25", "10.0", "9.99", "-10.5", "0.001", "99.5", "100", "-100", "7", "0",
                "0.10", "3.14159", "12.34");
    }

    @Provide
    Arbitrary<String> schemas() {
        Arbitrary<String> leaves = Arbitraries.of(
                "{\"type\":\"string\"}",
                "{\"type\":\"string\",\"minLength\":2,\"maxLength\":5}",
                "{\"type\":\"string\",\"pattern\":\"^[A-Z][a-z\\\\\\\\]{1,4}$\"}",
                "{\"type\":\"string\",\"pattern\":\"\\\"[0-9]\"}",
                "{\"type\":\"string\",\"format\":\"date\"}",
                "{\"type\":\"integer\"}",
                "{\"type\":\"integer\",\"minimum\":-7,\"maximum\":120}",
                "{\"type\":\"number\",\"minimum\":0,\"maximum\":1}",
                "{\"type\":\"number\"}",
                "{\"type\":[\"boolean\",\"null\"]}",
                "{\"enum\":[\"a\\\"b\",1,null,{\"x\":[1,2.5]}]}",
                "{\"const\":\"é\\n\"}",
                "{\"type\":\"string\",\"nullable\":true}",
                "{}",
                "true");
        return Arbitraries.recursive(() -> leaves, this::containing, 0, 3);
    }

    private Arbitrary<String> containing(Arbitrary<String> schemas) {
        return Arbitraries.oneOf(objects(schemas), arrays(schemas), choices(schemas), both(schemas));
    }

    private Arbitrary<String> objects(Arbitrary<String> schemas) {
        Arbitrary<String> additional = Arbitraries.of(
                "", ",\"additionalProperties\":false", ",\"additionalProperties\":{\"type\":\"integer\"}");
        Arbitrary<String> required = Arbitraries.of("[]", "[\"a\"]", "[\"b\",\"a\\\"\"]");
        return Combinators.combine(schemas, schemas, schemas, additional, required)
                .as((a, b, c, extra, names) -> "{\"type\":\"object\",\"properties\":{\"a\":" + a + ",\"a\\\"\":" + b
                        + ",\"b\":" + c + "}" + extra + ",\"required\":" + names + "}");
    }

    private Arbitrary<String> arrays(Arbitrary<String> schemas) {
        Arbitrary<String> bounds =
                Arbitraries.of("", ",\"minItems\":1", ",\"maxItems\":2", ",\"minItems\":2,\"maxItems\":4");
        return Combinators.combine(schemas, schemas, bounds)
                .as((item, first, bound) ->
                        "{\"type\":\"array\",\"prefixItems\":[" + first + "],\"items\":" + item + bound + "}");
    }

    private Arbitrary<String> choices(Arbitrary<String> schemas) {
        return Combinators.combine(schemas, schemas).as((a, b) -> "{\"anyOf\":[" + a + "," + b + "]}");
    }

    private Arbitrary<String> both(Arbitrary<String> schemas) {
        return schemas.map(a -> "{\"allOf\":[" + a + ",{\"description\":\"the same\"}],\"title\":\"t\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"type\":\"object\",\"patternProperties\":{}}|root|patternProperties",
                "{\"properties\":{\"a\":{\"not\":{}}}}|/properties/a|not",
                "{\"properties\":{\"a/b\":{\"if\":{}}}}|/properties/a~1b|if",
                "{\"type\":\"array\",\"uniqueItems\":true}|root|uniqueItems",
                "{\"type\":\"array\",\"contains\":{}}|root|contains",
                "{\"type\":\"integer\",\"multipleOf\":3}|root|multipleOf",
                "{\"type\":\"string\",\"maxLenght\":3}|root|maxLenght",
                "{\"type\":\"string\",\"format\":\"regex\"}|root|regex",
                "{\"type\":\"string\",\"pattern\":\"a(?=b)\"}|/pattern|look-around",
                "{\"type\":\"string\",\"pattern\":\"a\",\"maxLength\":3}|root|pattern",
                "{\"type\":\"text\"}|root|text",
                "{\"$ref\":\"http://example.org/x\"}|root|same schema",
                "{\"$ref\":\"#/$defs/none\"}|root|not there",
                "{\"$ref\":\"#\"}|schema|recurses",
                "{\"allOf\":[{\"$ref\":\"#\"}]}|schema|recurses",
                "{\"anyOf\":[{\"$ref\":\"#\"},{\"type\":\"null\"}]}|schema|recurses",
                "{\"type\":\"object\",\"properties\":{\"next\":{\"$ref\":\"#\"}},\"required\":[\"next\"]}|schema|can't"
                        + " be met",
                "{\"oneOf\":[{\"type\":\"integer\"},{\"type\":\"number\"}]}|root|may both hold",
                "{\"type\":\"object\",\"required\":[\"a\"],\"additionalProperties\":false}|root|can't be met",
                "{\"type\":\"integer\",\"minimum\":5,\"maximum\":4}|root|can't be met",
                "{\"type\":\"integer\",\"minimum\":1.2,\"maximum\":1.8}|root|can't be met",
                "{\"type\":\"integer\",\"minimum\":1e400}|root|digits",
                "{\"type\":\"string\",\"minLength\":5,\"maxLength\":4}|root|can't be met",
                "{\"type\":\"array\",\"minItems\":-1}|root|minItems",
                "{\"type\":\"array\",\"items\":false,\"minItems\":1}|root|can't be met",
                "{\"type\":\"array\",\"items\":[{}]}|root|prefixItems",
                "{\"type\":\"object\",\"minProperties\":1}|root|minProperties",
                "{\"type\":\"object\",\"properties\":{\"a\":{}},\"required\":true}|root|required",
                "{\"type\":\"object\",\"properties\":{\"a\":{}},\"required\":\"a\"}|root|required",
                "{\"allOf\":[{\"required\":\"a\"},{\"type\":\"object\",\"required\":[\"b\"]}]}|/allOf|required",
                "{\"oneOf\":[{\"const\":1},{\"const\":1.0}]}|root|may both hold",
                "{\"oneOf\":[{\"const\":{\"a\":[1]}},{\"const\":{\"a\":[1.0]}}]}|root|may both hold",
                "{\"oneOf\":[{\"type\":\"object\",\"nullable\":true,\"properties\":{\"k\":{\"const\":1}},\"required\":[\"k\"]},"
                        + "{\"type\":\"object\",\"nullable\":true,\"properties\":{\"k\":{\"const\":2}},\"required\":[\"k\"]}]}"
                        + "|root|may both hold",
                "{\"enum\":[]}|root|can't be met",
                "{\"enum\":3}|root|enum",
                "{\"type\":\"integer\",\"enum\":[\"a\"]}|root|can't be met",
                "{\"anyOf\":[]}|root|anyOf",
                "false|root|can't be met",
                "3|root|object",
                "[1|line|no JSON",
                "{\"a\":1,\"a\":1}|column|no JSON",
                "{\"allOf\":[{\"format\":\"date\"},{\"format\":\"time\"}]}|/allOf|format",
            })
    void whatItCannotKeepIsRefusedByItsPlace(String schema, String where, String why) {
        assertThatThrownBy(() -> OutputConstraint.jsonSchema(schema))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(where)
                .hasMessageContaining(why);
    }

    @ParameterizedTest
    @CsvSource({
        "email,anna.maria@firma.example.pl,anna@@firma.pl",
        "email,christopher_montgomery-long+tag@x-y.museum,.a@b.de",
        "date,2024-02-29,2023-02-29",
        "date,1999-12-31,1999-11-31",
        "time,23:59:59.5+02:00,24:00:00Z",
        "date-time,2026-11-29T20:50:00Z,2026-11-29 20:50",
        "duration,P3D,3D",
        "ipv4,10.0.0.255,10.0.0.256",
        "ipv6,2001:db8:0:0:0:0:0:1,2001:db8",
        "hostname,db-1.internal.example.org,-db",
        "uuid,123e4567-e89b-12d3-a456-426614174000,123e4567",
        "uri,https://example.org:8080/a/b?c=d,example.org",
    })
    void formatsAreKept(String format, String good, String bad) {
        OutputConstraint constraint =
                OutputConstraint.jsonSchema("{\"type\":\"string\",\"format\":\"" + format + "\"}");

        assertThat(Texting.allows(constraint, '"' + good + '"')).isTrue();
        assertThat(Texting.allows(constraint, '"' + bad + '"')).isFalse();
    }

    @Test
    void recursionThatCanEndIsKept() {
        OutputConstraint tree = OutputConstraint.jsonSchema("""
            {"$defs": {"tree": {"type": "object", "properties": {
               "value": {"type": "integer"}, "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
               "required": ["value"]}}, "$ref": "#/$defs/tree"}\
            """);

        assertThat(Texting.allows(tree, "{\"value\": 1, \"children\": [{\"value\":2},{\"value\":3,\"children\":[]}]}"))
                .isTrue();
        assertThat(Texting.allows(tree, "{\"value\": 1, \"children\": [{}]}")).isFalse();
    }

    @Test
    void mergedPartsMayRecurse() {
        OutputConstraint list = OutputConstraint.jsonSchema("""
            {"type": "object", "properties": {"next": {"allOf": [{"$ref": "#"}, {"required": ["id"]}]},
             "id": {"type": "string"}}}\
            """);

        assertThat(Texting.allows(list, "{\"next\": {\"next\": {\"id\": \"b\"}, \"id\": \"a\"}}"))
                .isTrue();
        assertThat(Texting.allows(list, "{\"next\": {\"next\": {\"id\": \"b\"}}}"))
                .isFalse();
    }

    @Test
    void whitespaceIsBounded() {
        OutputConstraint any = OutputConstraint.jsonObject();

        assertThat(Texting.allows(any, "{\"a\": 1, \"b\": [1, 2]}")).isTrue();
        assertThat(Texting.allows(any, "{\n  \"a\": 1,\n  \"b\": [\n    1\n  ]\n}"))
                .isTrue();
        assertThat(Texting.allows(any, "{\"a\":  1}")).isFalse();
        assertThat(Texting.allows(any, "{\n\n\"a\": 1}")).isFalse();
        assertThat(Texting.allows(any, "[]")).isFalse();
    }

    @Test
    void aSchemaOfAMegabyteIsCompiledOrRefused() {
        StringBuilder properties = new StringBuilder();
        for (int i = 0; properties.length() < 1 << 20; i++) {
            properties.append(i == 0 ? "" : ",").append("\"p").append(i).append("\":{\"type\":\"integer\"}");
        }
        assertThatThrownBy(
                        () -> OutputConstraint.jsonSchema("{\"type\":\"object\",\"properties\":{" + properties + "}}"))
                .hasMessageContaining("properties");
        StringBuilder values = new StringBuilder("\"a\"");
        for (int i = 0; values.length() < 1 << 20; i++) {
            values.append(",\"value").append(i).append('"');
        }
        OutputConstraint many = OutputConstraint.jsonSchema("{\"enum\":[" + values + "]}");
        assertThat(Texting.allows(many, "\"value4711\"")).isTrue();
        String name = "n".repeat(40_000);
        assertThatThrownBy(() -> OutputConstraint.jsonSchema(
                        "{\"type\":\"object\",\"properties\":{\"" + name + "\":{}},\"additionalProperties\":true}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("name");
        String deep = "{\"items\":".repeat(100_000);
        assertThatThrownBy(() -> OutputConstraint.jsonSchema(deep)).hasMessageContaining("depth");
        String wide = "{\"anyOf\":[" + "{\"type\":\"string\"},".repeat(50_000) + "{\"type\":\"null\"}]}";
        assertThat(OutputConstraint.jsonSchema(wide)).isNotNull();
        String doubling = "{\"type\":\"object\","
                + "\"allOf\":[{\"anyOf\":[{\"minProperties\":0},{\"required\":[\"a\"]}],".repeat(30) + "\"title\":\"x\""
                + "}]".repeat(30) + "}";
        try {
            OutputConstraint.jsonSchema(doubling);
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageContaining("schema at");
        }
    }

    @Test
    void aLimitIsSteeredToSoThatTheJsonIsWhole() {
        OutputConstraint person = OutputConstraint.jsonSchema("""
            {"type": "object", "properties": {"name": {"type": "string"}, "tags": {"type": "array",
             "items": {"type": "string"}}}, "required": ["name", "tags"]}\
            """);
        for (int seed = 0; seed < 100; seed++) {
            assertThat(Texting.random(person, seed, 40)).isNotNull().endsWith("}");
        }
    }

    /** Of each a text that looks right and that one of the parts refuses. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"allOf\":[{\"type\":\"string\",\"nullable\":true},{\"type\":\"string\"}]}|null",
                "{\"allOf\":[{\"items\":{\"type\":\"integer\"}},{\"type\":\"array\",\"prefixItems\":[{\"type\":\"number\"}]}]}|[1.5]",
                "{\"enum\":[\"\\ud800\",\"a\"]}|\"?\"",
                "{\"type\":\"object\",\"properties\":{\"\\udc00\":{}},\"required\":[\"\\udc00\"]}|{\"?\":1}",
            })
    void whatAPartOfASchemaRefusesIsNotLetThrough(String schema, String text) {
        OutputConstraint constraint;
        try {
            constraint = OutputConstraint.jsonSchema(schema);
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageContaining("schema at");
            return;
        }
        assertThat(Texting.allows(constraint, text)).isFalse();
        for (int seed = 0; seed < 20; seed++) {
            String drawn = Texting.random(constraint, seed, 60);
            assertThat(drawn == null ? List.of() : Validator.flaws(schema, drawn))
                    .as(drawn)
                    .isEmpty();
        }
    }

    @Test
    void halfASurrogatePairIsWrittenAsAnEscape() {
        OutputConstraint half = OutputConstraint.jsonSchema("{\"const\":\"a\\ud800\"}");

        assertThat(Texting.allows(half, "\"a\\ud800\"")).isTrue();
    }

    @Test
    void manyNumbersWithBoundsAreKept() {
        StringBuilder properties = new StringBuilder("\"p\":{}");
        for (int i = 0; i < 400; i++) {
            properties.append(",\"p").append(i).append("\":{\"type\":\"number\",\"minimum\":0.5,\"maximum\":99.25}");
        }
        OutputConstraint form =
                OutputConstraint.jsonSchema("{\"type\":\"object\",\"properties\":{" + properties + "}}");

        assertThat(Texting.allows(form, "{\"p399\": 99.25}")).isTrue();
        assertThat(Texting.allows(form, "{\"p399\": 99.26}")).isFalse();
    }

    /** Each branch is joined with all that stands beside them. */
    @Test
    void aSchemaThatGrowsAsItIsJoinedIsRefusedBeforeItIsThere() {
        String properties = IntStream.range(0, 20_000)
                .mapToObj(i -> "\"p" + i + "\":{\"type\":\"integer\"}")
                .collect(Collectors.joining(","));
        String branches = IntStream.range(0, 20_000)
                .mapToObj(i -> "{\"required\":[\"p" + i + "\"]}")
                .collect(Collectors.joining(","));

        assertThatThrownBy(() -> OutputConstraint.jsonSchema(
                        "{\"type\":\"object\",\"properties\":{" + properties + "},\"anyOf\":[" + branches + "]}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("grows too large");
    }
}
