package io.github.tandem4j.onnx.grammar;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Turns a JSON schema into a grammar, part by part: references become rules, alternatives become choices, and what must
 * hold together is {@linkplain SchemaMerge merged} first.
 *
 * <p>Where a schema says nothing of a type, its keywords say which is meant. Everything that is left out of the language of
 * the schema is left out on purpose: what is made is always valid, and not everything valid can be made.
 */
final class SchemaCompiler {
    private static final int MOST_STEPS = 100_000;
    private static final int DEEPEST = 300;
    private static final long MOST_MERGED_CHARACTERS = 16 << 20;

    private final JsonNode root;
    private final SchemaReferences references;
    private final Map<String, Node.Rule> byPointer = new HashMap<>();
    private final Map<String, Node.Rule> byText = new HashMap<>();
    private final Map<String, Node> compiled = new LinkedHashMap<>();
    private final Deque<Runnable> open = new ArrayDeque<>();
    private int steps;
    private int depth;
    private long mergedCharacters;

    SchemaCompiler(JsonNode root) {
        this.root = root;
        this.references = new SchemaReferences(root);
    }

    Node compile() {
        Node whole = reference("", "");
        while (!open.isEmpty()) {
            open.pop().run();
        }
        return whole;
    }

    Node compile(JsonNode schema, String at) {
        if (++steps > MOST_STEPS) {
            throw SchemaRefusal.at(at, "is one of more than " + MOST_STEPS + " parts", "a smaller schema");
        }
        if (schema.isBoolean()) {
            return schema.booleanValue() ? JsonText.ANY : Node.NEVER;
        }
        if (!(schema instanceof ObjectNode object)) {
            throw SchemaRefusal.at(at, "is " + SchemaRefusal.quoted(schema), "an object, true or false");
        }
        if (++depth > DEEPEST) {
            throw SchemaRefusal.at(at, "nests more than " + DEEPEST + " levels deep", "a flatter schema");
        }
        SchemaKeywords.requireKnown(object, at);
        Node node = compileKeywords(object, at);
        depth--;
        compiled.putIfAbsent(at, node);
        return node;
    }

    /** The innermost part of the schema that no text meets, as far as that can be said. */
    String firstWithoutText(Grammar grammar) {
        return compiled.entrySet().stream()
                .filter(each -> grammar.shortest(each.getValue()) >= Grammar.NEVER)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("");
    }

    private Node compileKeywords(ObjectNode schema, String at) {
        if (schema.has("$ref")) {
            if (!SchemaKeywords.constrainsBeside(schema, "$ref")) {
                return reference(SchemaReferences.pointerOf(schema.get("$ref"), at), at);
            }
            return merged(references.resolved(schema, at), at);
        }
        if (schema.has("allOf")) {
            return merged(allOf(schema, at), at);
        }
        for (String keyword : List.of("anyOf", "oneOf")) {
            if (schema.has(keyword)) {
                return alternatives(schema, keyword, at);
            }
        }
        if (schema.has("enum") || schema.has("const")) {
            return SchemaValues.node(schema, typesOf(schema, at), at);
        }
        List<Node> options = new ArrayList<>();
        for (String type : typesOf(schema, at)) {
            options.add(ofType(type, schema, at));
        }
        return Node.choice(options);
    }

    private Node ofType(String type, ObjectNode schema, String at) {
        return switch (type) {
            case "object" -> new SchemaObject(this, schema, at).node();
            case "array" -> new SchemaArray(this, schema, at).node();
            case "string" -> SchemaString.node(schema, at);
            case "integer" -> SchemaNumber.node(schema, false, at);
            case "number" -> SchemaNumber.node(schema, true, at);
            case "boolean" -> JsonText.BOOLEAN;
            case "null" -> JsonText.NULL;
            default -> JsonText.ANY;
        };
    }

    /** A rule for a place in the schema, made once and compiled later, so that it may refer to itself. */
    private Node reference(String pointer, String at) {
        Node.Rule known = byPointer.get(pointer);
        if (known == null) {
            Node.Rule made = new Node.Rule();
            byPointer.put(pointer, made);
            JsonNode target = pointer.isEmpty() ? root : references.target(pointer, at);
            open.push(() -> made.is(compile(target, pointer)));
            known = made;
        }
        return known;
    }

