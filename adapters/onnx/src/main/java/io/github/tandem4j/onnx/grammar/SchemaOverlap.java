package io.github.tandem4j.onnx.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Whether two schemas may hold of one value, which {@code oneOf} forbids. They surely don't if their types have nothing in
 * common, or the values that they list, or those of a property that both require.
 */
final class SchemaOverlap {
    private static final int MOST_BRANCHES = 200;

    private final SchemaReferences references;

    SchemaOverlap(SchemaReferences references) {
        this.references = references;
    }

    void requireNone(List<JsonNode> branches, String at) {
        if (branches.size() > MOST_BRANCHES) {
            throw SchemaRefusal.at(at, "has oneOf of " + branches.size() + " branches", "at most " + MOST_BRANCHES);
        }
        List<JsonNode> resolved =
                branches.stream().map(branch -> resolved(branch, at)).toList();
        for (int i = 0; i < branches.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (!excludeEachOther(resolved.get(i), resolved.get(j), at, 0)) {
                    throw SchemaRefusal.at(
                            at,
                            "has branches " + j + " and " + i + " of oneOf that may both hold",
                            "branches of different types, or that require a property with different constants; or"
                                    + " anyOf");
                }
            }
        }
    }

    private boolean excludeEachOther(JsonNode a, JsonNode b, String at, int depth) {
        if (!(a instanceof ObjectNode first) || !(b instanceof ObjectNode second)) {
            return isFalse(a) || isFalse(b);
        }
        if (haveNoTypeInCommon(first, second, at)) {
            return true;
        }
        if (listsValues(first) && listsValues(second)) {
            Set<JsonNode> values = new HashSet<>(comparable(first, at));
            return comparable(second, at).stream().noneMatch(values::contains);
        }
        if (depth > 0 || !(first.get("properties") instanceof ObjectNode properties)) {
            return false;
        }
        for (Map.Entry<String, JsonNode> each : properties.properties()) {
            JsonNode other = second.path("properties").get(each.getKey());
            if (other != null
                    && requires(first, each.getKey(), at)
                    && requires(second, each.getKey(), at)
                    && excludeEachOther(resolved(each.getValue(), at), resolved(other, at), at, depth + 1)) {
                return true;
            }
        }
        return false;
    }

    private JsonNode resolved(JsonNode schema, String at) {
        return schema instanceof ObjectNode object ? references.resolved(object, at) : schema;
    }

    private static List<JsonNode> comparable(ObjectNode schema, String at) {
        return SchemaValues.valuesOf(schema, at).stream()
                .map(SchemaOverlap::comparable)
                .toList();
    }

    /** With 1 and 1.0 the same, as they are to schemas. */
    private static JsonNode comparable(JsonNode value) {
        if (value.isNumber()) {
            return DecimalNode.valueOf(value.decimalValue().stripTrailingZeros());
        }
        if (value instanceof ArrayNode array) {
            ArrayNode copy = JsonNodeFactory.instance.arrayNode();
            array.forEach(each -> copy.add(comparable(each)));
            return copy;
        }
        if (value instanceof ObjectNode object) {
            ObjectNode copy = JsonNodeFactory.instance.objectNode();
            object.properties().forEach(each -> copy.set(each.getKey(), comparable(each.getValue())));
            return copy;
        }
        return value;
    }

    private static boolean isFalse(JsonNode schema) {
        return schema.isBoolean() && !schema.booleanValue();
    }

    private static boolean listsValues(ObjectNode schema) {
        return schema.has("enum") || schema.has("const");
    }

    private static boolean requires(ObjectNode schema, String property, String at) {
        for (JsonNode each : schema.path("required")) {
            if (each.asText().equals(property)) {
                return schema.has("type") && SchemaCompiler.typesOf(schema, at).equals(Set.of("object"));
            }
        }
        return false;
    }

    private static boolean haveNoTypeInCommon(ObjectNode a, ObjectNode b, String at) {
        if (!a.has("type") || !b.has("type")) {
            return false;
        }
        Set<String> types = new HashSet<>(SchemaCompiler.typesOf(a, at));
        Set<String> others = SchemaCompiler.typesOf(b, at);
        if (types.contains("integer") && others.contains("number")) {
            return false;
        }
        if (types.contains("number") && others.contains("integer")) {
            return false;
        }
        types.retainAll(others);
        return types.isEmpty();
    }
}
