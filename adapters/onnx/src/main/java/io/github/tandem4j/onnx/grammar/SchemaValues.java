package io.github.tandem4j.onnx.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The values that a schema lists, of which those are left that its other keywords allow. */
final class SchemaValues {
    private static final Set<String> UNDERSTOOD = Set.of(
            "enum",
            "const",
            "type",
            "nullable",
            "minLength",
            "maxLength",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum");

    private SchemaValues() {}

    static Node node(ObjectNode schema, Set<String> types, String at) {
        if (SchemaKeywords.constrainsBeside(schema, UNDERSTOOD.toArray(String[]::new))) {
            throw SchemaRefusal.at(
                    at, "lists values beside keywords that are not held against them", "enum or const, and type");
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode value : valuesOf(schema, at)) {
            if ((!schema.has("type") || isOfType(value, types)) && isWithin(schema, value, at)) {
                texts.add(JsonText.written(value));
            }
        }
        return texts.isEmpty() ? Node.NEVER : Texts.oneOf(texts);
    }

    /** The values of const, enum, or of both. */
    static List<JsonNode> valuesOf(ObjectNode schema, String at) {
        JsonNode list = schema.get("enum");
        JsonNode single = schema.get("const");
        if (list != null && (!list.isArray() || list.isEmpty())) {
            if (list.isArray()) {
                return List.of(); // what is left where two lists were joined that have nothing in common
            }
            throw SchemaRefusal.at(at, "has enum " + SchemaRefusal.quoted(list), "a list of values");
        }
        List<JsonNode> values = new ArrayList<>();
        if (list != null) {
            list.forEach(values::add);
        }
        if (single != null) {
            if (list == null) {
                values.add(single);
            } else {
                values.removeIf(value -> !value.equals(single));
            }
        }
        return values;
    }

    static boolean isOfType(JsonNode value, Set<String> types) {
        return switch (value.getNodeType()) {
            case OBJECT -> types.contains("object");
            case ARRAY -> types.contains("array");
            case STRING -> types.contains("string");
            case BOOLEAN -> types.contains("boolean");
            case NULL -> types.contains("null");
            case NUMBER -> types.contains("number") || (types.contains("integer") && value.isIntegralNumber());
            default -> false;
        };
    }

    private static boolean isWithin(ObjectNode schema, JsonNode value, String at) {
        if (value.isTextual()) {
            int length = value.textValue().codePointCount(0, value.textValue().length());
            return length >= SchemaKeywords.count(schema, "minLength", at, 0)
                    && length <= SchemaKeywords.count(schema, "maxLength", at, Node.UNBOUNDED);
        }
        if (value.isNumber()) {
            BigDecimal number = value.decimalValue();
            return holds(number, SchemaKeywords.number(schema, "minimum", at), 1, true)
                    && holds(number, SchemaKeywords.number(schema, "maximum", at), -1, true)
                    && holds(number, SchemaKeywords.number(schema, "exclusiveMinimum", at), 1, false)
                    && holds(number, SchemaKeywords.number(schema, "exclusiveMaximum", at), -1, false);
        }
        return true;
    }

    private static boolean holds(BigDecimal number, @Nullable BigDecimal bound, int side, boolean isIn) {
        int order = bound == null ? side : number.compareTo(bound);
        return order == side || (isIn && order == 0);
    }
}
