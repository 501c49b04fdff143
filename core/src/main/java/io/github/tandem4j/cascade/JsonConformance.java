package io.github.tandem4j.cascade;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.langchain4j.model.chat.request.json.JsonAnyOfSchema;
import dev.langchain4j.model.chat.request.json.JsonArraySchema;
import dev.langchain4j.model.chat.request.json.JsonBooleanSchema;
import dev.langchain4j.model.chat.request.json.JsonEnumSchema;
import dev.langchain4j.model.chat.request.json.JsonIntegerSchema;
import dev.langchain4j.model.chat.request.json.JsonNullSchema;
import dev.langchain4j.model.chat.request.json.JsonNumberSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonReferenceSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether a text is one JSON value, and one of the shape that LangChain4j's schema describes. What LangChain4j cannot
 * express in its own schema types (a raw schema) is not looked into.
 */
final class JsonConformance {

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Map<String, JsonSchemaElement> definitions;
    private final IdentityHashMap<JsonNode, IdentityHashMap<JsonSchemaElement, Boolean>> fitting =
            new IdentityHashMap<>();

    private JsonConformance(Map<String, JsonSchemaElement> definitions) {
        this.definitions = definitions;
    }

    /** Whether a tool may be called with these arguments; a tool without parameters takes none, or an empty object. */
    static boolean conforms(@Nullable String arguments, @Nullable JsonObjectSchema parameters) {
        if (parameters == null) {
            return arguments == null || arguments.isBlank() || isObject(arguments);
        }
        String given = arguments == null || arguments.isBlank() ? "{}" : arguments;
        return conforms(given, JsonSchema.builder().rootElement(parameters).build());
    }

    private static boolean isObject(String text) {
        try {
            return JSON.readTree(text).isObject();
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    static boolean conforms(String text, @Nullable JsonSchema schema) {
        JsonNode value;
        try {
            value = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return false; // including nesting beyond Jackson's limit
        }
        if (value.isMissingNode()) {
            return false;
        }
        if (schema == null) {
            return true;
        }
        JsonSchemaElement root = schema.rootElement();
        Map<String, JsonSchemaElement> definitions =
                root instanceof JsonObjectSchema object && object.definitions() != null
                        ? object.definitions()
                        : Map.of();
        return new JsonConformance(definitions).fits(value, root);
    }

    /** Each value is held against each part of the schema once: alternatives may lead to the same ones again and again. */
    private boolean fits(JsonNode value, JsonSchemaElement schema) {
        IdentityHashMap<JsonSchemaElement, Boolean> known =
                fitting.computeIfAbsent(value, node -> new IdentityHashMap<>());
        Boolean before = known.get(schema);
        if (before != null) {
            return before;
        }
        boolean fits = fits(value, schema, Set.of());
        known.put(schema, fits);
        return fits;
    }

    /** @param followed the references that led here on this very value: one that leads back to itself describes nothing */
    private boolean fits(JsonNode value, JsonSchemaElement schema, Set<String> followed) {
        if (schema instanceof JsonObjectSchema object) {
            return fitsObject(value, object);
        }
        if (schema instanceof JsonArraySchema array) {
            return value.isArray() && all(value, array.items());
        }
        if (schema instanceof JsonEnumSchema choices) {
            return value.isTextual() && choices.enumValues().contains(value.textValue());
        }
        if (schema instanceof JsonAnyOfSchema any) {
            return any.anyOf().stream().anyMatch(option -> fits(value, option, followed));
        }
        if (schema instanceof JsonReferenceSchema reference) {
            JsonSchemaElement target = definitions.get(reference.reference());
            return target == null
                    || (!followed.contains(reference.reference())
                            && fits(value, target, with(followed, reference.reference())));
        }
        return fitsScalar(value, schema);
    }

    private static Set<String> with(Set<String> followed, String reference) {
        Set<String> more = new HashSet<>(followed);
        more.add(reference);
        return more;
    }

    private static boolean fitsScalar(JsonNode value, JsonSchemaElement schema) {
        if (schema instanceof JsonStringSchema) {
            return value.isTextual();
        }
        if (schema instanceof JsonIntegerSchema) {
            return value.isIntegralNumber();
        }
        if (schema instanceof JsonNumberSchema) {
            return value.isNumber();
        }
        if (schema instanceof JsonBooleanSchema) {
            return value.isBoolean();
        }
        return !(schema instanceof JsonNullSchema) || value.isNull();
    }

    private boolean fitsObject(JsonNode value, JsonObjectSchema schema) {
        if (!value.isObject()) {
            return false;
        }
        if (schema.required() != null && !schema.required().stream().allMatch(value::has)) {
            return false;
        }
        for (Map.Entry<String, JsonNode> property : value.properties()) {
            JsonSchemaElement expected = schema.properties().get(property.getKey());
            if (expected == null ? Boolean.FALSE.equals(schema.additionalProperties()) : misfits(property, expected)) {
                return false;
            }
        }
        return true;
    }

    private boolean misfits(Map.Entry<String, JsonNode> property, JsonSchemaElement expected) {
        return !fits(property.getValue(), expected);
    }

    private boolean all(JsonNode array, @Nullable JsonSchemaElement items) {
        for (JsonNode item : array) {
            if (items != null && !fits(item, items)) {
                return false;
            }
        }
        return true;
    }
}