    /** A rule for a schema that was made by merging; the same text is the same rule, so that merging may recurse. */
    private Node merged(JsonNode schema, String at) {
        String text = schema.toString();
        count(text, at);
        Node.Rule known = byText.get(text);
        if (known == null) {
            Node.Rule made = new Node.Rule();
            byText.put(text, made);
            open.push(() -> made.is(compile(schema, at)));
            known = made;
        }
        return known;
    }

    private void count(String merged, String at) {
        mergedCharacters += merged.length();
        if (mergedCharacters > MOST_MERGED_CHARACTERS) {
            throw SchemaRefusal.at(at, "grows too large as its parts are joined", "fewer alternatives within allOf");
        }
    }

    private JsonNode allOf(ObjectNode schema, String at) {
        JsonNode all = list(schema, "allOf", at);
        ObjectNode others = schema.deepCopy();
        others.remove("allOf");
        JsonNode merged = others;
        for (int i = 0; i < all.size(); i++) {
            String place = at + "/allOf/" + i;
            JsonNode each = all.get(i);
            if (each instanceof ObjectNode object) {
                SchemaKeywords.requireKnown(object, place);
                each = references.resolved(object, place);
            }
            merged = SchemaMerge.of(merged, each, place);
        }
        return merged;
    }

    private Node alternatives(ObjectNode schema, String keyword, String at) {
        JsonNode branches = list(schema, keyword, at);
        ObjectNode others = schema.deepCopy();
        others.remove(keyword);
        boolean isBare = !SchemaKeywords.constrainsBeside(schema, keyword);
        List<JsonNode> wholes = new ArrayList<>();
        for (int i = 0; i < branches.size(); i++) {
            JsonNode branch = branches.get(i);
            if (!isBare) {
                String place = at + "/" + keyword + "/" + i;
                JsonNode resolved = branch instanceof ObjectNode object ? references.resolved(object, place) : branch;
                JsonNode whole = SchemaMerge.of(others, resolved, place);
                count(whole.toString(), place); // before there are more of them than there is memory
                wholes.add(whole);
            } else {
                wholes.add(branch);
            }
        }
        if (keyword.equals("oneOf")) {
            new SchemaOverlap(references).requireNone(wholes, at);
        }
        List<Node> options = new ArrayList<>();
        for (int i = 0; i < wholes.size(); i++) {
            String place = at + "/" + keyword + "/" + i;
            options.add(isBare ? compile(wholes.get(i), place) : merged(wholes.get(i), place));
        }
        return Node.choice(options);
    }

    private static JsonNode list(ObjectNode schema, String keyword, String at) {
        JsonNode list = schema.get(keyword);
        if (!list.isArray() || list.isEmpty()) {
            throw SchemaRefusal.at(
                    at, "has " + keyword + " " + SchemaRefusal.quoted(list), "a list of one schema or more");
        }
        return list;
    }

    /** The types that a schema allows; "any" if it says nothing. */
    static Set<String> typesOf(ObjectNode schema, String at) {
        Set<String> types = new LinkedHashSet<>();
        JsonNode type = schema.get("type");
        if (type != null) {
            for (JsonNode each : type.isArray() ? type : List.of(type)) {
                if (!each.isTextual() || !SchemaKeywords.TYPES.contains(each.textValue())) {
                    throw SchemaRefusal.at(
                            at,
                            "has the type " + SchemaRefusal.quoted(type),
                            String.join(", ", new TreeSet<>(SchemaKeywords.TYPES)) + ", or a list of these");
                }
                types.add(each.textValue());
            }
            if (types.contains("number")) {
                types.remove("integer");
            }
            if (schema.path("nullable").asBoolean(false)) {
                types.add("null");
            }
            return types;
        }
        addIf(SchemaKeywords.hasAny(schema, SchemaKeywords.OF_OBJECTS), "object", types);
        addIf(SchemaKeywords.hasAny(schema, SchemaKeywords.OF_ARRAYS), "array", types);
        addIf(SchemaKeywords.hasAny(schema, SchemaKeywords.OF_STRINGS), "string", types);
        addIf(SchemaKeywords.hasAny(schema, SchemaKeywords.OF_NUMBERS), "number", types);
        addIf(types.isEmpty(), "any", types);
        return types;
    }

    private static void addIf(boolean condition, String type, Set<String> types) {
        if (condition) {
            types.add(type);
        }
    }
}
