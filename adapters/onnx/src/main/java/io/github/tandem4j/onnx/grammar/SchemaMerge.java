package io.github.tandem4j.onnx.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;

/**
 * Two schemas that both must hold, as one. What meets under a keyword is joined where that is simple, put off as an
 * {@code allOf} where it is a schema itself, and refused where neither goes.
 */
final class SchemaMerge {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final Set<String> LOWER_BOUNDS =
            Set.of("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties");
    private static final Set<String> UPPER_BOUNDS =
            Set.of("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties");

    private SchemaMerge() {}

    static JsonNode of(JsonNode a, JsonNode b, String at) {
        if (a.isBoolean() || b.isBoolean()) {
            boolean isNever = (a.isBoolean() && !a.booleanValue()) || (b.isBoolean() && !b.booleanValue());
            return isNever ? BooleanNode.FALSE : a.isBoolean() ? b : a;
        }
        if (!(a instanceof ObjectNode first) || !(b instanceof ObjectNode second)) {
            throw SchemaRefusal.at(at, "joins what is no schema", "objects, true and false");
        }
        if (hasItemsBeside(first, second) || hasItemsBeside(second, first)) {
            throw SchemaRefusal.at(at, "joins items with prefixItems of another part", "both in one part");
        }
        ObjectNode merged = withoutAnnotations(first);
        ObjectNode other = withoutAnnotations(second);
        nullableToType(merged);
        nullableToType(other);
        bindToAdditional(merged, second);
        bindToAdditional(other, first);
        for (Map.Entry<String, JsonNode> each : other.properties()) {
            JsonNode known = merged.get(each.getKey());
            if (known == null) {
                merged.set(each.getKey(), each.getValue());
            } else if (!known.equals(each.getValue())) {
                merged.set(each.getKey(), joined(each.getKey(), known, each.getValue(), at));
            }
        }
        return merged;
    }

    /** Definitions among them: references are followed from the root. */
    private static ObjectNode withoutAnnotations(ObjectNode schema) {
        ObjectNode bare = JSON.objectNode();
        for (Map.Entry<String, JsonNode> each : schema.properties()) {
            if (!SchemaKeywords.isAnnotation(each.getKey()) && !each.getKey().equals("$id")) {
                bare.set(each.getKey(), each.getValue().deepCopy());
            }
        }
        return bare;
    }

    /** What is all items to one is only the items behind the first ones to the other. */
    private static boolean hasItemsBeside(ObjectNode a, ObjectNode b) {
        return a.has("items") && !a.has("prefixItems") && b.has("prefixItems");
    }

    /** It says something of the type beside it, and nothing of the other schema's. */
    private static void nullableToType(ObjectNode schema) {
        JsonNode nullable = schema.remove("nullable");
        if (nullable != null && nullable.asBoolean(false) && schema.has("type")) {
            schema.set("type", list(schema.get("type")).deepCopy().add("null"));
        }
    }

    /** A property that only one of both names is an additional one to the other. */
    private static void bindToAdditional(ObjectNode schema, ObjectNode other) {
        JsonNode additional = other.get("additionalProperties");
        if (additional == null || !(schema.get("properties") instanceof ObjectNode properties)) {
            return;
        }
        for (Map.Entry<String, JsonNode> property : properties.properties()) {
            if (!other.path("properties").has(property.getKey())) {
                property.setValue(both(property.getValue(), additional));
            }
        }
    }

    private static JsonNode both(JsonNode a, JsonNode b) {
        if (a.equals(b) || (b.isBoolean() && b.booleanValue())) {
            return a;
        }
        if ((a.isBoolean() && a.booleanValue()) || (b.isBoolean() && !b.booleanValue())) {
            return b;
        }
        ObjectNode all = JSON.objectNode();
        all.putArray("allOf").add(a).add(b);
        return all;
    }

    private static JsonNode joined(String keyword, JsonNode a, JsonNode b, String at) {
        if (LOWER_BOUNDS.contains(keyword) && a.isNumber() && b.isNumber()) {
            return a.decimalValue().compareTo(b.decimalValue()) >= 0 ? a : b;
        }
        if (UPPER_BOUNDS.contains(keyword) && a.isNumber() && b.isNumber()) {
            return a.decimalValue().compareTo(b.decimalValue()) <= 0 ? a : b;
        }
        switch (keyword) {
            case "properties" -> {
                if (a instanceof ObjectNode first && b instanceof ObjectNode second) {
                    return properties(first, second);
                }
            }
            case "required" -> {
                if (a.isArray() && b.isArray()) {
                    return union(a, b);
                }
            }
            case "allOf" -> {
                if (a.isArray() && b.isArray()) {
                    ArrayNode all = JSON.arrayNode();
                    a.forEach(all::add);
                    b.forEach(all::add);
                    return all;
                }
            }
            case "enum" -> {
                return common(a, b);
            }
            case "type" -> {
                return types(a, b);
            }
            case "additionalProperties", "items" -> {
                return both(a, b);
            }
            default -> {}
        }
        throw SchemaRefusal.at(
                at,
                "joins two different values of " + keyword + ": " + SchemaRefusal.quoted(a) + " and "
                        + SchemaRefusal.quoted(b),
                "one of them");
    }

    private static JsonNode properties(ObjectNode a, ObjectNode b) {
        ObjectNode all = a.deepCopy();
        for (Map.Entry<String, JsonNode> each : b.properties()) {
            JsonNode known = all.get(each.getKey());
            all.set(each.getKey(), known == null ? each.getValue() : both(known, each.getValue()));
        }
        return all;
    }

    private static ArrayNode union(JsonNode a, JsonNode b) {
        ArrayNode all = JSON.arrayNode();
        a.forEach(all::add);
        b.forEach(each -> {
            if (!contains(a, each)) {
                all.add(each);
            }
        });
        return all;
    }

    private static ArrayNode common(JsonNode a, JsonNode b) {
        ArrayNode both = JSON.arrayNode();
        a.forEach(each -> {
            if (contains(b, each)) {
                both.add(each);
            }
        });
        return both;
    }

    /** An integer is a number too. */
    private static ArrayNode types(JsonNode a, JsonNode b) {
        ArrayNode first = list(a);
        ArrayNode second = list(b);
        ArrayNode both = common(first, second);
        JsonNode integer = JSON.textNode("integer");
        JsonNode number = JSON.textNode("number");
        boolean isInBoth = (contains(first, integer) && contains(second, number))
                || (contains(first, number) && contains(second, integer));
        if (isInBoth && !contains(both, integer) && !contains(both, number)) {
            both.add(integer);
        }
        return both;
    }

    private static ArrayNode list(JsonNode type) {
        return type instanceof ArrayNode array ? array : JSON.arrayNode().add(type);
    }

    private static boolean contains(JsonNode list, JsonNode value) {
        for (JsonNode each : list) {
            if (each.equals(value)) {
                return true;
            }
        }
        return false;
    }
}
