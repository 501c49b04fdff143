package io.github.tandem4j.onnx.grammar;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/** Finds what a reference within a schema refers to. */
final class SchemaReferences {
    private final JsonNode root;

    SchemaReferences(JsonNode root) {
        this.root = root;
    }

    /** The pointer of a reference. */
    static String pointerOf(JsonNode reference, String at) {
        String text = reference.isTextual() ? reference.textValue() : "";
        if (!text.equals("#") && !text.startsWith("#/")) {
            throw SchemaRefusal.at(
                    at,
                    "refers to " + SchemaRefusal.quoted(reference),
                    "a place in the same schema, such as #/$defs/address");
        }
        try {
            return URLDecoder.decode(text.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw SchemaRefusal.at(at, "refers to " + SchemaRefusal.quoted(reference), "an escaped JSON pointer");
        }
    }

    JsonNode target(String pointer, String at) {
        JsonNode found = root.at(JsonPointer.compile(pointer));
        if (found.isMissingNode()) {
            throw SchemaRefusal.at(at, "refers to #" + pointer + ", which is not there", "a place in the schema");
        }
        return found;
    }

    /** The schema with what its reference says put in, and so on until there is none. */
    JsonNode resolved(ObjectNode schema, String at) {
        JsonNode resolved = schema;
        Set<String> followed = new HashSet<>();
        while (resolved instanceof ObjectNode object && object.has("$ref")) {
            String pointer = pointerOf(object.get("$ref"), at);
            if (!followed.add(pointer)) {
                throw SchemaRefusal.at(at, "recurses without end: #" + pointer + " refers to itself", "another schema");
            }
            ObjectNode others = object.deepCopy();
            others.remove("$ref");
            JsonNode target = target(pointer, at);
            if (target instanceof ObjectNode targetObject) {
                SchemaKeywords.requireKnown(targetObject, pointer);
            }
            resolved = SchemaKeywords.constrainsBeside(others) ? SchemaMerge.of(others, target, at) : target;
        }
        return resolved;
    }
}
