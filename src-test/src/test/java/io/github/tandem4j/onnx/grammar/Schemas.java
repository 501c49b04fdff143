package io.github.tandem4j.onnx.grammar;

import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Twenty schemas as users write them, each with what it is about. */
public final class Schemas {
    private Schemas() {}

    /** {@return name and schema of each} */
    public static Stream<Arguments> all() {
        return Stream.of(
                of("person", """
                    {"type": "object", "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0,
                     "maximum": 120}}, "required": ["name", "age"], "additionalProperties": false}\
                    """),
                of("sentiment", """
                    {"type": "object", "properties": {"label": {"enum": ["positive", "negative", "neutral"]},
                     "score": {"type": "number", "minimum": 0, "maximum": 1}}, "required": ["label", "score"]}\
                    """),
                of("tags", """
                    {"type": "array", "items": {"type": "string", "maxLength": 12}, "minItems": 1, "maxItems": 4}\
                    """),
                of("address", """
                    {"type": "object", "properties": {"street": {"type": "string", "minLength": 1}, "city": {"type": "string"},
                     "zip": {"type": "string", "pattern": "^[0-9]{5}$"}, "country": {"enum": ["DE", "FR", "US"]}},
                     "required": ["street", "zip"]}\
                    """),
                of("event", """
                    {"type": "object", "properties": {"title": {"type": "string", "maxLength": 40},
                     "start": {"type": "string", "format": "date-time"}, "day": {"type": "string", "format": "date"},
                     "private": {"type": "boolean"}}, "required": ["title", "start", "day", "private"]}\
                    """),
                of("order", """
                    {"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}, "lines": {"type": "array",
                     "items": {"type": "object", "properties": {"sku": {"type": "string", "pattern": "^[A-Z]{2}-\\\\d{3,5}$"},
                     "count": {"type": "integer", "exclusiveMinimum": 0, "maximum": 99}}, "required": ["sku", "count"]},
                     "minItems": 1, "maxItems": 3}}, "required": ["id", "lines"]}\
                    """),
                of("shape", """
                    {"oneOf": [{"type": "object", "properties": {"kind": {"const": "circle"}, "radius": {"type": "number",
                     "exclusiveMinimum": 0}}, "required": ["kind", "radius"]}, {"type": "object", "properties":
                     {"kind": {"const": "box"}, "width": {"type": "number"}, "height": {"type": "number"}},
                     "required": ["kind", "width", "height"]}]}\
                    """),
                of("tree", """
                    {"$defs": {"node": {"type": "object", "properties": {"value": {"type": "integer"}, "children":
                     {"type": "array", "items": {"$ref": "#/$defs/node"}, "maxItems": 2}}, "required": ["value"]}},
                     "$ref": "#/$defs/node"}\
                    """),
                of("optional", """
                    {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"},
                     "c": {"type": ["number", "null"]}, "d": {"type": "boolean"}}}\
                    """),
                of("scores", """
                    {"type": "object", "additionalProperties": {"type": "integer", "minimum": 1, "maximum": 5}}\
                    """),
                of("point", """
                    {"type": "array", "prefixItems": [{"type": "number", "minimum": -90, "maximum": 90},
                     {"type": "number", "minimum": -180, "maximum": 180}], "items": false, "minItems": 2}\
                    """),
                of("nullable", """
                    {"type": "object", "properties": {"nick": {"type": ["string", "null"], "maxLength": 8},
                     "page": {"type": "string", "format": "uri"}}, "required": ["nick", "page"]}\
                    """),
                of("all", """
                    {"allOf": [{"type": "object", "properties": {"id": {"type": "integer", "minimum": 1}}, "required": ["id"]},
                     {"properties": {"name": {"type": "string", "maxLength": 20}}, "required": ["name"]}]}\
                    """),
                of("any", """
                    {"anyOf": [{"type": "string", "maxLength": 10}, {"type": "integer"}, {"type": "array", "items":
                     {"type": "boolean"}, "maxItems": 3}]}\
                    """),
                of("settings", """
                    {"type": "object", "properties": {"host": {"type": "string", "format": "hostname"}, "ip": {"type": "string",
                     "format": "ipv4"}, "port": {"type": "integer", "minimum": 1, "maximum": 65535}, "extra": {"type": "object",
                     "additionalProperties": {"type": "string", "maxLength": 10}}}, "required": ["host", "ip", "port"]}\
                    """),
                of("free", """
                    {"type": "object", "properties": {"data": {}}, "required": ["data"], "additionalProperties": true}\
                    """),
                of("quiz", """
                    {"type": "object", "properties": {"question": {"type": "string"}, "options": {"type": "array", "items":
                     {"type": "string"}, "minItems": 2, "maxItems": 4}, "answer": {"type": "integer", "minimum": 0,
                     "maximum": 3}}, "required": ["question", "options", "answer"]}\
                    """),
                of("unicode", """
                    {"type": "object", "properties": {"größe": {"enum": ["klein", "groß"]}, "日付": {"type": "string",
                     "pattern": "^[0-9]{4}年$"}, "q\\"uote": {"type": "boolean"}},
                     "required": ["größe", "日付", "q\\"uote"]}\
                    """),
                of("required any", """
                    {"type": "object", "properties": {"a": {"type": "string"}}, "anyOf": [{"required": ["a"]},
                     {"properties": {"b": {"type": "integer"}}, "required": ["b"]}]}\
                    """),
                of("money", """
                    {"type": "object", "properties": {"amount": {"type": "number", "minimum": 0.01, "maximum": 9999.99},
                     "currency": {"type": "string", "pattern": "^(EUR|USD|JPY)$"}}, "required": ["amount", "currency"]}\
                    """));
    }

    private static Arguments of(String name, String schema) {
        return Arguments.of(name, schema);
    }
}
