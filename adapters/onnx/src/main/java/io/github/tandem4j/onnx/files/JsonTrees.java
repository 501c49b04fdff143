package io.github.tandem4j.onnx.files;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringWriter;
import java.util.Map;

/**
 * Trees of JSON, read and written as Jackson's mapper does it, without the mapper: to load what the mapper knows about
 * binding takes a new process longer than to read all of a model's files.
 */
public final class JsonTrees {
    /** Interning pays for names that come again; those of a vocabulary come once, and interning takes most of its time. */
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private JsonTrees() {}

    /** {@return what makes parsers and generators for such trees} */
    public static JsonFactory factory() {
        return FACTORY;
    }

    /**
     * Reads the first value of a text.
     *
     * @param bytes in any encoding that JSON may have
     * @return the value; a missing node if there is none
     * @throws IOException if it is no JSON
     */
    public static JsonNode read(byte[] bytes) throws IOException {
        try (JsonParser in = FACTORY.createParser(bytes)) {
            return in.nextToken() == null ? MissingNode.getInstance() : read(in);
        }
    }

    /**
     * Reads the value that a parser is at, and leaves it at the value's last token. How deep it may go, the parser limits.
     *
     * @param in at a value's first token
     * @return the value
     * @throws IOException if it is no JSON
     */
    public static JsonNode read(JsonParser in) throws IOException {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        JsonToken token = in.currentToken();
        return switch (token) {
            case START_OBJECT -> object(in);
            case START_ARRAY -> {
                ArrayNode array = nodes.arrayNode();
                while (in.nextToken() != JsonToken.END_ARRAY) {
                    array.add(read(in));
                }
                yield array;
            }
            case VALUE_STRING -> nodes.textNode(in.getText());
            case VALUE_NUMBER_INT -> integer(in);
            case VALUE_NUMBER_FLOAT -> nodes.numberNode(in.getDoubleValue());
            case VALUE_TRUE, VALUE_FALSE -> nodes.booleanNode(token == JsonToken.VALUE_TRUE);
            case VALUE_NULL -> nodes.nullNode();
            default -> throw new IOException("no value at " + in.currentTokenLocation());
        };
    }

    private static ObjectNode object(JsonParser in) throws IOException {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String name = in.currentName();
            in.nextToken();
            object.set(name, read(in));
        }
        return object;
    }

    private static JsonNode integer(JsonParser in) throws IOException {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        NumberType type = in.getNumberType();
        if (type == NumberType.INT) {
            return nodes.numberNode(in.getIntValue());
        }
        return type == NumberType.LONG
                ? nodes.numberNode(in.getLongValue())
                : nodes.numberNode(in.getBigIntegerValue());
    }

    /**
     * Writes a value.
     *
     * @param node any
     * @param out takes it
     * @throws IOException if it cannot be written
     */
    public static void write(JsonNode node, JsonGenerator out) throws IOException {
        if (node.isObject()) {
            out.writeStartObject();
            for (Map.Entry<String, JsonNode> field : node.properties()) {
                out.writeFieldName(field.getKey());
                write(field.getValue(), out);
            }
            out.writeEndObject();
        } else if (node.isArray()) {
            out.writeStartArray();
            for (JsonNode each : node) {
                write(each, out);
            }
            out.writeEndArray();
        } else if (node.isTextual()) {
            out.writeString(node.textValue());
        } else if (node.isIntegralNumber()) {
            out.writeNumber(node.bigIntegerValue());
        } else if (node.isNumber()) {
            out.writeNumber(node.doubleValue());
        } else if (node.isBoolean()) {
            out.writeBoolean(node.booleanValue());
        } else {
            out.writeNull();
        }
    }

    /**
     * The text of a value, as its own {@code toString} makes it.
     *
     * @param node any that was read by {@link #read(byte[])}
     * @return JSON without white space
     */
    public static String text(JsonNode node) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = FACTORY.createGenerator(text)) {
            write(node, out);
        } catch (IOException e) {
            throw new IllegalStateException("a text takes any value", e);
        }
        return text.toString();
    }
}
