package io.github.tandem4j.onnx.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The keywords of a schema: which are enforced, which say nothing about validity, and that there is no other. */
final class SchemaKeywords {
    static final Set<String> OF_OBJECTS =
            Set.of("properties", "required", "additionalProperties", "minProperties", "maxProperties");
    static final Set<String> OF_ARRAYS = Set.of("items", "prefixItems", "minItems", "maxItems", "uniqueItems");
    static final Set<String> OF_STRINGS = Set.of("minLength", "maxLength", "pattern", "format");
    static final Set<String> OF_NUMBERS = Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum");
    static final Set<String> TYPES = Set.of("object", "array", "string", "number", "integer", "boolean", "null");

    private static final Set<String> OF_ALL =
            Set.of("type", "enum", "const", "nullable", "anyOf", "oneOf", "allOf", "$ref");
    private static final Set<String> ANNOTATIONS = Set.of(
            "title",
            "description",
            "default",
            "example",
            "examples",
            "$comment",
            "deprecated",
            "readOnly",
            "writeOnly",
            "$schema",
            "$defs",
            "definitions");

    private static final Set<String> ENFORCED = enforced();

    private SchemaKeywords() {}

    private static Set<String> enforced() {
        Set<String> all = new HashSet<>(OF_ALL);
        all.addAll(OF_OBJECTS);
        all.addAll(OF_ARRAYS);
        all.addAll(OF_STRINGS);
        all.addAll(OF_NUMBERS);
        return Set.copyOf(all);
    }

    static boolean isAnnotation(String keyword) {
        return ANNOTATIONS.contains(keyword) || keyword.startsWith("x-");
    }

    /** Refuses what would be passed over in silence. */
    static void requireKnown(ObjectNode schema, String at) {
        for (Map.Entry<String, JsonNode> each : schema.properties()) {
            String keyword = each.getKey();
            boolean isRootsName = keyword.equals("$id") && at.isEmpty();
            if (!ENFORCED.contains(keyword) && !isAnnotation(keyword) && !isRootsName) {
                throw SchemaRefusal.at(
                        at,
                        "has the keyword " + keyword + ", which is not enforced",
                        String.join(", ", new TreeSet<>(ENFORCED)) + ", and annotations");
            }
        }
        if (schema.path("uniqueItems").asBoolean(false)) {
            throw SchemaRefusal.at(at, "has uniqueItems, which is not enforced", "false, or none");
        }
    }

    static boolean hasAny(ObjectNode schema, Set<String> keywords) {
        return keywords.stream().anyMatch(schema::has);
    }

    /** Whether there is a keyword beside annotations and those named. */
    static boolean constrainsBeside(ObjectNode schema, String... named) {
        Set<String> apart = Set.of(named);
        return schema.properties().stream()
                .anyMatch(each -> !apart.contains(each.getKey())
                        && !isAnnotation(each.getKey())
                        && !each.getKey().equals("$id"));
    }

    /** A count, or what stands for it where it is not given. */
    static int count(ObjectNode schema, String keyword, String at, int otherwise) {
        JsonNode value = schema.get(keyword);
        if (value == null) {
            return otherwise;
        }
        BigDecimal number = value.isNumber() ? value.decimalValue() : BigDecimal.ONE.negate();
        if (number.signum() < 0 || number.stripTrailingZeros().scale() > 0) {
            throw SchemaRefusal.at(
                    at, "has " + keyword + " " + SchemaRefusal.quoted(value), "a whole number, 0 or more");
        }
        // More than any text has is as good as no bound.
        return number.compareTo(BigDecimal.valueOf(Node.UNBOUNDED)) >= 0 ? Node.UNBOUNDED : number.intValue();
    }

    static @Nullable BigDecimal number(ObjectNode schema, String keyword, String at) {
        JsonNode value = schema.get(keyword);
        if (value == null) {
            return null;
        }
        if (!value.isNumber() || ((value.isDouble() || value.isFloat()) && !Double.isFinite(value.doubleValue()))) {
            throw SchemaRefusal.at(at, "has " + keyword + " " + SchemaRefusal.quoted(value), "a number");
        }
        return value.decimalValue();
    }
}
