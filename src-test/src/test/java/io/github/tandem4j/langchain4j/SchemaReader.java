package io.github.tandem4j.langchain4j;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.model.chat.request.json.JsonAnyOfSchema;
import dev.langchain4j.model.chat.request.json.JsonArraySchema;
import dev.langchain4j.model.chat.request.json.JsonBooleanSchema;
import dev.langchain4j.model.chat.request.json.JsonEnumSchema;
import dev.langchain4j.model.chat.request.json.JsonIntegerSchema;
import dev.langchain4j.model.chat.request.json.JsonNumberSchema;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonReferenceSchema;
import dev.langchain4j.model.chat.request.json.JsonSchemaElement;
import dev.langchain4j.model.chat.request.json.JsonStringSchema;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads from a passage what a JSON schema asks for; what the passage does not say is left out. */
final class SchemaReader {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final JsonMapper MAPPER = new JsonMapper();

    private final Map<String, JsonSchemaElement> definitions = new HashMap<>();

    private SchemaReader() {}

    static Optional<JsonNode> read(JsonSchemaElement schema, Passage passage) {
        return new SchemaReader().value(schema, "", 0, passage);
    }

    private Optional<JsonNode> value(JsonSchemaElement schema, String property, int index, Passage passage) {
        if (schema instanceof JsonObjectSchema object) {
            return object(object, passage);
        } else if (schema instanceof JsonArraySchema array) {
            return array(array.items(), property, passage);
        } else if (schema instanceof JsonAnyOfSchema any) {
            return value(alternative(any.anyOf(), passage), property, index, passage);
        } else if (schema instanceof JsonReferenceSchema reference) {
            return Optional.ofNullable(definitions.get(reference.reference()))
                    .flatMap(definition -> value(definition, property, index, passage));
        } else if (schema instanceof JsonEnumSchema choice) {
            return choice.enumValues().size() == 1
                    ? Optional.of(JSON.textNode(choice.enumValues().get(0)))
                    : passage.occurrences(choice.enumValues()).stream()
                            .findFirst()
                            .map(JSON::textNode);
        } else if (schema instanceof JsonStringSchema) {
            return string(schema, property, passage).map(JSON::textNode);
        } else if (schema instanceof JsonIntegerSchema) {
            return integer(property, index, passage).map(JSON::numberNode);
        } else if (schema instanceof JsonNumberSchema) {
            return passage.decimal().map(JSON::numberNode);
        } else if (schema instanceof JsonBooleanSchema) {
            return passage.truthOf(property).map(JSON::booleanNode);
        } else if (schema instanceof JsonRawSchema raw) {
            return object(plain(raw), passage);
        }
        throw new IllegalArgumentException("the scripted model cannot read a " + schema.getClass());
    }

    private Optional<JsonNode> object(JsonObjectSchema schema, Passage passage) {
        if (schema.definitions() != null) {
            definitions.putAll(schema.definitions());
        }
        ObjectNode object = JSON.objectNode();
        if (schema.properties().isEmpty()) {
            passage.items()
                    .forEach(item -> item.integerOn("age")
                            .ifPresent(age -> object.put(item.name().orElseThrow(), age)));
        }
        boolean isTerm = schema.properties().containsKey("type");
        int index = 0;
        for (Map.Entry<String, JsonSchemaElement> entry : schema.properties().entrySet()) {
            String property = entry.getKey();
            int argument = index;
            Optional<Passage> about = isTerm ? passage.argument(argument) : passage.partOn(property);
            Optional<JsonNode> value = about.flatMap(part -> value(entry.getValue(), property, argument, part));
            if (value.isPresent()) {
                object.set(property, value.get());
            } else if (schema.required().contains(property)) {
                if (!(entry.getValue() instanceof JsonArraySchema)) {
                    return Optional.empty();
                }
                object.putArray(property);
            }
            index += isTerm && property.equals("type") ? 0 : 1;
        }
        return object.isEmpty() ? Optional.empty() : Optional.of(object);
    }

    private Optional<JsonNode> array(JsonSchemaElement items, String property, Passage passage) {
        ArrayNode array = JSON.arrayNode();
        if (items instanceof JsonEnumSchema choice) {
            passage.occurrences(choice.enumValues()).forEach(array::add);
        } else if (items instanceof JsonIntegerSchema) {
            passage.integers().forEach(array::add);
        } else if (passage.lists()) {
            for (Passage item : passage.items()) {
                value(items, property, 0, item).ifPresent(array::add);
            }
        }
        return array.isEmpty() ? Optional.empty() : Optional.of(array);
    }

    /** The alternative whose name or breed the passage begins with or mentions. */
    private JsonSchemaElement alternative(List<JsonSchemaElement> alternatives, Passage passage) {
        for (JsonSchemaElement alternative : alternatives) {
            if (passage.matter().startsWith(alternative.description() + "(")) {
                return alternative;
            }
        }
        String kind = passage.mentions("Labrador") ? "Dog" : "";
        for (JsonSchemaElement alternative : alternatives) {
            if (alternative.description().equals(kind) || passage.mentions(alternative.description())) {
                return alternative;
            }
        }
        return alternatives.get(0);
    }

    private static Optional<String> string(JsonSchemaElement schema, String property, Passage passage) {
        String description = schema.description();
        if (description != null && description.contains("UUID")) {
            return passage.first("([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})");
        }
        return switch (property) {
            case "name", "values" -> passage.name();
            case "city", "country", "arg0" -> passage.place();
            case "breed" -> passage.first("(Labrador)");
            case "favouriteColors" -> Optional.of(passage.matter());
            default -> Optional.empty();
        };
    }

    private static Optional<Integer> integer(String property, int index, Passage passage) {
        if (property.matches("arg\\d+|[ab]")) {
            List<Integer> all = passage.integers();
            return index < all.size() ? Optional.of(all.get(index)) : Optional.empty();
        }
        return passage.integerOn(property);
    }

    private static JsonObjectSchema plain(JsonRawSchema raw) {
        try {
            JsonObjectSchema.Builder builder = JsonObjectSchema.builder();
            MAPPER.readTree(raw.schema()).path("properties").fieldNames().forEachRemaining(builder::addStringProperty);
            return builder.build();
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
